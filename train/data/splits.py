"""The table of splits that a run leaves behind; how they are decided: `edge_app.photographs.splits`."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_app.common.errors import DataError
from edge_app.photographs.splits import SPLITS, Split


@dataclass(frozen=True)
class SplitFile:
    """A picture file with its label and its split.

    Attributes:
        path: relative to the folder of photographs, with forward slashes.
        label: what it shows.
        split: where it belongs.
        sha256: of its bytes.
        copy_of: path of the photograph that it is an augmented copy of; empty: it is a photograph itself.
    """

    path: str
    label: str
    split: Split
    sha256: str
    copy_of: str = ""


def format_splits(files: list[SplitFile]) -> str:
    """Return `splits.csv`: path,label,split,copy_of, sorted by path; the last is the original of an augmented copy."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("path", "label", "split", "copy_of"))
    ordered = sorted(files, key=lambda file: file.path)
    writer.writerows((file.path, file.label, file.split, file.copy_of) for file in ordered)
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


def data_sha256(files: Sequence[SplitFile]) -> str:
    """Return a hash of all photographs with their labels, whatever their names."""
    lines = sorted(f"{file.sha256} {file.label}" for file in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
