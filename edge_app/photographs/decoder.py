"""Reading one picture file: the only decoder, for training, evaluation and the device.

Contract: EXIF orientation is applied; JPEGs of more than 67 megapixels come at half their width and height; grey, CMYK,
alpha and 16-bit pictures become 3-channel 8-bit. OpenCV drops an alpha channel (no blending) and divides 16-bit samples
by 256.
"""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from edge_app.common.errors import PhotographError
from edge_app.photographs.picture_size import is_sequential_jpeg, promised_size
from edge_app.photographs.webp_orientation import decode_webp, is_webp

Image = npt.NDArray[np.uint8]
"""A picture: (height, width, 3) uint8, 0..255."""

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
"""File names that are taken for pictures."""

MAX_PIXELS = 1 << 26
"""Larger pictures than this (67 megapixels, 201 MB decoded) are refused before they fill the memory.

A damaged JPEG takes twice as much while it is decoded: 490 MB with all that a process holds at that size.
"""
MAX_PIXELS_HALVED = 1 << 28
"""Sequential JPEGs up to this, as phones of 108 and 200 megapixels write them, are decoded at half width and height.

libjpeg scales each block before it becomes pixels: 108 megapixels take 220 MB with all that a process holds, 200 take
360.
"""
MAX_PIXELS_OF_OTHERS = 1 << 24
"""The same for misnamed GIF, AVIF and JPEG 2000 pictures, whose decoders take up to five times as much."""

_JPEG_START = b"\xff\xd8"
_PNG_START = b"\x89PNG\r\n\x1a\n"


def is_image_name(path: Path) -> bool:
    """Tell whether the name is one of a picture; hidden files are not."""
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")


def read_photograph(path: str | Path) -> Image:
    """Read a picture file.

    Returns:
        (height, width, 3) uint8 BGR, upright.

    Raises:
        PhotographError: the file is missing, unreadable, cut short or no picture.
    """
    return decode_photograph(read_encoded(Path(path)), str(path))


def read_encoded(path: Path) -> bytes:
    """Return the bytes of a picture file as they are.

    Raises:
        PhotographError: the file is missing or unreadable.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise PhotographError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}") from error


def decode_photograph(encoded: bytes, name: str) -> Image:
    """Decode the bytes of a picture file.

    Args:
        encoded: the whole file.
        name: what to call it in an error.

    Returns:
        (height, width, 3) uint8 BGR, upright.

    Raises:
        PhotographError: the bytes are no picture, or only the first part of one.
    """
    if not encoded:
        raise PhotographError(f"`{name}` is empty (0 bytes); replace or delete it")
    if _is_cut_short(encoded):
        raise PhotographError(f"`{name}` is cut short ({len(encoded):,} bytes, no end marker); copy it again")
    size = promised_size(encoded)
    pixels, most = 0 if size is None else size.width * size.height, _most_pixels(encoded)
    if size is not None and pixels > most:
        raise PhotographError(f"`{name}` has {size.width}×{size.height} pixels; shrink it below {most:,}")
    try:  # what has no known header is not handed on: it could promise any size
        image = None if size is None else _decoded(encoded, halved=pixels > MAX_PIXELS)
    except cv2.error as error:  # a header that promises more than OpenCV's limits
        raise PhotographError(f"`{name}` cannot be decoded: {_first_line(error)}") from error
    if image is None:
        kind = "damaged" if encoded.startswith((_JPEG_START, _PNG_START)) else "not a picture that OpenCV can read"
        raise PhotographError(f"`{name}` is {kind} ({len(encoded):,} bytes); replace or delete it")
    return np.ascontiguousarray(image, dtype=np.uint8)


def _most_pixels(encoded: bytes) -> int:
    if encoded.startswith(b"GIF8") or encoded[4:8] in (b"ftyp", b"jP  "):
        return MAX_PIXELS_OF_OTHERS
    return MAX_PIXELS_HALVED if is_sequential_jpeg(encoded) else MAX_PIXELS


def _decoded(encoded: bytes, halved: bool = False) -> Image | None:
    if is_webp(encoded):
        return decode_webp(encoded)
    how = cv2.IMREAD_REDUCED_COLOR_2 if halved else cv2.IMREAD_COLOR
    image = cv2.imdecode(np.frombuffer(encoded, np.uint8), how)
    return None if image is None else np.asarray(image, np.uint8)


def _is_cut_short(encoded: bytes) -> bool:
    """Notice a JPEG or PNG without its end: OpenCV would fill the rest with grey and say nothing."""
    if encoded.startswith(_JPEG_START):
        return not _jpeg_ends(encoded)
    if encoded.startswith(_PNG_START):
        return not _png_ends(encoded)
    return False


def _jpeg_ends(encoded: bytes) -> bool:
    """Walk the segments to the first scan, then look for the end marker behind it.

    Thumbnails inside EXIF segments have end markers of their own, so the search starts at the scan.
    """
    position = 2
    while position + 4 <= len(encoded):
        if encoded[position] != 0xFF:
            return True  # no well-formed header: the decoder shall judge
        marker = encoded[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        if marker == 0xDA:  # start of scan
            return encoded.find(b"\xff\xd9", position) >= 0
        if 0xD0 <= marker <= 0xD9 or marker == 0x01:
            position += 2
            continue
        position += 2 + int(struct.unpack_from(">H", encoded, position + 2)[0])
    return False


def _png_ends(encoded: bytes) -> bool:
    """Walk the chunks to IEND."""
    position = len(_PNG_START)
    while position + 12 <= len(encoded):
        length, kind = struct.unpack_from(">I4s", encoded, position)
        if kind == b"IEND":
            return True
        position += 12 + length
    return False


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
