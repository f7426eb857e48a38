"""Ways to damage a ZIP file: its own numbers, and entries that no honest archive has."""

from __future__ import annotations

import io
import re
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping

import numpy as np

Rng = np.random.Generator
Entry = tuple[zipfile.ZipInfo, bytes]

_HEADER = re.compile(rb"PK(?:\x01\x02|\x03\x04|\x05\x06|\x06\x06|\x06\x07)")
_HEADER_BYTES = 46
_DIRECTORY_ENTRY, _LOCAL_ENTRY = b"PK\x01\x02", b"PK\x03\x04"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_NUMBERS = (0, 1, 8, 12, 14, 99, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF)
_MANY = 70_000  # more entries than 16 bits can count

_NAMES = (
    "../slip.jpg", "dog/../../slip.jpg", "/slip.jpg", "C:\\slip.jpg", "..\\slip.jpg", "dog\\back.jpg",
    "d/" * 1500 + "deep.jpg", "dog/" + "n" * 300 + ".jpg", "n" * 65_000 + ".jpg", "dog/./x.jpg", "dog//x.jpg", ".jpg",
    "dog/.jpg", "dog/x.jpg/y.jpg", "dog/ .jpg", " /x.jpg", "dog/x.jpg ", "dog/\u202egpj.jpg", "dog/\x01\x1b[2J.jpg",
    "dog/two\nlines.jpg", "dog/CON.jpg", "~/x.jpg", "dog/-rf.jpg", "é/e\u0301.jpg", "dog", "cat/",
    "__MACOSX/dog/._x.jpg", "augmented.csv", "groups.csv", "dog/x.fieldlens-copy-1.jpg", "__init__.py",
    "dog/$(id).jpg", "\ud7ff/x.jpg", "train/x.jpg", "train/cat/x.jpg", "x.jpg", "cat.1.jpg",
)  # fmt: skip


def _entries(content: bytes) -> list[Entry]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [
            (info, b"" if info.flag_bits & 1 else archive.read(info))  # an encrypted one cannot be read without a word
            for info in archive.infolist()
        ]


def _written(entries: list[Entry], rng: Rng) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", _METHODS[int(rng.integers(len(_METHODS)))]) as archive:
        warnings.simplefilter("ignore")  # of a name twice, which is meant
        for info, data in entries:
            fresh = zipfile.ZipInfo(info.filename)
            fresh.filename = info.filename  # also a name that the constructor would mend
            fresh.external_attr, fresh.compress_type, fresh.extra = info.external_attr, archive.compression, b""
            archive.writestr(fresh, data)
    return stream.getvalue()


def header_numbers(content: bytes, rng: Rng) -> bytes:
    """Change numbers in the directory and in the headers: methods, flags, sizes, offsets, lengths."""
    changed = bytearray(content)
    places = [match.start() for match in _HEADER.finditer(content)]
    for _ in range(int(rng.choice([1, 1, 2, 8]))):
        at = places[int(rng.integers(len(places)))] + int(rng.integers(4, _HEADER_BYTES))
        value, size = int(rng.choice(_NUMBERS)), int(rng.choice([1, 2, 4]))
        changed[at : at + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
    return bytes(changed[: len(content)])


def same_claim_twice(content: bytes, rng: Rng) -> bytes:
    """Change a number in the directory and in the entry's own header alike: size, method, flags or checksum."""
    changed = bytearray(content)
    in_directory, in_entry, size = ((8, 6, 2), (10, 8, 2), (16, 14, 4), (20, 18, 4), (24, 22, 4))[int(rng.integers(5))]
    directory = [match.start() for match in re.finditer(re.escape(_DIRECTORY_ENTRY), content)]
    at = directory[int(rng.integers(len(directory)))]
    local = struct.unpack_from("<I", content, at + 42)[0]
    value = (int(rng.choice(_NUMBERS)) & (1 << 8 * size) - 1).to_bytes(size, "little")
    changed[at + in_directory : at + in_directory + size] = value
    if content[local : local + 4] == _LOCAL_ENTRY:
        changed[local + in_entry : local + in_entry + size] = value
    return bytes(changed)


def hostile_names(content: bytes, rng: Rng) -> bytes:
    """Give entries names that lead elsewhere, are too long, or mean something to a system."""
    entries = _entries(content)
    for _ in range(int(rng.choice([1, 1, 3]))):
        info, data = entries[int(rng.integers(len(entries)))]
        odd = zipfile.ZipInfo("odd")
        odd.filename = _NAMES[int(rng.integers(len(_NAMES)))]
        odd.external_attr = info.external_attr
        entries.insert(int(rng.integers(len(entries) + 1)), (odd, data))
    return _written(entries, rng)


def hostile_kinds(content: bytes, rng: Rng) -> bytes:
    """Let entries be links, devices or pipes, or repeat them."""
    entries = _entries(content)
    number = int(rng.integers(len(entries)))
    info, data = entries[number]
    kind = int(rng.choice([stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR, stat.S_IFREG | 0o7777, 0]))
    odd = zipfile.ZipInfo(info.filename)
    odd.external_attr = kind << 16
    entries.insert(number, (odd, b"/etc/passwd" if kind == stat.S_IFLNK else data))
    return _written(entries, rng)


def names_as_bytes(content: bytes, rng: Rng) -> bytes:
    """Change bytes of names, in the directory and in the entry's own header alike: NUL, no UTF-8, any letter."""
    changed = bytearray(content)
    names = [match.start() + 46 for match in re.finditer(re.escape(_DIRECTORY_ENTRY), content)]
    at = names[int(rng.integers(len(names)))]
    length = struct.unpack_from("<H", content, at - 18)[0]
    local = struct.unpack_from("<I", content, at - 4)[0] + 30
    place = int(rng.integers(max(1, length)))
    new = int(rng.choice([0, 0xFF, 0x2F, 0x5C, 0x0A, int(rng.integers(256))]))
    for start in (at, local):
        if start + place < len(changed):
            changed[start + place] = new
    if rng.random() < 0.5:  # the flag that says UTF-8
        changed[at - 37] ^= 0x08
    return bytes(changed)


def contents_damaged(content: bytes, rng: Rng) -> bytes:
    """Pack pictures that are damaged, empty, or large and packed well, with true checksums."""
    entries = _entries(content)
    number = int(rng.integers(len(entries)))
    info, data = entries[number]
    new = (b"", data[: len(data) // 2], bytes(1 << 22), rng.bytes(1000), content)[int(rng.integers(5))]
    entries[number] = (info, new)
    return _written(entries, rng)


def many_entries(content: bytes, rng: Rng) -> bytes:
    """Write an archive with as many entries as need 64-bit numbers, or with none."""
    pictures, others = ((0, 0), (1, 0), (2, 1), (300, 0), (300, 3), (4, _MANY))[int(rng.integers(6))]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(pictures):
            archive.writestr(f"{'cat' if number % 2 else 'dog'}/{number}.jpg", b"")
        for number in range(others):
            archive.writestr(f"{number}.txt", b"")
    return stream.getvalue()


ARCHIVE_DAMAGE: Mapping[str, Callable[[bytes, Rng], bytes]] = {
    "header numbers": header_numbers,
    "same claim twice": same_claim_twice,
    "hostile names": hostile_names,
    "hostile kinds": hostile_kinds,
    "names as bytes": names_as_bytes,
    "contents damaged": contents_damaged,
    "many entries": many_entries,
}
"""Every kind of damage by its name."""
