"""The table of splits that a run leaves behind; how they are decided: `edge_app.splits`."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_app.errors import DataError
from edge_app.splits import SPLITS, Split


@dataclass(frozen=True)
class SplitFile:
    """A picture file with its label, its split and the SHA-256 of its bytes."""

    path: str
    label: str
    split: Split
    sha256: str


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


def data_sha256(files: Sequence[SplitFile]) -> str:
    """Return a hash of all photographs with their labels, whatever their names."""
    lines = sorted(f"{file.sha256} {file.label}" for file in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
