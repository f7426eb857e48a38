"""What a photograph's header and name say about when and from what it was taken."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

_MODEL, _EXIF_BLOCK, _TAKEN, _FRACTION = 0x0110, 0x8769, 0x9003, 0x9291  # tags: EXIF 2.32, tables 4, 5 and 8
_ASCII, _LONG = 2, 4
_VIDEO_ENDINGS = "mp4|mov|avi|mkv|webm|m4v|mts|3gp"
_ROBOFLOW = re.compile(r"(?P<name>.+)_(?:jpe?g|png|webp|bmp)\.rf\.[0-9a-zA-Z]{8,}")
_FRAMES = (
    re.compile(rf"(?P<video>.+[._](?:{_VIDEO_ENDINGS}))[ _.-]*(?:frame|f)?[ _.-]*\d+", re.IGNORECASE),
    re.compile(r"(?P<video>.*?)[ _.-]*frame[ _.-]*\d+", re.IGNORECASE),
)
_BURSTS = (
    re.compile(r".*BURST(?P<burst>\d{12,}).*"),  # Google: 00001IMG_00001_BURST20190101120000123_COVER
    re.compile(r"(?P<burst>.+)[_-]BURST[_-]?\d{1,4}(?:_COVER)?"),  # Android: IMG_20190101_120000_BURST001_COVER
    re.compile(r"(?P<burst>(?:19|20)\d{6}_\d{6})_\d{3}"),  # Samsung: 20190101_120000_001
)


@dataclass(frozen=True)
class Shot:
    """When and with what a photograph was taken, seconds since 1970 in the camera's own time."""

    time_s: float
    camera: str


def shot_of(content: bytes) -> Shot | None:
    """Return what the EXIF header of a JPEG file says; None: nothing that can be used."""
    start = content.find(b"Exif\0\0", 0, 1 << 16)
    if not content.startswith(b"\xff\xd8") or start < 0:
        return None
    block = content[start + 6 : start + 6 + (1 << 16)]
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    try:
        return None if order is None else _shot(block, order)
    except (struct.error, ValueError, OverflowError):
        return None


def source_picture(path: str) -> str:
    """Return what the name says a picture was made from: the frames of a video, or one picture that was augmented.

    Args:
        path: with forward slashes.

    Returns:
        the same text for pictures of one source; empty: the name says nothing.
    """
    stem, folder = PurePosixPath(path).stem, PurePosixPath(path).parent
    exported = _ROBOFLOW.fullmatch(stem)
    name = exported["name"] if exported else stem
    for pattern in _FRAMES:
        if match := pattern.fullmatch(name):
            return f"{folder}/{match['video']}"
    return f"{folder}/{name}" if exported else ""


def burst_of(path: str) -> str:
    """Return the burst that a phone's name for a photograph says; empty: none."""
    stem, folder = PurePosixPath(path).stem, PurePosixPath(path).parent
    found = (pattern.fullmatch(stem) for pattern in _BURSTS)
    return next((f"{folder}/{match['burst']}" for match in found if match), "")


def _shot(block: bytes, order: str) -> Shot | None:
    first = _entries(block, order, struct.unpack_from(order + "I", block, 4)[0])
    inner = _entries(block, order, int(first.get(_EXIF_BLOCK, b"0")))
    if _TAKEN not in inner:
        return None
    moment = datetime.strptime(inner[_TAKEN].decode("ascii", "replace"), "%Y:%m:%d %H:%M:%S")
    fraction = inner.get(_FRACTION, b"").decode("ascii", "replace").strip()
    seconds = (moment - datetime(1970, 1, 1)).total_seconds()
    return Shot(
        seconds + (float(f"0.{fraction}") if fraction.isdigit() else 0.0), first.get(_MODEL, b"").decode("latin1")
    )


def _entries(block: bytes, order: str, place: int) -> Mapping[int, bytes]:
    """The texts and whole numbers of a directory, by tag; numbers as digits."""
    if not place:
        return {}
    found: dict[int, bytes] = {}
    (count,) = struct.unpack_from(order + "H", block, place)
    for number in range(min(count, 200)):
        tag, kind, length, value = struct.unpack_from(order + "HHII", block, place + 2 + 12 * number)
        if kind == _ASCII:
            start = value if length > 4 else place + 2 + 12 * number + 8
            found[tag] = block[start : start + min(length, 200)].rstrip(b"\0 ")
        elif kind == _LONG and length == 1:
            found[tag] = str(value).encode()
    return found
