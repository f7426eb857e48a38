"""From a camera frame to the input tensor: the one function that every part of FieldLens calls.

Resize first, on BGR; swap channels on the small image; then one table lookup turns bytes into what the tensor holds.
Quantized models whose table is the identity take the bytes as they are, or with the upper bit flipped as int8.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge_app.model.card import Interpolation, ModelCard, ResizeRule, Size
from edge_app.model.scores import NOT_QUANTIZED, Quantization
from edge_app.model.tensors import RGB_LAST, Layout
from edge_app.photographs.decoder import Image

_INTERPOLATIONS = {"bilinear": cv2.INTER_LINEAR, "area": cv2.INTER_AREA}

INNER_SHARE = 0.8
"""Of width and height, around the centre: what `center_zoom` leaves of a frame."""

_UPPER_BIT = np.uint8(128)


class Preparer:
    """Prepares frames for one model; built once, called per frame.

    Args:
        card: the model's card.
        quantization: of the input tensor.
        layout: of the input tensor.
    """

    def __init__(self, card: ModelCard, quantization: Quantization = NOT_QUANTIZED, layout: Layout = RGB_LAST) -> None:
        self._layout = layout
        self._card = card
        self._size = (card.input_size.width, card.input_size.height)
        self._interpolation = _INTERPOLATIONS[card.interpolation]
        self._resized = np.empty((card.input_size.height, card.input_size.width, 3), np.uint8)
        table = value_table(card, quantization)
        self._values = table
        self._flips = _is_flipped(table)
        is_whole = self._flips or _is_raw(table)
        self._table = None if is_whole else np.ascontiguousarray(table.T[np.newaxis])  # (1, 256, 3)
        self._rgb = self._resized if self._table is None else np.empty_like(self._resized)

    @property
    def takes_raw_bytes(self) -> bool:
        """Whether the tensor takes RGB bytes as they are."""
        return self._table is None and not self._flips

    def prepare(self, frame_bgr: Image, out: npt.NDArray[Any]) -> None:
        """Fill the input tensor.

        Args:
            frame_bgr: (height, width, 3) uint8 BGR, any size.
            out: (1, input height, input width, 3) in the dtype of the card, or as the layout has it; overwritten, RGB.
        """
        if self._layout != RGB_LAST:
            self._prepare_odd(frame_bgr, out)
            return
        resized = self._resize(frame_bgr)
        if self._flips:
            stored = out.view(np.uint8)
            cv2.cvtColor(resized, cv2.COLOR_BGR2RGB, stored[0])
            np.bitwise_xor(stored, _UPPER_BIT, out=stored)
        elif self._table is None:
            cv2.cvtColor(resized, cv2.COLOR_BGR2RGB, out[0])
        else:
            cv2.LUT(cv2.cvtColor(resized, cv2.COLOR_BGR2RGB, self._rgb), self._table, out[0])

    def _resize(self, frame_bgr: Image) -> Image:
        source = seen_window(frame_bgr, self._card.resize, self._card.input_size)
        if source.shape[:2] == self._resized.shape[:2]:
            return source
        return np.asarray(cv2.resize(source, self._size, self._resized, interpolation=self._interpolation), np.uint8)

    def _prepare_odd(self, frame_bgr: Image, out: npt.NDArray[Any]) -> None:
        """Fill a grey input, or one with the channels or blue first; green's numbers stand for grey ones."""
        resized = self._resize(frame_bgr)
        grey = self._layout.channels == 1
        order = -1 if self._layout.blue_first else 1  # of RGB
        planes = [cv2.cvtColor(resized, cv2.COLOR_BGR2GRAY)] if grey else list(cv2.split(resized)[::-order])
        tables = self._values[1:2] if grey else self._values[::order]
        for place, (plane, table) in enumerate(zip(planes, tables, strict=True)):
            target = out[0, place] if self._layout.channels_first else out[0, :, :, place]
            target[...] = table[plane]


def prepare(frame_bgr: Image, card: ModelCard, out: npt.NDArray[Any], quantization: Quantization | None = None) -> None:
    """Fill the input tensor once; see `Preparer.prepare`, which is for many frames."""
    Preparer(card, quantization or Quantization()).prepare(frame_bgr, out)


def resize_rgb(
    frame_bgr: Image, size: Size, resize: ResizeRule = "squash", interpolation: Interpolation = "bilinear"
) -> Image:
    """Resize by the rule of the card, without normalization.

    Args:
        frame_bgr: (height, width, 3) uint8 BGR.
        size: of the result.
        resize: see `ModelCard`.
        interpolation: see `ModelCard`.

    Returns:
        (size.height, size.width, 3) uint8 RGB.
    """
    card = ModelCard(
        name="resize",
        labels=("any",),
        input_size=size,
        input_dtype="uint8",
        resize=resize,
        interpolation=interpolation,
    )
    out = np.empty((1, size.height, size.width, 3), np.uint8)
    Preparer(card).prepare(frame_bgr, out)
    resized: Image = out[0]
    return resized


def seen_window(frame_bgr: Image, resize: ResizeRule, size: Size) -> Image:
    """Cut what the network sees of a frame; a view, nothing is copied.

    A frame of exactly the input's size is seen whole: it has been through this already.

    Args:
        frame_bgr: (height, width, 3) uint8.
        resize: see `ModelCard`.
        size: of the network's input.
    """
    if resize == "squash" or frame_bgr.shape[:2] == (size.height, size.width):
        return frame_bgr
    return center_window(frame_bgr, size) if resize == "center_crop" else inner_window(frame_bgr)


def seen_area(card: ModelCard, frame_bgr: Image) -> tuple[float, float, float, float]:
    """Return what the network sees of a frame: left, top, width and height, as fractions of the frame."""
    height, width = frame_bgr.shape[:2]
    down, across = seen_window(frame_bgr, card.resize, card.input_size).shape[:2]
    return (width - across) // 2 / width, (height - down) // 2 / height, across / width, down / height


def inner_window(frame_bgr: Image) -> Image:
    """Cut the inner `INNER_SHARE` of width and height; a view, nothing is copied.

    Args:
        frame_bgr: (height, width, 3) uint8.
    """
    height, width = frame_bgr.shape[:2]
    window_width, window_height = max(1, round(width * INNER_SHARE)), max(1, round(height * INNER_SHARE))
    return _middle(frame_bgr, window_width, window_height)


def center_window(frame_bgr: Image, size: Size) -> Image:
    """Cut the largest centred window with the shape of `size`; a view, nothing is copied.

    Args:
        frame_bgr: (height, width, 3) uint8.
        size: only its aspect ratio counts.
    """
    height, width = frame_bgr.shape[:2]
    window_width = min(width, max(1, round(height * size.width / size.height)))
    window_height = min(height, max(1, round(width * size.height / size.width)))
    return _middle(frame_bgr, window_width, window_height)


def _middle(frame_bgr: Image, window_width: int, window_height: int) -> Image:
    height, width = frame_bgr.shape[:2]
    left, top = (width - window_width) // 2, (height - window_height) // 2
    window: Image = frame_bgr[top : top + window_height, left : left + window_width]
    return window


def value_table(card: ModelCard, quantization: Quantization) -> npt.NDArray[Any]:
    """Return what the tensor holds for each byte: (3, 256) in the card's dtype, channels RGB."""
    byte = np.arange(256, dtype=np.float64)
    mean, std = np.array(card.mean)[:, np.newaxis], np.array(card.std)[:, np.newaxis]
    real: npt.NDArray[np.float64] = (byte - mean) / std
    if card.input_dtype == "float32":
        return np.asarray(real, np.float32)
    limits = np.iinfo(card.input_dtype)
    if quantization.scale <= 0.0:  # nothing said: bytes, shifted for int8
        return np.asarray(np.broadcast_to(byte + limits.min, (3, 256)), card.input_dtype)
    stored = np.rint(real / quantization.scale + quantization.zero_point).clip(limits.min, limits.max)
    shifted = np.broadcast_to(byte + limits.min, (3, 256))
    # There is no zero point 127.5, so bytes lie half-way between the levels of our int8 inputs: rint would join pairs.
    return np.asarray(shifted if np.abs(stored - shifted).max() <= 1 else stored, card.input_dtype)


def _is_raw(table: npt.NDArray[Any]) -> bool:
    """Within 1 level a table is the identity: the 2/255 scale rounds that way, and MediaPipe passes bytes too."""
    return table.dtype == np.uint8 and int(np.abs(table.astype(np.int64) - np.arange(256)).max()) <= 1


def _is_flipped(table: npt.NDArray[Any]) -> bool:
    """As int8 the bytes less 128, which flips their upper bit: an exclusive or is faster than a lookup."""
    return table.dtype == np.int8 and bool((table == np.arange(-128, 128)).all())
