"""Photographs of one split, in memory or in their files: the same pixels by the same three questions."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from edge_app.model.card import Interpolation, ResizeRule, Size
from edge_app.model.preparation import resize_rgb
from edge_app.photographs.decoder import Image, read_photograph
from train.data.splits import SplitFile
from train.data.thread_pool import in_threads

PICTURES_AT_ONCE = 64
"""Photographs that a network is shown at a time outside of training."""


class Photographs(Protocol):
    """Photographs of one split by their places: in memory (`PhotographSet`) or in files (`StreamedPhotographs`)."""

    @property
    def files(self) -> tuple[SplitFile, ...]:
        """One per photograph."""

    @property
    def targets(self) -> npt.NDArray[np.int64]:
        """(photographs,): places in the list of labels."""

    @property
    def picture_shape(self) -> tuple[int, int, int]:
        """(height, width, 3)."""

    def __len__(self) -> int: ...

    def pictures(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """Return the photographs at some places, in their order: (places, height, width, 3) uint8 RGB."""


@dataclass(frozen=True)
class PhotographSet:
    """Photographs of one split in memory, ready to feed.

    Attributes:
        files: one per photograph.
        images_rgb: (photographs, height, width, 3) uint8 RGB.
        targets: (photographs,) int64, places in the list of labels.
    """

    files: tuple[SplitFile, ...]
    images_rgb: npt.NDArray[np.uint8]
    targets: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.files)

    @property
    def picture_shape(self) -> tuple[int, int, int]:
        """(height, width, 3)."""
        _, height, width, channels = self.images_rgb.shape
        return height, width, channels

    def pictures(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """Copy the photographs at some places, in their order: (places, height, width, 3) uint8 RGB."""
        return self.images_rgb[places]


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

    def _picture(self, place: int) -> Image:
        image_bgr = read_photograph(self.root / self.files[place].path)
        return resize_rgb(image_bgr, self.size, self.resize, self.interpolation)


@dataclass(frozen=True)
class SelectedPhotographs:
    """Some of other photographs, which are not copied.

    Attributes:
        source: the others.
        places: (photographs,) int64, places among them.
    """

    source: Photographs
    places: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.places)

    @property
    def files(self) -> tuple[SplitFile, ...]:
        """One per photograph."""
        return tuple(self.source.files[place] for place in self.places.tolist())

    @property
    def targets(self) -> npt.NDArray[np.int64]:
        """(photographs,) int64, places in the list of labels."""
        return self.source.targets[self.places]

    @property
    def picture_shape(self) -> tuple[int, int, int]:
        """(height, width, 3)."""
        return self.source.picture_shape

    def pictures(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """Return the photographs at some places, in their order: (places, height, width, 3) uint8 RGB."""
        return self.source.pictures(self.places[places])


def targets_of(files: Sequence[SplitFile], labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the places of the files' labels in the list of all labels: (files,)."""
    places = {label: place for place, label in enumerate(labels)}
    return np.array([places[file.label] for file in files], np.int64)


def picture_blocks(
    pictures: Photographs | npt.NDArray[Any], at_once: int = PICTURES_AT_ONCE
) -> Iterator[npt.NDArray[Any]]:
    """Yield all photographs (or rows of an array) in order, some at a time; the next ones are decoded meanwhile.

    Args:
        pictures: in memory, in files, or already an array.
        at_once: how many; the last block has the rest.
    """
    starts = range(0, len(pictures), at_once)
    if isinstance(pictures, np.ndarray | PhotographSet):
        array = pictures if isinstance(pictures, np.ndarray) else pictures.images_rgb
        yield from (array[start : start + at_once] for start in starts)
        return
    with ThreadPoolExecutor(max_workers=1) as executor:
        waiting: deque[Future[npt.NDArray[np.uint8]]] = deque()
        for start in starts:
            places = np.arange(start, min(start + at_once, len(pictures)))
            waiting.append(executor.submit(pictures.pictures, places))
            if len(waiting) > 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
