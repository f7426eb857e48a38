"""The size that the header of a picture file promises, read before anything is decoded.

A PNG of 125 KB can unpack to gigabytes. Where the size stands in each format: JPEG ITU-T T.81 B.2.2, PNG ISO/IEC 15948
11.2.2, GIF 89a 18, BMP (BITMAPINFOHEADER), WebP RFC 9649, TIFF 6.0, netpbm, and the `ispe` box of ISO/IEC 23008-12
(AVIF) and the `ihdr` box of ISO/IEC 15444-1 (JPEG 2000).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import NamedTuple

_NOT_FRAMES = (0xC4, 0xC8, 0xCC)  # JPEG markers between C0 and CF that start no frame
_ALONE = (0x01, *range(0xD0, 0xDA))  # JPEG markers without a length
_BOX_SEARCH_BYTES = 1 << 16


class PromisedSize(NamedTuple):
    """Pixels, as the header has them: before any turn that EXIF asks for."""

    width: int
    height: int


def promised_size(encoded: bytes) -> PromisedSize | None:
    """Return the size in the header of a picture file; None: no picture of a known kind, or a broken header."""
    for start, read in _READERS:
        if start.match(encoded):
            try:
                size = read(encoded)
            except (struct.error, IndexError, ValueError, KeyError):
                return None
            return size if size is not None and min(size) > 0 else None
    return None


def is_sequential_jpeg(encoded: bytes) -> bool:
    """Tell whether a file is a JPEG that is decoded row by row, as cameras write them, and not in passes."""
    frame = _jpeg_frame(encoded) if encoded.startswith(b"\xff\xd8") else None
    return frame is not None and encoded[frame + 1] in (0xC0, 0xC1)


def _jpeg(encoded: bytes) -> PromisedSize | None:
    frame = _jpeg_frame(encoded)
    if frame is None:
        return None
    height, width = struct.unpack_from(">HH", encoded, frame + 5)
    return PromisedSize(width, height)


def _jpeg_frame(encoded: bytes) -> int | None:
    """Walk the segments to the frame header; return where it is."""
    position = 2
    while position + 9 <= len(encoded):
        marker = encoded[position + 1]
        if encoded[position] != 0xFF or marker == 0xFF:
            position += 1  # fill bytes, or rubbish that decoders skip as well
        elif marker in _ALONE:
            position += 2
        elif 0xC0 <= marker <= 0xCF and marker not in _NOT_FRAMES:
            return position
        else:
            position += 2 + int(struct.unpack_from(">H", encoded, position + 2)[0])
    return None


def _png(encoded: bytes) -> PromisedSize:
    return PromisedSize(*struct.unpack_from(">II", encoded, 16))


def _gif(encoded: bytes) -> PromisedSize:
    return PromisedSize(*struct.unpack_from("<HH", encoded, 6))


def _bmp(encoded: bytes) -> PromisedSize:
    if struct.unpack_from("<I", encoded, 14)[0] == 12:  # BITMAPCOREHEADER, of OS/2
        return PromisedSize(*struct.unpack_from("<HH", encoded, 18))
    width, height = struct.unpack_from("<ii", encoded, 18)
    return PromisedSize(abs(width), abs(height))  # a negative height: rows from the top


def _webp(encoded: bytes) -> PromisedSize | None:
    kind = encoded[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", encoded, 26)
        return PromisedSize(width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        bits = int(struct.unpack_from("<I", encoded, 21)[0])
        return PromisedSize((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8X":
        width, height = (int.from_bytes(encoded[at : at + 3], "little") + 1 for at in (24, 27))
        return PromisedSize(width, height)
    return None


def _tiff(encoded: bytes) -> PromisedSize:
    """Read width (tag 256) and height (tag 257) of the first directory; BigTIFF has longer fields."""
    order = "<" if encoded[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", encoded, 2)[0] == 43
    (first,) = struct.unpack_from(order + ("Q" if big else "I"), encoded, 8 if big else 4)
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), encoded, first)
    step, begin, value_at = (20, first + 8, 12) if big else (12, first + 2, 8)
    found: dict[int, int] = {}
    for entry in range(begin, begin + step * min(count, 512), step):
        tag, kind = struct.unpack_from(order + "HH", encoded, entry)
        if tag in (256, 257):
            (found[tag],) = struct.unpack_from(order + {3: "H", 4: "I", 16: "Q"}[kind], encoded, entry + value_at)
    return PromisedSize(found[256], found[257])


def _netpbm(encoded: bytes) -> PromisedSize | None:
    if encoded[1:2] == b"7":
        numbers = [re.search(rb"^" + name + rb" +(\d{1,9})$", encoded[:1024], re.M) for name in (b"WIDTH", b"HEIGHT")]
        width, height = (int(number[1]) if number else 0 for number in numbers)
        return PromisedSize(width, height)
    plain = re.sub(rb"#[^\n]*", b"", encoded[:4096])
    match = re.match(rb"P[1-6]\s+(\d{1,9})\s+(\d{1,9})\s", plain)
    return None if match is None else PromisedSize(int(match[1]), int(match[2]))


def _avif(encoded: bytes) -> PromisedSize:
    """The largest of the pictures inside: a grid has its tiles and itself."""
    sizes = [
        struct.unpack_from(">II", encoded, match.end() + 4)
        for match in re.finditer(rb"ispe", encoded[:_BOX_SEARCH_BYTES])
    ]
    return PromisedSize(*max(sizes, key=lambda size: size[0] * size[1]))


def _jpeg_2000(encoded: bytes) -> PromisedSize:
    height, width = struct.unpack_from(">II", encoded, encoded.index(b"ihdr", 0, _BOX_SEARCH_BYTES) + 4)
    return PromisedSize(width, height)


_READERS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], PromisedSize | None]], ...] = (
    (re.compile(rb"\xff\xd8"), _jpeg),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), _png),
    (re.compile(rb"GIF8[79]a"), _gif),
    (re.compile(rb"BM"), _bmp),
    (re.compile(rb"RIFF....WEBP", re.S), _webp),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), _tiff),
    (re.compile(rb"P[1-7]\s"), _netpbm),
    (re.compile(rb"....ftypavi[fs]", re.S), _avif),
    (re.compile(rb"\0\0\0\x0cjP  "), _jpeg_2000),
)
