"""Photographs that belong together, as frames of one session or video do, and share a split.

Two things say so, and the first of them counts:

- a comment in the file, `FieldLens-group:ID` (a JPEG comment segment, or the text of a PNG `tEXt` chunk);
- `groups.csv` beside the photographs, with a row per photograph: path, sha256 of its bytes, and in `group` the sha256
  of the one that decides for it. `fieldlens train group` writes it, and never changes the group of what is listed.
"""

from __future__ import annotations

import csv
import io
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edge_app.common.errors import DataError
from edge_app.photographs.splits import sha256_of

GROUPS_NAME = "groups.csv"
MARK = b"FieldLens-group:"

_COLUMNS = ["path", "sha256", "group"]
_SHA256 = re.compile(r"[0-9a-f]{64}")
_JPEG, _PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class GroupedFile:
    """One row of the manifest.

    Attributes:
        path: relative to the folder, with forward slashes.
        sha256: of its bytes.
        group: hash that decides its split: of the photograph that leads its group, or its own.
    """

    path: str
    sha256: str
    group: str


@dataclass(frozen=True)
class Groups:
    """The manifest of a folder: a listed photograph is known by its bytes, or by its path if they have changed."""

    by_sha256: Mapping[str, str] = field(default_factory=dict)
    by_path: Mapping[str, str] = field(default_factory=dict)

    def key_of(self, path: str, content: bytes) -> str:
        """Return the hash that decides a photograph's split.

        Args:
            path: relative to the folder.
            content: of the file.
        """
        mark = mark_in(content)
        if mark:
            return sha256_of(MARK + mark)
        digest = sha256_of(content)
        return self.by_sha256.get(digest) or self.by_path.get(path) or digest


def read_groups(root: Path) -> Groups:
    """Read the manifest of a folder; without one every unmarked photograph is by itself.

    Raises:
        DataError: it is damaged or cannot be read.
    """
    rows = read_manifest(root)
    return Groups({row.sha256: row.group for row in rows}, {row.path: row.group for row in rows})


def read_manifest(root: Path) -> list[GroupedFile]:
    """Return the rows of the manifest of a folder; none without one.

    Raises:
        DataError: it is damaged or cannot be read.
    """
    path = root / GROUPS_NAME
    try:
        text = path.read_bytes().decode(errors="surrogateescape")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DataError(f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}; check it") from error
    try:
        return _parsed(text)
    except (ValueError, csv.Error) as error:
        raise DataError(
            f"`{path}` is damaged ({error}), so it is unknown which photographs belong together; "
            "restore it, or delete it and run `fieldlens train group`"
        ) from error


def format_manifest(files: Iterable[GroupedFile]) -> bytes:
    """Return the manifest, its rows sorted by path."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(_COLUMNS)
    writer.writerows((file.path, file.sha256, file.group) for file in sorted(files, key=lambda file: file.path))
    return text.getvalue().encode(errors="surrogateescape")


def mark_in(content: bytes) -> bytes:
    """Return the group that a file names in its header; empty: it names none."""
    comments = _jpeg_comments(content) if content.startswith(_JPEG) else _png_texts(content)
    return next((text[len(MARK) :].strip(b"\0 \r\n") for text in comments if text.startswith(MARK)), b"")


def marked(content: bytes, group: str) -> bytes:
    """Return a JPEG or PNG file that names its group; the pixels stay as they are.

    Args:
        content: of the file.
        group: up to 1,000 characters.

    Raises:
        ValueError: it is neither a JPEG nor a PNG, or the group is empty or too long.
    """
    text = MARK + group.encode(errors="surrogateescape")
    if not group.strip() or len(text) > 8000:
        raise ValueError(f"no name of a group: {group[:80]!r}")
    if content.startswith(_JPEG):
        place = max((end for _, end in _jpeg_application_segments(content)), default=len(_JPEG))
        return content[:place] + b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text + content[place:]
    if content.startswith(_PNG):
        place = len(_PNG) + 12 + int.from_bytes(content[8:12], "big")  # behind IHDR
        chunk = b"tEXtComment\0" + text
        length, check = struct.pack(">I", len(chunk) - 4), struct.pack(">I", zlib.crc32(chunk))
        return content[:place] + length + chunk + check + content[place:]
    raise ValueError("only JPEG and PNG files can name their group")


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start of the content and end of each segment before the picture's own data."""
    place = 2
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF:  # a fill byte
            place += 1
            continue
        if marker in (0xDA, 0xD9):
            return
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        yield marker, place + 4, end
        place = end


def _jpeg_application_segments(content: bytes) -> Iterator[tuple[int, int]]:
    """JFIF and EXIF want to be first."""
    for marker, start, end in _jpeg_segments(content):
        if not 0xE0 <= marker <= 0xEF:
            return
        yield start, end


def _jpeg_comments(content: bytes) -> Iterator[bytes]:
    return (content[start:end] for marker, start, end in _jpeg_segments(content) if marker == 0xFE)


def _png_texts(content: bytes) -> Iterator[bytes]:
    place = len(_PNG)
    while content.startswith(_PNG) and place + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        if kind == b"IDAT":
            return
        if kind == b"tEXt":
            yield content[place + 8 : place + 8 + length].partition(b"\0")[2]
        place += 12 + length


def _parsed(text: str) -> list[GroupedFile]:
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if not rows or rows[0] != _COLUMNS:
        raise ValueError(f"its first line is not {','.join(_COLUMNS)}")
    for number, row in enumerate(rows[1:], start=1):
        if len(row) != len(_COLUMNS) or not all(_SHA256.fullmatch(word) for word in row[1:]):
            raise ValueError(f"row {number} is not a path and two SHA-256")
    return [GroupedFile(*row) for row in rows[1:]]
