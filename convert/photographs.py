"""Photographs for calibration and proof, by the decoder and the resize rule of the device."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from convert.run_folder import LabelledPhotograph, RunFolder
from edge_app.common.errors import PhotographError
from edge_app.model.preparation import resize_rgb
from edge_app.photographs.decoder import Image, read_photograph


def read_for(run: RunFolder, path: Path) -> Image | None:
    """Read a photograph as the network of a run sees it.

    Returns:
        (height, width, 3) uint8 RGB in the size of the network's input; None: it cannot be read.
    """
    try:
        frame_bgr = read_photograph(path)
    except PhotographError:
        return None
    return resize_rgb(frame_bgr, run.input_size, run.resize, run.interpolation)


def in_turn(photographs: Sequence[LabelledPhotograph], classes: int) -> list[LabelledPhotograph]:
    """Order photographs so that every beginning is as balanced as it can be."""
    by_class = [[item for item in photographs if item.target == place] for place in range(classes)]
    longest = max((len(items) for items in by_class), default=0)
    return [items[number] for number in range(longest) for items in by_class if number < len(items)]
