"""Which photograph trains, which validates, which tests: decided by the bytes of the file and two cuts.

The hash of a file is a number from 0 to 1; below the first cut it trains, from the second on it tests. Large classes
are cut at 0.65 and 0.75. A class with fewer than `FEW` different photographs is cut where its own shares are 65/10/25,
so that each split has some of it. A model carries the cuts of its classes: a device can tell which photographs it was
not trained on, whichever photographs were added or left out since.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, get_args

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

TRAIN_SHARE = 0.65
VALIDATION_SHARE = 0.1
TEST_SHARE = 0.25

FEW = 100
"""Different photographs (or groups) of a class from which chance alone fills every split of it."""

_STEP = 2.0**-32  # of positions


class Cuts(NamedTuple):
    """Positions, 0..1, from which photographs of a class validate and test."""

    validation: float = TRAIN_SHARE
    test: float = TRAIN_SHARE + VALIDATION_SHARE


USUAL_CUTS = Cuts()


def sha256_of(content: bytes) -> str:
    """Return the hash as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, hexadecimal; it may be larger than the memory.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def position_of(sha256: str) -> float:
    """Return a hash as a number from 0 to 1."""
    return int(sha256[:8], 16) * _STEP


def split_of(sha256: str, cuts: Cuts = USUAL_CUTS) -> Split:
    """Return the split of a hash between the cuts of its class."""
    position = position_of(sha256)
    if position < cuts.validation:
        return "train"
    return "validation" if position < cuts.test else "test"


def cuts_of(keys: Iterable[str]) -> Cuts:
    """Return the cuts of one class.

    From `FEW` different hashes on they are the usual ones. Of fewer, in their order, the last quarter tests and a tenth
    before it validates: at least one each of three and more. Of two one trains and one tests; one alone trains.

    Args:
        keys: hashes of its photographs (or groups); augmented copies do not count.
    """
    positions = sorted({position_of(key) for key in keys})
    count = len(positions)
    if not count or count >= FEW:
        return USUAL_CUTS
    testing = max(int(count * TEST_SHARE + 0.5), 1) if count > 1 else 0
    validating = max(int(count * VALIDATION_SHARE + 0.5), 1) if count > 2 else 0
    beyond = [*positions, positions[-1] + _STEP]
    return Cuts(beyond[count - testing - validating], beyond[count - testing])


def cuts_by_label(photographs: Iterable[tuple[str, str]]) -> dict[str, Cuts]:
    """Return the cuts of those classes that have cuts of their own.

    Args:
        photographs: label and hash of each.
    """
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for label, key in photographs:
        keys[label].add(key)
    found = {label: cuts_of(keys[label]) for label in sorted(keys)}
    return {label: cuts for label, cuts in found.items() if cuts != USUAL_CUTS}


def splits_of(photographs: Iterable[tuple[str, str]], cuts: Mapping[str, Cuts]) -> dict[str, Split]:
    """Return the split of each hash; one that has several labels belongs where the first of its splits is.

    Args:
        photographs: label and hash of each.
        cuts: by label; the usual ones for labels that are missing.
    """
    splits: dict[str, Split] = {}
    for label, key in photographs:
        split = split_of(key, cuts.get(label, USUAL_CUTS))
        splits[key] = min(splits.get(key, split), split, key=SPLITS.index)
    return splits


def first_splits(photographs: Iterable[tuple[str, Split]]) -> dict[str, Split]:
    """Return the split of each hash that folders put into several: the first, so that nothing that trains can test.

    Args:
        photographs: hash of the bytes and given split of each.
    """
    splits: dict[str, Split] = {}
    for sha256, split in photographs:
        splits[sha256] = min(splits.get(sha256, split), split, key=SPLITS.index)
    return splits


def latest_cuts(several: Iterable[Mapping[str, Cuts]]) -> dict[str, Cuts]:
    """Return the cuts behind which no one of several models was trained, by label."""
    models = list(several)
    labels = sorted({label for cuts in models for label in cuts})
    of_label = {label: [cuts.get(label, USUAL_CUTS) for cuts in models] for label in labels}
    return {
        label: Cuts(max(one.validation for one in all_), max(one.test for one in all_))
        for label, all_ in of_label.items()
    }
