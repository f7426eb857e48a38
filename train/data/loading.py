"""Reading photographs into one array, by the decoder and the resize rule of the device."""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from edge_app.common.errors import PhotographError
from edge_app.common.progress import Progress
from edge_app.model.card import Interpolation, ResizeRule, Size
from edge_app.model.preparation import resize_rgb
from edge_app.photographs.decoder import Image, decode_photograph, read_encoded
from edge_app.photographs.folders import LabelledFile, PhotographFolder, refuse_changed_origins
from edge_app.photographs.splits import sha256_of, split_of
from train.data.inspection import PhotographInspector
from train.data.memory import MEMORY_SHARE, memory_bytes
from train.data.splits import SplitFile

PICTURES_AT_ONCE = 64
"""Photographs that a network is shown at a time outside of training."""

_AHEAD = 64  # photographs decoded ahead of the one being stored

Item = TypeVar("Item")
Result = TypeVar("Result")


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


def hash_files(
    folder: PhotographFolder, inspector: PhotographInspector | None = None
) -> tuple[list[SplitFile], list[str]]:
    """Hash every file and give it its split; an augmented copy is in the one of its origin.

    Args:
        folder: of the files.
        inspector: is told of the files that cannot be read.

    Returns:
        the files, and a sentence per file that cannot be read or is empty.

    Raises:
        DataError: photographs have changed since their augmented copies were made.
    """

    def hashed(file: LabelledFile) -> SplitFile | str:
        try:
            content = read_encoded(folder.root / file.path)
        except PhotographError as error:
            if inspector is not None:
                inspector.add_broken(_split_file(file, b""), str(error))
            return str(error)
        return _split_file(file, content)

    files: list[SplitFile] = []
    skipped: list[str] = []
    with Progress("hashing files", len(folder.files)) as progress:
        for result in in_threads(hashed, folder.files):
            if isinstance(result, str):
                skipped.append(result)
            else:
                files.append(result)
            progress.step()
    refuse_changed_origins(folder, {file.path: file.sha256 for file in files})
    return files, skipped


def load_photographs(
    root: Path,
    files: Sequence[SplitFile],
    labels: Sequence[str],
    size: Size,
    resize: ResizeRule = "squash",
    interpolation: Interpolation = "bilinear",
    what: str = "reading photographs",
    inspector: PhotographInspector | None = None,
) -> tuple[PhotographSet, list[str]]:
    """Decode and resize photographs, in the order of `files`.

    Args:
        root: their folder.
        files: which ones.
        labels: all labels in order.
        size: of the result.
        resize: see `ModelCard`.
        interpolation: see `ModelCard`.
        what: to call it in the progress.
        inspector: is shown every photograph as it was decoded.

    Returns:
        the readable ones, and a sentence per broken one.
    """

    def resized(file: SplitFile) -> Image | str:
        frame_bgr = decode_or_fault(root, file, inspector)
        return frame_bgr if isinstance(frame_bgr, str) else resize_rgb(frame_bgr, size, resize, interpolation)

    images_rgb = _room_for((len(files), size.height, size.width, 3))
    kept: list[SplitFile] = []
    skipped: list[str] = []
    with Progress(what, len(files)) as progress:
        for file, image in zip(files, in_threads(resized, files), strict=True):
            if isinstance(image, str):
                skipped.append(image)
            else:
                images_rgb[len(kept)] = image
                kept.append(file)
            progress.step()
    return PhotographSet(tuple(kept), images_rgb[: len(kept)], targets_of(kept, labels)), skipped


def targets_of(files: Sequence[SplitFile], labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the places of the files' labels in the list of all labels: (files,)."""
    places = {label: place for place, label in enumerate(labels)}
    return np.array([places[file.label] for file in files], np.int64)


def decode_or_fault(root: Path, file: SplitFile, inspector: PhotographInspector | None = None) -> Image | str:
    """Return a photograph, (height, width, 3) uint8 BGR, or say why it cannot be decoded.

    Args:
        root: folder of the files.
        file: which one.
        inspector: is shown what was decoded, or told why it was not.
    """
    path = root / file.path
    try:
        encoded = read_encoded(path)
        frame_bgr = decode_photograph(encoded, str(path))
    except PhotographError as error:
        if inspector is not None:
            inspector.add_broken(file, str(error))
        return str(error)
    if inspector is not None:
        inspector.add(file, encoded, frame_bgr)
    return frame_bgr


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


def in_threads(function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """Map in order with a thread per core, never far ahead of the reader; OpenCV works outside Python's lock."""
    executor = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    try:
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(executor.submit(function, item))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        executor.shutdown(cancel_futures=True)


def _room_for(shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """An array in memory, or in an unnamed temporary file where memory would not do."""
    size_bytes = int(np.prod(shape, dtype=np.int64))
    if size_bytes < MEMORY_SHARE * memory_bytes():
        return np.empty(shape, np.uint8)
    with tempfile.TemporaryFile() as file:  # mapped memory outlives the file's name and handle
        return np.memmap(file, np.uint8, "w+", shape=shape)


def _split_file(file: LabelledFile, content: bytes) -> SplitFile:
    digest = sha256_of(content)
    return SplitFile(file.path, file.label, split_of(file.origin_sha256 or digest), digest, file.origin or "")
