"""Photographs that stay in their files and are decoded when a batch needs them: for data sets larger than memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_app.common.progress import Progress
from edge_app.model.card import Interpolation, ResizeRule, Size
from edge_app.model.preparation import resize_rgb
from edge_app.photographs.decoder import Image, read_photograph
from train.data.inspection import PhotographInspector
from train.data.loading import decode_or_fault, in_threads, targets_of
from train.data.splits import SplitFile


@dataclass(frozen=True)
class StreamedPhotographs:
    """Photographs of one split in files; the twin of `PhotographSet`, with the same pixels.

    Attributes:
        root: the folder of the files.
        files: one per photograph.
        targets: (photographs,) int64, places in the list of labels.
        size: of every picture.
        resize: see `ModelCard`.
        interpolation: see `ModelCard`.
    """

    root: Path
    files: tuple[SplitFile, ...]
    targets: npt.NDArray[np.int64]
    size: Size
    resize: ResizeRule = "squash"
    interpolation: Interpolation = "bilinear"

    def __len__(self) -> int:
        return len(self.files)

    @property
    def picture_shape(self) -> tuple[int, int, int]:
        """(height, width, 3)."""
        return self.size.height, self.size.width, 3

    def pictures(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """Decode the photographs at some places on all cores: (places, height, width, 3) uint8 RGB, in their order.

        Raises:
            PhotographError: a file broke after it was checked.
        """
        images_rgb = np.empty((len(places), *self.picture_shape), np.uint8)
        for number, image in enumerate(in_threads(self._picture, places.tolist())):
            images_rgb[number] = image
        return images_rgb

    def resized(self, size: Size) -> StreamedPhotographs:
        """Return the same photographs at another size."""
        return replace(self, size=size)

    def _picture(self, place: int) -> Image:
        image_bgr = read_photograph(self.root / self.files[place].path)
        return resize_rgb(image_bgr, self.size, self.resize, self.interpolation)


def stream_photographs(
    root: Path,
    files: Sequence[SplitFile],
    labels: Sequence[str],
    size: Size,
    resize: ResizeRule = "squash",
    interpolation: Interpolation = "bilinear",
    what: str = "checking photographs",
    inspector: PhotographInspector | None = None,
) -> tuple[StreamedPhotographs, list[str]]:
    """Decode every photograph once to find the broken ones, and keep none; as `load_photographs` otherwise.

    Args:
        root: their folder.
        files: which ones.
        labels: all labels in order.
        size: of the pictures.
        resize: see `ModelCard`.
        interpolation: see `ModelCard`.
        what: to call it in the progress.
        inspector: is shown every photograph as it was decoded.

    Returns:
        the readable ones, and a sentence per broken one.
    """

    def fault(file: SplitFile) -> str | None:
        decoded = decode_or_fault(root, file, inspector)
        return decoded if isinstance(decoded, str) else None

    kept: list[SplitFile] = []
    skipped: list[str] = []
    with Progress(what, len(files)) as progress:
        for file, sentence in zip(files, in_threads(fault, files), strict=True):
            if sentence is None:
                kept.append(file)
            else:
                skipped.append(sentence)
            progress.step()
    return StreamedPhotographs(root, tuple(kept), targets_of(kept, labels), size, resize, interpolation), skipped
