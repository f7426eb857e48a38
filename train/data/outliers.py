"""Pictures of anything else: what a model with a "neither" answer is trained, looked at and judged with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge_app.common.errors import DataError
from edge_app.model.card import NEITHER, Interpolation, ResizeRule, Size
from edge_app.photographs.contents import pictures_below
from edge_app.photographs.decoder import IMAGE_SUFFIXES
from edge_app.photographs.folders import LabelledFile, PhotographFolder
from edge_app.photographs.splits import SPLITS, Split
from train.data.loading import Preparation, hash_files, read_split
from train.data.photograph_set import Photographs
from train.data.splits import SplitFile


@dataclass(frozen=True)
class Outliers:
    """Files of a folder of anything else.

    The train part trains, the validation part is for looking at the threshold, the test part is read once, for the
    AUROC. As with photographs of the classes the bytes of a file decide where it belongs.

    Attributes:
        root: their folder.
        files: sorted by path, relative to root; all have the label `neither`.
        skipped: a sentence per file that is broken or empty, or is also a photograph of a class.
    """

    root: Path
    files: tuple[SplitFile, ...]
    skipped: tuple[str, ...] = ()

    def of(self, split: Split) -> tuple[SplitFile, ...]:
        """Return the files of a split."""
        return tuple(file for file in self.files if file.split == split)

    def description(self) -> dict[str, Any]:
        """Return what `run.json` says about them."""
        counts = {split: len(self.of(split)) for split in SPLITS}
        return {"folder": str(self.root), "counts": counts, "skipped": list(self.skipped)}


def find_outliers(root: Path, of_classes: Collection[str] = ()) -> Outliers:
    """Find all pictures below a folder, however they are laid out, and give each its split.

    Args:
        root: the folder; names and subfolders do not matter.
        of_classes: SHA-256 of the photographs of the classes, which are nothing else.

    Raises:
        DataError: missing, no folder, no pictures, or too few of them.
    """
    if not root.is_dir():
        what = "is a file" if root.exists() else "does not exist"
        raise DataError(f"`{root}` {what}; give a folder with pictures of anything else")
    paths = pictures_below(root)
    if not paths:
        raise DataError(f"`{root}` holds no pictures ({', '.join(IMAGE_SUFFIXES)}); give pictures of anything else")
    files = tuple(LabelledFile(path, NEITHER) for path in paths)
    hashed, skipped = hash_files(PhotographFolder(root, "flat names", (NEITHER,), files), cuts={})
    known = set(of_classes)
    for file in hashed:
        if file.sha256 in known:
            skipped.append(f"`{root / file.path}` is also a photograph of a class; it is left out")
    found = Outliers(root, tuple(file for file in hashed if file.sha256 not in known), tuple(skipped))
    _refuse_too_few(found)
    return found


def load_outliers(
    outliers: Outliers,
    split: Split,
    size: Size,
    resize: ResizeRule = "squash",
    interpolation: Interpolation = "bilinear",
    streamed: bool = False,
) -> tuple[Photographs, Outliers]:
    """Read the pictures of a split, as `read_split` does.

    Args:
        outliers: from `find_outliers`.
        split: which part.
        size: of the result.
        resize: see `ModelCard`.
        interpolation: see `ModelCard`.
        streamed: whether they stay in their files.

    Returns:
        the readable pictures (targets are all 0 and mean nothing), and the outliers without the broken ones.

    Raises:
        DataError: none of the split can be read.
    """
    files, prepared = outliers.of(split), Preparation(size, resize, interpolation, streamed)
    loaded, skipped = read_split(outliers.root, files, (NEITHER,), prepared, f"{split} “{NEITHER}”")
    gone = set(files) - set(loaded.files)
    left = tuple(file for file in outliers.files if file not in gone)
    readable = replace(outliers, files=left, skipped=(*outliers.skipped, *skipped))
    _refuse_too_few(readable)
    return loaded, readable


def _refuse_too_few(outliers: Outliers) -> None:
    for split in SPLITS:
        if not outliers.of(split):
            raise DataError(
                f"`{outliers.root}` has too few usable pictures of anything else ({len(outliers.files)}"
                f"{_first(outliers.skipped)}): none falls into the {split} split; add more"
            )


def _first(skipped: Sequence[str]) -> str:
    return f", {len(skipped):,} skipped; the first: {skipped[0]}" if skipped else ""
