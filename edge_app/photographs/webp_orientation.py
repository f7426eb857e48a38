"""The EXIF orientation of a WebP picture, which OpenCV obeys from 5.0 on and not before."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]

_ORIENTATION = 274
_SHORT = 3


def is_webp(encoded: bytes) -> bool:
    """Tell whether a file is a WebP picture."""
    return encoded[:4] == b"RIFF" and encoded[8:12] == b"WEBP"


def webp_orientation(encoded: bytes) -> int:
    """Return the EXIF orientation of a WebP picture, 1 to 8; 1 where it has none that can be read.

    Chunks: RFC 9649; the directory inside: TIFF 6.0, EXIF 2.32 table 4.
    """
    try:
        return _of_exif(_exif_chunk(encoded))
    except struct.error:
        return 1


def turned_upright(image: Image, orientation: int) -> Image:
    """Return a (height, width, 3) picture as it is meant to be seen."""
    if orientation in (5, 6, 7, 8):
        image = np.swapaxes(image, 0, 1)
    rows_back = orientation in (3, 4, 7, 8)
    columns_back = orientation in (2, 3, 6, 7)
    return np.ascontiguousarray(image[:: -1 if rows_back else 1, :: -1 if columns_back else 1])


def decode_webp(encoded: bytes) -> Image | None:
    """Decode with every OpenCV alike: (height, width, 3) uint8 BGR, upright; None: damaged."""
    image = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if image is None else turned_upright(np.asarray(image, np.uint8), webp_orientation(encoded))


def _exif_chunk(encoded: bytes) -> bytes:
    position = 12
    while position + 8 <= len(encoded):
        name, length = struct.unpack_from("<4sI", encoded, position)
        if name == b"EXIF":
            content = encoded[position + 8 : position + 8 + length]
            return content.removeprefix(b"Exif\0\0")  # some writers keep the prefix of JPEG
        position += 8 + length + length % 2
    return b""


def _of_exif(exif: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    (first,) = struct.unpack_from(order + "I", exif, 4)
    (count,) = struct.unpack_from(order + "H", exif, first)
    for entry in range(first + 2, first + 2 + 12 * min(count, 256), 12):
        tag, kind, _, value = struct.unpack_from(order + "HHIH", exif, entry)
        if tag == _ORIENTATION and kind == _SHORT:
            return value if 1 <= value <= 8 else 1
    return 1
