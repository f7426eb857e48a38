"""The photographs of a job, read split by split; broken ones leave it as they are found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_app.common.errors import DataError
from edge_app.model.card import Interpolation, ResizeRule, Size
from edge_app.photographs.folders import PhotographFolder
from edge_app.photographs.splits import SPLITS, Split
from train.data.inspection import PhotographInspector
from train.data.loading import Photographs, hash_files, load_photographs
from train.data.splits import SplitFile, data_sha256, refuse_empty_splits
from train.data.streaming import StreamedPhotographs, stream_photographs


@dataclass(frozen=True)
class Preparation:
    """What becomes of a photograph before a network sees it.

    Attributes:
        size: of the picture.
        resize: see `ModelCard`.
        interpolation: see `ModelCard`.
        streamed: whether photographs stay in their files.
    """

    size: Size
    resize: ResizeRule = "squash"
    interpolation: Interpolation = "bilinear"
    streamed: bool = False


def read_split(
    root: Path,
    files: Sequence[SplitFile],
    labels: Sequence[str],
    prepared: Preparation,
    name: str,
    inspector: PhotographInspector | None = None,
) -> tuple[Photographs, list[str]]:
    """Read photographs into memory, or check them and leave them in their files.

    Args:
        root: their folder.
        files: which ones.
        labels: all labels in order.
        prepared: how.
        name: of the split, for the progress.
        inspector: is shown every photograph as it was decoded.

    Returns:
        the readable ones, and a sentence per broken one.
    """
    size, resize, interpolation = prepared.size, prepared.resize, prepared.interpolation
    if prepared.streamed:
        what = f"checking {name} photographs"
        return stream_photographs(root, files, labels, size, resize, interpolation, what, inspector)
    what = f"reading {name} photographs"
    return load_photographs(root, files, labels, size, resize, interpolation, what, inspector)


class SplitReader:
    """Reads the photographs of a folder.

    Attributes:
        labels: of the folder.
        usable: photographs that are not known to be broken.
        skipped: a sentence per broken one.
        inspector: what was seen of the photographs that were read.
        streamed: whether photographs stay in their files.

    Args:
        folder: from `find_photographs`.
        input_size: width and height that they are prepared for, pixels.

    Raises:
        DataError: a split or a class has no photographs.
    """

    def __init__(self, folder: PhotographFolder, input_size: int) -> None:
        self.folder = folder
        self.labels = folder.labels
        self.streamed = False
        self._size = Size(input_size, input_size)
        self.inspector = PhotographInspector()
        self.usable, self.skipped = hash_files(folder, self.inspector)
        refuse_empty_splits(folder.root, self.usable, folder.labels)

    def counts(self) -> dict[Split, int]:
        """Return how many usable photographs each split has."""
        found = Counter(file.split for file in self.usable)
        return {split: found[split] for split in SPLITS}

    def load(self, split: Split) -> Photographs:
        """Read the photographs of a split at the job's input size."""
        files = [file for file in self.usable if file.split == split]
        prepared = Preparation(self._size, streamed=self.streamed)
        loaded, skipped = read_split(self.folder.root, files, self.labels, prepared, split, self.inspector)
        gone = set(files) - set(loaded.files)
        self.usable = [file for file in self.usable if file not in gone]
        self.skipped += skipped
        return loaded

    def again(self, loaded: Photographs, size: Size) -> Photographs:
        """Read photographs once more, in the same order, at another size."""
        if isinstance(loaded, StreamedPhotographs):
            return loaded.resized(size)
        again, _ = read_split(self.folder.root, loaded.files, self.labels, Preparation(size), "the teacher's")
        return again

    def refuse_too_few(self) -> None:
        """Check again once the broken files are out.

        Raises:
            DataError: too few photographs are left.
        """
        try:
            refuse_empty_splits(self.folder.root, self.usable, self.labels)
        except DataError as error:
            first = f" ({len(self.skipped):,} files are broken; the first: {self.skipped[0]})" if self.skipped else ""
            raise DataError(f"{error}{first}") from error

    def description(self) -> dict[str, Any]:
        """Return what `run.json` says about the photographs."""
        return {
            "folder": str(self.folder.root),
            "layout": self.folder.layout,
            "sha256": data_sha256(self.usable),
            "counts": self.counts(),
            "copies": _copies(self.usable),
            "augmented_copies": augmented_copies(self.usable),
            "skipped": self.skipped,
        }


def augmented_copies(files: Sequence[SplitFile]) -> int:
    """Return how many files are augmented copies of others; they are all in the train split."""
    return sum(bool(file.copy_of) for file in files)


def _copies(files: Sequence[SplitFile]) -> int:
    """How many files are byte for byte another one."""
    return len(files) - len({file.sha256 for file in files})
