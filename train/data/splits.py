"""Which photograph trains, which validates, which tests: decided by the bytes of the file alone.

The same bytes always land in the same split, so copies cannot straddle two, and adding photographs moves none.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from edge_app.errors import DataError

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

TRAIN_SHARE = 0.7
VALIDATION_SHARE = 0.1


@dataclass(frozen=True)
class SplitFile:
    """A picture file with its label, its split and the SHA-256 of its bytes."""

    path: str
    label: str
    split: Split
    sha256: str


def split_of(sha256: str) -> Split:
    """Return the split of a file: its hash read as a number 0..1, cut at 0.7 and 0.8."""
    position = int(sha256[:8], 16) / 2**32
    if position < TRAIN_SHARE:
        return "train"
    return "validation" if position < TRAIN_SHARE + VALIDATION_SHARE else "test"


def sha256_of(content: bytes) -> str:
    """Return the hash as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def format_splits(files: list[SplitFile]) -> str:
    """Return `splits.csv`: path,label,split, sorted by path."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("path", "label", "split"))
    writer.writerows((file.path, file.label, file.split) for file in sorted(files, key=lambda file: file.path))
    return text.getvalue()


def refuse_empty_splits(root: Path, files: list[SplitFile], labels: tuple[str, ...]) -> None:
    """Every class must train, and there must be something to validate and to test on.

    Raises:
        DataError: there are too few photographs.
    """
    for label in labels:
        if not any(file.split == "train" and file.label == label for file in files):
            raise DataError(f"`{root}` has too few readable pictures of `{label}` to train; add more of them")
    for split in SPLITS:
        if not any(file.split == split for file in files):
            raise DataError(
                f"`{root}` has too few pictures ({len(files)}): none falls into the {split} split; add more"
            )
