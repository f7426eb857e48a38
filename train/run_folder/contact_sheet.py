"""What augmentation makes of the photographs: one picture per class, for people to judge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge_app.common.atomic_files import atomic_file
from train.augment.augmentation import Augmentation
from train.augment.in_place import augment_batch
from train.data.loading import Photographs

matplotlib.use("Agg")

from matplotlib import pyplot as plt  # after the choice of a backend that needs no display

_ROWS = 4  # photographs per class
_VARIANTS = 6
_SIDE_INCHES = 1.5


def write_contact_sheets(
    photographs: Photographs, labels: Sequence[str], augmentation: Augmentation, seed: int, folder: Path
) -> list[Path]:
    """Write a PNG per class: photographs on the left, what augmentation makes of each on the right.

    Args:
        photographs: of the training split; the first ones of each class are shown.
        labels: names of the classes in order.
        augmentation: of the run.
        seed: of the run; the variants are those of its first steps, whoever is in the batch.
        folder: where they go.

    Returns:
        the files, in the order of the labels; a class without photographs has none.

    Raises:
        OutputError: the system refused to write.
    """
    written = []
    for place, label in enumerate(labels):
        chosen = np.flatnonzero(photographs.targets == place)[:_ROWS]
        if not len(chosen):
            continue
        path = folder / f"augmented-{place:02d}-{_file_name(label)}.png"
        grid = _variants(photographs.pictures(chosen), augmentation, seed)
        with atomic_file(path) as temporary:
            _draw(grid, label, temporary)
        written.append(path)
    return written


def _variants(originals_rgb: npt.NDArray[np.uint8], augmentation: Augmentation, seed: int) -> npt.NDArray[np.uint8]:
    """(photographs, 1 + variants, height, width, 3) uint8: the original first."""
    columns = [originals_rgb]
    for step in range(_VARIANTS):
        changed = augment_batch(originals_rgb, augmentation, tf.constant([seed, step], tf.int64))
        columns.append(np.rint(changed.numpy()).clip(0, 255).astype(np.uint8))
    return np.stack(columns, axis=1)


def _draw(grid: npt.NDArray[np.uint8], label: str, path: Path) -> None:
    rows, columns = grid.shape[:2]
    size = (_SIDE_INCHES * columns, _SIDE_INCHES * rows + 0.5)
    figure, places = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    for (row, column), axes in np.ndenumerate(places):
        _show(axes, grid[row, column])
        if row == 0:
            axes.set_title("photograph" if column == 0 else f"variant {column}", fontsize=9)
    figure.suptitle(_plain(label), fontsize=11)
    figure.savefig(path, dpi=90)
    plt.close(figure)


def _show(axes: Any, image_rgb: npt.NDArray[np.uint8]) -> None:
    axes.imshow(image_rgb)
    axes.axis("off")


def _plain(label: str) -> str:
    """Keep matplotlib from reading formulas in a name."""
    return label.replace("$", r"\$")


def _file_name(label: str) -> str:
    return re.sub(r"[^\w-]+", "_", label)[:60]
