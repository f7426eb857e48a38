"""The photographs of a job, read split by split; broken ones leave it as they are found."""

from __future__ import annotations

from collections import Counter
from typing import Any

from edge_app.errors import DataError
from edge_app.labelled_photographs import PhotographFolder
from edge_app.model_card import Size
from edge_app.splits import SPLITS, Split
from train.data.loading import PhotographSet, hash_files, load_photographs
from train.data.splits import SplitFile, data_sha256, refuse_empty_splits


class SplitReader:
    """Reads the photographs of a folder.

    Args:
        folder: from `find_photographs`.
        input_size: width and height that they are prepared for, pixels.

    Raises:
        DataError: a split or a class has no photographs.
    """

    def __init__(self, folder: PhotographFolder, input_size: int) -> None:
        self._folder = folder
        self.labels = folder.labels
        self._size = Size(input_size, input_size)
        self.usable, self.skipped = hash_files(folder)
        refuse_empty_splits(folder.root, self.usable, folder.labels)

    def load(self, split: Split, input_size: int = 0) -> PhotographSet:
        """Read the photographs of a split, at the job's input size or another."""
        files = [file for file in self.usable if file.split == split]
        size = Size(input_size, input_size) if input_size else self._size
        what = f"reading {split} photographs"
        loaded, skipped = load_photographs(self._folder.root, files, self._folder.labels, size, what=what)
        gone = set(files) - set(loaded.files)
        self.usable = [file for file in self.usable if file not in gone]
        self.skipped += skipped
        return loaded

    def refuse_too_few(self) -> None:
        """Check again once the broken files are out.

        Raises:
            DataError: too few photographs are left.
        """
        try:
            refuse_empty_splits(self._folder.root, self.usable, self._folder.labels)
        except DataError as error:
            first = f" ({len(self.skipped):,} files are broken; the first: {self.skipped[0]})" if self.skipped else ""
            raise DataError(f"{error}{first}") from error

    def description(self) -> dict[str, Any]:
        """Return what `run.json` says about the photographs."""
        counts = Counter(file.split for file in self.usable)
        return {
            "folder": str(self._folder.root),
            "layout": self._folder.layout,
            "sha256": data_sha256(self.usable),
            "counts": {split: counts[split] for split in SPLITS},
            "copies": _copies(self.usable),
            "skipped": self.skipped,
        }


def _copies(files: list[SplitFile]) -> int:
    """How many files are byte for byte another one."""
    return len(files) - len({file.sha256 for file in files})
