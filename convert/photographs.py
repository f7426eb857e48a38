"""Photographs for calibration and proof, by the decoder and the resize rule of the device."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from convert.run_folder import LabelledPhotograph, RunFolder
from edge_app.errors import PhotographError, RunFolderError
from edge_app.photograph import read_photograph
from edge_app.preprocess import resize_rgb

CALIBRATION_PHOTOGRAPHS = 200


def calibration_photographs(run: RunFolder, count: int = CALIBRATION_PHOTOGRAPHS) -> npt.NDArray[np.uint8]:
    """Read training photographs, the classes in turn.

    Returns:
        (up to count, height, width, 3) uint8 RGB.

    Raises:
        RunFolderError: not one of them can be read.
    """
    images = []
    for photograph in in_turn(run.splits["train"], len(run.labels)):
        try:
            frame_bgr = read_photograph(photograph.path)
        except PhotographError:
            continue  # gone since training; the others will do
        images.append(resize_rgb(frame_bgr, run.input_size, run.resize, run.interpolation))
        if len(images) == count:
            break
    if not images:
        raise RunFolderError(
            f"not one training photograph of `{run.path}` can be read; give their folder with --photos"
        )
    return np.stack(images)


def in_turn(photographs: Sequence[LabelledPhotograph], classes: int) -> list[LabelledPhotograph]:
    """Order photographs so that every beginning is as balanced as it can be."""
    by_class = [[item for item in photographs if item.target == place] for place in range(classes)]
    longest = max((len(items) for items in by_class), default=0)
    return [items[number] for number in range(longest) for items in by_class if number < len(items)]
