"""The photographs that the papers are tried on: a fixed part of each split, decoded once to 64 px."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_app.common.errors import DataError
from edge_app.model.card import Size
from edge_app.photographs.folders import find_photographs
from edge_app.photographs.splits import Split
from train.data.loading import hash_files, load_photographs
from train.data.splits import SplitFile, data_sha256

SIDE = 64
"""Width and height, pixels."""

WANTED: Mapping[Split, int] = {"train": 2000, "validation": 500, "test": 1000}
"""Photographs of each split at most."""

FEWEST = 2
"""Photographs of every class that each split must have."""


@dataclass(frozen=True, eq=False)
class Part:
    """Photographs of one split, the classes in turn: place p shows class p modulo the number of classes.

    Attributes:
        images_rgb: (photographs, height, width, 3) uint8 RGB.
        targets: (photographs,) int64, places in the list of labels.
    """

    images_rgb: npt.NDArray[np.uint8]
    targets: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.targets)

    def sample(self, count: int, classes: int, seed: int) -> Part:
        """Draw photographs, as many of each class; a larger draw with the same seed contains the smaller one.

        Args:
            count: how many; rounded down to the same number of each class.
            classes: number of labels.
            seed: of the draw.

        Raises:
            DataError: there are fewer.
        """
        if count > len(self):
            raise DataError(f"{count:,} training photographs are needed and there are {len(self):,}; give more of them")
        groups = np.arange(len(self) // classes * classes).reshape(-1, classes)
        drawn = np.random.default_rng((seed, 1)).permutation(groups)[: count // classes].ravel()
        return Part(self.images_rgb[drawn], self.targets[drawn])

    def with_wrong_labels(self, share: float, classes: int, seed: int) -> Part:
        """Return the same photographs, a share of them with another label than their own.

        Args:
            share: 0..1, rounded to whole photographs.
            classes: number of labels.
            seed: of the choice.
        """
        random = np.random.default_rng((seed, 2))
        chosen = random.permutation(len(self))[: round(share * len(self))]
        targets = self.targets.copy()
        targets[chosen] = (targets[chosen] + random.integers(1, classes, len(chosen))) % classes
        return Part(self.images_rgb, targets)


@dataclass(frozen=True, eq=False)
class Pictures:
    """What all papers share.

    Attributes:
        labels: in order.
        train: to learn from.
        validation: to choose the epoch by.
        test: to judge by.
        sha256: of all photographs used with their labels.
    """

    labels: tuple[str, ...]
    train: Part
    validation: Part
    test: Part
    sha256: str

    @property
    def classes(self) -> int:
        """Number of labels."""
        return len(self.labels)

    def to_json(self) -> dict[str, object]:
        """Return what tells these pictures from others."""
        counts = {"train": len(self.train), "validation": len(self.validation), "test": len(self.test)}
        return {"labels": list(self.labels), "side_px": SIDE, **counts, "sha256": self.sha256}


def load_pictures(root: Path, wanted: Mapping[Split, int] = WANTED) -> Pictures:
    """Read the photographs: of each split the first of every class in the order of their hashes.

    The choice hangs on the bytes of the files alone, and augmented copies are left out.

    Args:
        root: folder of photographs.
        wanted: how many of each split at most.

    Raises:
        DataError: no folder of photographs, or too few of a class in a split.
    """
    folder = find_photographs(root)
    hashed, _ = hash_files(folder)
    distinct = {file.sha256: file for file in hashed if not file.copy_of}
    parts: dict[Split, Part] = {}
    used: list[SplitFile] = []
    for split, count in wanted.items():
        files = in_turn([file for file in distinct.values() if file.split == split], folder.labels, count)
        if len(files) < FEWEST * len(folder.labels):
            raise DataError(f"`{root}` has too few photographs of a class in the {split} split; add more")
        size = Size(SIDE, SIDE)
        photographs, skipped = load_photographs(root, files, folder.labels, size, what=f"reading {split} photographs")
        if skipped:
            raise DataError(f"{skipped[0]}; remove it (`fieldlens train screen` finds all such files)")
        parts[split] = Part(photographs.images_rgb, photographs.targets)
        used += files
    return Pictures(folder.labels, parts["train"], parts["validation"], parts["test"], data_sha256(used))


def in_turn(files: Sequence[SplitFile], labels: Sequence[str], count: int) -> list[SplitFile]:
    """Return the files of the classes in turn, as many of each, in the order of their hashes.

    Args:
        files: of one split.
        labels: of all classes.
        count: how many at most.
    """
    ordered = sorted(files, key=lambda file: file.sha256)
    of_classes = [[file for file in ordered if file.label == label] for label in labels]
    each = min(count // len(labels), *(len(of_class) for of_class in of_classes))
    return list(chain.from_iterable(zip(*(of_class[:each] for of_class in of_classes), strict=True)))
