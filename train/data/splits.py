"""The table of splits that a run leaves behind; how they are decided: `edge_app.photographs.splits`."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_app.common.errors import DataError
from edge_app.photographs.splits import SPLITS, Split

UNEQUAL = 3
"""Largest class over smallest above which balanced accuracy stands beside accuracy, which hides the small ones."""


_NAMED = 5  # classes in one sentence


@dataclass(frozen=True)
class SplitFile:
    """A picture file with its label and its split.

    Attributes:
        path: relative to the folder of photographs, with forward slashes.
        label: what it shows.
        split: where it belongs.
        sha256: of its bytes.
        copy_of: path of the photograph that it is an augmented copy of; empty: it is a photograph itself.
        key: hash that decides its split: its own, or that of its group, or of the photograph that it is a copy of.
        given: split that its folder gives it; None: the key decides.
    """

    path: str
    label: str
    split: Split
    sha256: str
    copy_of: str = ""
    key: str = ""
    given: Split | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.key or self.sha256)


def format_splits(files: list[SplitFile]) -> str:
    """Return `splits.csv`: path,label,split,copy_of,group, sorted by path.

    `copy_of` is the original of an augmented copy; `group` is the same for photographs that stay together, and empty
    for one that is by itself.
    """
    members = Counter(file.key for file in files if not file.copy_of)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("path", "label", "split", "copy_of", "group"))
    ordered = sorted(files, key=lambda file: file.path)
    groups = {key: key for key, count in members.items() if count > 1}
    writer.writerows((file.path, file.label, file.split, file.copy_of, groups.get(file.key, "")) for file in ordered)
    return text.getvalue()


def refuse_empty_splits(root: Path, files: list[SplitFile], labels: tuple[str, ...]) -> None:
    """Every class must train, and there must be something to validate and to test on.

    Raises:
        DataError: there are too few photographs.
    """
    counts = class_counts(files, labels)
    for label in labels:
        if not counts[label]["train"]:
            raise DataError(f"`{root}` has too few readable pictures of `{label}` to train; add more of them")
    for split in SPLITS:
        if not any(of_class[split] for of_class in counts.values()):
            groups = count_groups(files)
            of_groups = f" in {groups:,} groups that stay together" if groups < len(files) else ""
            raise DataError(
                f"`{root}` has too few pictures ({len(files)}{of_groups}): none falls into the {split} split; add more"
            )


def class_counts(files: Iterable[SplitFile], labels: Sequence[str]) -> dict[str, dict[Split, int]]:
    """Return how many files of each class each split has."""
    found = Counter((file.label, file.split) for file in files)
    return {label: {split: found[label, split] for split in SPLITS} for label in labels}


def without(counts: Mapping[str, Mapping[Split, int]], split: Split) -> list[str]:
    """Return the classes that have no photographs in a split.

    Args:
        counts: from `class_counts`.
        split: which one.
    """
    return [label for label, of_class in counts.items() if not of_class[split]]


def coverage_sentences(
    counts: Mapping[str, Mapping[Split, int]], groups: Mapping[str, int] | None = None, validated: bool = True
) -> list[str]:
    """Say which classes were not measured, or did not help to choose the epoch; nothing where all were.

    Args:
        counts: from `class_counts`.
        groups: that the photographs of each class are in; None: each photograph is by itself.
        validated: whether validation photographs were wanted; False: cross-validation needs none.
    """
    untested, unvalidated = without(counts, "test"), without(counts, "validation") if validated else []
    sentences = []
    if untested:
        sentences.append(f"not measured: {enumeration(untested)} (no test photographs); add some, two are the least")
    if unvalidated:
        sentences.append(f"no validation photographs of {enumeration(unvalidated)}; add some, three are the least")
    for label, in_groups in (groups or {}).items() if validated else ():
        photographs = sum(counts[label].values())
        if in_groups < len(SPLITS) <= photographs:
            number = f"{in_groups} group{'s' * (in_groups > 1)}"
            sentences.append(
                f"the {photographs:,} photographs of {label} are in {number} that stay together, too few for every "
                "split; add some of another session or video"
            )
    return sentences


def enumeration(labels: Sequence[str]) -> str:
    """Return the first few labels with commas between them."""
    return ", ".join(labels[:_NAMED]) + (f" and {len(labels) - _NAMED:,} more" if len(labels) > _NAMED else "")


def are_unequal(counts: Mapping[str, Mapping[Split, int]]) -> bool:
    """Tell whether the largest class has more than `UNEQUAL` times the photographs of the smallest."""
    sizes = [sum(of_class.values()) for of_class in counts.values()]
    return max(sizes) > UNEQUAL * min(sizes)


def data_sha256(files: Sequence[SplitFile]) -> str:
    """Return a hash of all photographs with their labels, groups and given splits, whatever their names."""
    lines = sorted(f"{file.sha256} {file.label}{_group_of(file)}{_given_to(file)}" for file in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def given_split_sentences(files: Sequence[SplitFile]) -> list[str]:
    """Say what is wrong with a given split; nothing where the folders give none.

    Args:
        files: in their splits.
    """
    sentences = []
    moved = sum(file.given is not None and file.given != _lenient(file) for file in files if not file.copy_of)
    if moved:
        files_are = "1 file is" if moved == 1 else f"{moved:,} files are"
        sentences.append(
            f"{files_are} byte for byte in several of the given splits, and used in the first alone: what trains "
            "neither validates nor tests"
        )
    parts: defaultdict[str, set[Split | None]] = defaultdict(set)
    for file in files:
        if file.given is not None and file.given == _lenient(file) and not file.copy_of:
            parts[file.key].add(file.given)
    straddling = sum(len(of_group) > 1 for of_group in parts.values())
    if straddling:
        groups_have = (
            "1 group of photographs that belong together is"
            if straddling == 1
            else (f"{straddling:,} groups of photographs that belong together are")
        )
        sentences.append(
            f"{groups_have} in several of the given splits, so the accuracy may be too high; the folders decide all "
            "the same"
        )
    return sentences


def _lenient(file: SplitFile) -> Split:
    """The split of a file, but training where validation photographs were taken from training."""
    return "train" if file.given == "train" else file.split


def count_groups(files: Iterable[SplitFile]) -> int:
    """Return how many groups the photographs are in; one that is by itself is a group."""
    return len({file.key for file in files if not file.copy_of})


def groups_of_classes(files: Sequence[SplitFile], labels: Sequence[str]) -> dict[str, int]:
    """Return how many groups the photographs of each class are in."""
    return {label: count_groups(file for file in files if file.label == label) for label in labels}


def _given_to(file: SplitFile) -> str:
    return f" given {file.given}" if file.given else ""


def _group_of(file: SplitFile) -> str:
    return "" if file.copy_of or file.key == file.sha256 else f" {file.key}"
