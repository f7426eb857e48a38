"""Ways to damage any file: a pure function of its bytes and a generator of random numbers, grouped by what it holds.

Damage goes in depth: most of it leaves the first bytes alone, keeps checksums true, and changes one field of many.
"""

from __future__ import annotations

import csv
import io
import json
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks.experiments.fuzz.archives import ARCHIVE_DAMAGE
from edge_app.photographs.picture_size import promised_size

Rng = np.random.Generator
Damage = Callable[[bytes, Rng], bytes]

EXTREMES = (0, 1, 2, 0x7F, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF0, 0xFFFF_FFFF)
_MOST_BYTES = 4 << 20  # of a damaged file that grows
_NESTED = 100_000
_SIZES = (
    (8192, 8192),  # the most that is allowed
    (16_384, 4096),
    (1024, 65_535),
    (4096, 4096),
    (11_585, 11_585),
    (65_500, 65_500),
    (1 << 26, 1),
    (1, 65_535),
    (0, 96),
)
_NEAR = 64  # bytes behind a mark that are its fields

_MARKS = {
    "film": re.compile(
        rb"moov|mvhd|trak|tkhd|mdia|mdhd|hdlr|stsd|mp4v|avc1|avcC|esds|stts|stsc|stsz|stco|ctts|mdat|ftyp|elst|"
        rb"avih|strh|strf|hdrl|movi|idx1|00dc|MJPG|\x1a\x45\xdf\xa3|\x16\x54\xae\x6b|\x1f\x43\xb6\x75|\xff[\xc0\xc4\xda\xdb]"
    ),
    "picture": re.compile(
        rb"\xff[\xc0-\xc4\xda-\xdb\xdd\xe0\xe1]|IHDR|PLTE|tRNS|IDAT|VP8[ LX]|EXIF|Exif|RIFF|GIF8|BM|II\*\0|MM\0\*|"
        rb"ispe|ihdr|\x21\xf9|\x2c\0|jp2c|\xff[\x4f\x51\x52]"
    ),
    "array": re.compile(rb"TREE|HEAP|SNOD|OHDR|GCOL|\x89HDF|attrs|FRHP|BTHD"),
}


def _few(rng: Rng) -> int:
    return int(rng.choice([1, 1, 1, 2, 4, 16]))


def _place(content: bytes, rng: Rng, start: int = 8) -> int:
    """Choose a place: anywhere, but mostly not in the first bytes, which decide what a file is taken for."""
    start = start if len(content) > 2 * start and rng.random() < 0.9 else 0
    return int(rng.integers(start, max(start + 1, len(content))))


def cut_short(content: bytes, rng: Rng) -> bytes:
    """Keep the beginning; mostly most of it."""
    share = rng.random() ** (1 / 4)
    return content[: int(len(content) * share)]


def bits_flipped(content: bytes, rng: Rng) -> bytes:
    """Flip a few bits."""
    changed = bytearray(content)
    for _ in range(_few(rng)):
        changed[_place(content, rng)] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def bytes_changed(content: bytes, rng: Rng) -> bytes:
    """Write other bytes, spread over the file or crowded at one place."""
    changed = bytearray(content)
    at, crowded = _place(content, rng), rng.random() < 0.5
    for _ in range(4 * _few(rng)):
        place = min(at + int(rng.integers(_NEAR)), len(content) - 1) if crowded else _place(content, rng)
        changed[place] = int(rng.integers(256))
    return bytes(changed)


def spliced(content: bytes, rng: Rng) -> bytes:
    """Put bytes in, take some out, or repeat a region: all that follows lies elsewhere."""
    place, length = _place(content, rng), int(rng.integers(1, 1 + min(256, len(content))))
    way = int(rng.integers(3))
    new = (rng.bytes(length), b"", content[place : place + length] * int(rng.choice([2, 2, 50])))[way]
    return content[:place] + new + content[place + (length if way else 0) :]


def regions_swapped(content: bytes, rng: Rng) -> bytes:
    """Exchange two regions of the same length."""
    length = int(rng.integers(1, 1 + min(4096, max(1, len(content) // 3))))
    first, second = sorted((_place(content, rng), _place(content, rng)))
    first, second = min(first, len(content) - 2 * length), max(second, first + length)
    one, other = content[first : first + length], content[second : second + length]
    return b"".join((content[:first], other, content[first + length : second], one, content[second + length :]))


def run_of_one_byte(content: bytes, rng: Rng) -> bytes:
    """Overwrite a region by zeros or by ones: what a bad sector looks like."""
    place, length = _place(content, rng), int(rng.choice([1, 4, 16, 512, 4096]))
    return content[:place] + bytes([int(rng.choice([0, 0xFF]))]) * length + content[place + length :]


def huge_numbers(content: bytes, rng: Rng) -> bytes:
    """Write extreme numbers of 1, 2, 4 or 8 bytes, in either order, mostly in the first half kilobyte."""
    return _with_numbers(content, rng, lambda: _place(content[:512] if rng.random() < 0.5 else content, rng))


def _with_numbers(content: bytes, rng: Rng, place: Callable[[], int]) -> bytes:
    changed = bytearray(content)
    for _ in range(_few(rng)):
        size = int(rng.choice([1, 2, 4, 8]))
        value = int(rng.choice(EXTREMES)) if rng.random() < 0.7 else int(rng.integers(1 << 32))
        order = "little" if rng.random() < 0.5 else "big"
        at = place()
        changed[at : at + size] = (value & (1 << 8 * size) - 1).to_bytes(size, order)  # type: ignore[arg-type]  # one of two words
    return bytes(changed[: len(content)])


def fields(form: str) -> Damage:
    """Return damage to the numbers behind the names of a format's parts."""

    def damage(content: bytes, rng: Rng) -> bytes:
        marks = [match.end() for match in _MARKS[form].finditer(content)]
        if not marks:
            return huge_numbers(content, rng)
        at = marks[int(rng.integers(len(marks)))]
        reach = int(rng.choice([8, 24, _NEAR]))
        return _with_numbers(content, rng, lambda: min(at + int(rng.integers(reach)), len(content) - 1))

    return damage


def longer(content: bytes, rng: Rng) -> bytes:
    """Let something follow: rubbish, or the file once more."""
    return content + (rng.bytes(int(rng.integers(1, 4096))) if rng.random() < 0.5 else content)


def sizes_claimed(content: bytes, rng: Rng) -> bytes:
    """Claim another size wherever a picture states its own, which is square: large ones, and some just allowed."""
    stated = promised_size(content)
    if stated is None or stated.width != stated.height:
        return huge_numbers(content, rng)
    old, new = stated.width, _SIZES[int(rng.integers(len(_SIZES)))]
    claims = [(b"%d %d" % (old, old), b"%d %d" % new)]  # of netpbm
    for size, order in ((4, "big"), (4, "little"), (2, "big"), (2, "little"), (3, "little")):
        words = [(side & (1 << 8 * size) - 1).to_bytes(size, order) for side in (old - (size == 3), *new)]  # type: ignore[arg-type]  # one of two words
        claims.append((words[0] * 2, words[1] + words[2]))
    for before, after in claims:
        changed = content.replace(before, after, 1)
        if promised_size(changed) != stated:
            return changed
    return content.replace(struct.pack("<HII", 3, 1, old), struct.pack("<HII", 4, 1, new[0]))  # of TIFF: both sides


def png_parts(content: bytes, rng: Rng) -> bytes:
    """Damage inside of a PNG's chunks, pixels before packing too, with true checksums; of others: the fields."""
    if not content.startswith(b"\x89PNG"):
        return fields("picture")(content, rng)
    chunks, place = [], 8
    while place + 12 <= len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        chunks.append((content[place + 4 : place + 8], content[place + 8 : place + 8 + length]))
        place += 12 + length
    pixels = b"".join(data for kind, data in chunks if kind == b"IDAT")
    chunks = [one for one in chunks if one[0] != b"IDAT"]
    if rng.random() < 0.5:
        damage = list(BYTES.values())[int(rng.integers(len(BYTES)))]
        pixels = zlib.compress(damage(zlib.decompress(pixels), rng))
    else:
        number = int(rng.integers(len(chunks)))
        kind, data = chunks[number]
        chunks[number] = (kind, _with_numbers(data, rng, lambda: int(rng.integers(len(data)))) if data else b"more")
    chunks.insert(-1, (b"IDAT", pixels))
    return content[:8] + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


BYTES: Mapping[str, Damage] = {
    "cut short": cut_short,
    "bits flipped": bits_flipped,
    "bytes changed": bytes_changed,
    "bytes put in or out": spliced,
    "regions swapped": regions_swapped,
    "run of one byte": run_of_one_byte,
    "huge numbers": huge_numbers,
}

_ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1, 0.5, -0.0, 1e308, 1e999, -1e999, float("nan"), 10**18, 2**31, -(2**63), 10**400, "", "0",
    "NaN", "\x1b[2J", "two\nlines", "nul\0nul", "\ud800", "\u202egnp.exe", "../../etc", "/", "/dev/zero",
    "/proc/self/mem", "x" * 5000, "x/" * 3000, [], {}, [[]], [None], {"": None}, [0] * 10_000,
    {"width": 1e999, "height": 0}, "2026-13-45",
)  # fmt: skip
_ENDLESS_NUMBER = "9" * 5000  # Python refuses to read more than 4,300 digits


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path to every value inside of a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [one for name, item in inside for one in _places(item, (*path, name))]


def _holder(content: bytes, rng: Rng) -> tuple[Any, Any, Any]:
    """Return a JSON value, and a random object or list inside of it with a name or place in that."""
    value = json.loads(content)
    places = _places(value)
    level = 1 + int(rng.integers(max(map(len, places))))  # so that the few at the top have their turn
    of_level = [path for path in places if len(path) <= level]
    path = of_level[int(rng.integers(len(of_level)))]
    holder = value
    for name in path[:-1]:
        holder = holder[name]
    return value, holder, path[-1]


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def values_replaced(content: bytes, rng: Rng) -> bytes:
    """Replace a few values by what they must not be."""
    for _ in range(_few(rng)):
        value, holder, name = _holder(content, rng)
        holder[name] = _ODD[int(rng.integers(len(_ODD)))]
        try:
            changed = _dumped(value)
            if not _places(json.loads(changed)):
                return changed
        except ValueError:
            return changed
        content = changed
    return content


def numbers_changed(content: bytes, rng: Rng) -> bytes:
    """Change a number to one that is possible, or endless."""
    numbers = list(re.finditer(rb"(?<![\w.\"])-?\d+(?:\.\d+)?(?:e-?\d+)?", content))
    if not numbers:
        return values_replaced(content, rng)
    match = numbers[int(rng.integers(len(numbers)))]
    new = str(rng.choice(["-1", "0", "1e308", "1e999", "-5", "3.7", "4294967296", "1e-320", "NaN", _ENDLESS_NUMBER]))
    return content[: match.start()] + new.encode() + content[match.end() :]


def keys_changed(content: bytes, rng: Rng) -> bytes:
    """Take values away, put some in, or give one twice."""
    value, holder, name = _holder(content, rng)
    way = int(rng.integers(3))
    if way == 0:
        del holder[name]
    elif isinstance(holder, list):
        holder[:] = holder * 3 if way == 1 else holder[::-1]
    elif way == 1:
        holder[f"{name} " if rng.random() < 0.5 else "__class__"] = holder[name]
    else:
        holder[name] = list(holder)
    return _dumped(value)


def types_changed(content: bytes, rng: Rng) -> bytes:
    """Hand a value over in another form: a number as text, an object as a list, a list as its first item."""
    value, holder, name = _holder(content, rng)
    old = holder[name]
    forms: list[Any] = [str(old), [old], {"value": old}, bool(old)]
    if isinstance(old, dict):
        forms += [list(old.values()), list(old.items())]
    if isinstance(old, list):
        forms += [dict(enumerate(old)), old[0] if old else None]
    holder[name] = forms[int(rng.integers(len(forms)))]
    return _dumped(value)


def nested_deep(content: bytes, rng: Rng) -> bytes:
    """Put a value into more brackets than Python's parser has room for, at any place."""
    value, holder, name = _holder(content, rng)
    holder[name] = "@"
    depth = int(rng.choice([200, 990, 5000, _NESTED]))
    ends = (b"[", b"]") if rng.random() < 0.5 else (b'{"a":', b"}")
    return _dumped(value).replace(b'"@"', ends[0] * depth + b"1" + ends[1] * depth)


def text_encoded(content: bytes, rng: Rng) -> bytes:
    """Write the text in another encoding, with a byte order mark, or with bytes that no encoding has."""
    text = content.decode(errors="replace")
    way = int(rng.integers(6))
    if way < 3:
        return text.encode(("utf-16", "utf-32", "utf-8-sig")[way], "surrogatepass")
    odd = (b"\0", b"\xff\xfe\xfa", b"\xed\xa0\x80")[way - 3]
    place = _place(content, rng)
    return content[:place] + odd + content[place:]


JSON: Mapping[str, Damage] = {
    "values replaced": values_replaced,
    "numbers changed": numbers_changed,
    "keys changed": keys_changed,
    "types changed": types_changed,
    "nested deep": nested_deep,
    "text encoded": text_encoded,
    "bits flipped": bits_flipped,
    "cut short": cut_short,
}

_CELLS = (
    "", " ", "0", "-1", "1e999", "9" * 40, "../../x.jpg", "/etc/passwd", "a\0b", "x" * 200_000, '"', '""', "\r",
    "two\nlines", "é" * 300, "\udcff", "[" * 50_000, "[]", '{"op": 1}', '[{"op": null}]', "0" * 64, "f" * 64, "train",
    "\ufeff", "\u2028",
)  # fmt: skip


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(errors="surrogateescape"), newline="")))


def _written(rows: list[list[str]], rng: Rng) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=str(rng.choice(["\n", "\n", "\r\n", "\r"]))).writerows(rows)
    return text.getvalue().encode(errors="surrogateescape")


def cells_replaced(content: bytes, rng: Rng) -> bytes:
    """Replace a few cells of a table by what they must not be, or by others of the table."""
    rows = _rows(content)
    for _ in range(_few(rng)):
        row = rows[int(rng.integers(len(rows)))]
        other = rows[int(rng.integers(len(rows)))]
        if row and other:
            odd = _CELLS[int(rng.integers(len(_CELLS)))] if rng.random() < 0.7 else other[int(rng.integers(len(other)))]
            row[int(rng.integers(len(row)))] = odd
    return _written(rows, rng)


def rows_changed(content: bytes, rng: Rng) -> bytes:
    """Take cells or rows away, put some in, or write rows many times."""
    rows = _rows(content)
    place, way = int(rng.integers(len(rows))), int(rng.integers(6))
    if way == 0:
        rows[place] = rows[place][:-1]
    elif way == 1:
        rows[place] = [*rows[place], "more"]
    elif way == 2:
        del rows[place]
    elif way == 3:
        rows.insert(place, list(rows[place]))
    elif way == 4:
        rows = rows[:1] + rows[1:] * max(1, _MOST_BYTES // max(1, len(content)))
    else:
        rows.insert(place, [])
    return _written(rows, rng)


def quotes_changed(content: bytes, rng: Rng) -> bytes:
    """Put a quote, a separator, or the end of a line where none belongs."""
    place = _place(content, rng)
    return content[:place] + (b'"', b",", b"\n", b"\r", b'""', b"\t;")[int(rng.integers(6))] + content[place:]


TABLE: Mapping[str, Damage] = {
    "cells replaced": cells_replaced,
    "rows changed": rows_changed,
    "quotes changed": quotes_changed,
    "text encoded": text_encoded,
    "bits flipped": bits_flipped,
    "cut short": cut_short,
    "bytes changed": bytes_changed,
}

_LINES = (
    b"", b" ", b"\t", b"7", b"0: cat", b"3 cat", b"x" * 1_000_000, b"\0", b"\x1b]0;owned\x07", b"\xff\xfe", b"[",
    b'["a"', b'{"0": "a"}', b'["a", 1]', b"[" * 100_000, b"99999999999999999999: cat", b"9" * 5000 + b": cat",
    b"\xd9\xa3 cat", b"\xc2\xb2: cat", b"\x85", b"\xe2\x80\xa8", b"\r", b"\x0b\x0c",
)  # fmt: skip


def lines_changed(content: bytes, rng: Rng) -> bytes:
    """Replace lines by what labels must not be, or put such lines in."""
    lines = content.split(b"\n")
    for _ in range(_few(rng)):
        place = int(rng.integers(len(lines)))
        lines[place : place + int(rng.integers(2))] = [_LINES[int(rng.integers(len(_LINES)))]]
    return b"\n".join(lines)


def many_lines(content: bytes, rng: Rng) -> bytes:
    """Write the lines far too often, or all of them in one."""
    if rng.random() < 0.3:
        return content.replace(b"\n", b" ")
    return content * (int(rng.choice([10, 1000, 30_000_000])) // len(content) + 1)


LINES: Mapping[str, Damage] = {
    "lines changed": lines_changed,
    "many lines": many_lines,
    "text encoded": text_encoded,
    "quotes changed": quotes_changed,
    "bits flipped": bits_flipped,
    "bytes changed": bytes_changed,
    "cut short": cut_short,
}

FORMS: Mapping[str, Mapping[str, Damage]] = {
    "picture": {
        **BYTES,
        "fields of parts": fields("picture"),
        "inside of parts": png_parts,
        "sizes claimed": sizes_claimed,
    },
    "film": {**BYTES, "fields of parts": fields("film"), "longer": longer},
    "archive": {**BYTES, "longer": longer, **ARCHIVE_DAMAGE},
    "array": {**BYTES, "fields of parts": fields("array")},
    "json": JSON,
    "table": TABLE,
    "lines": LINES,
}
"""Every kind of damage by its name, by what a file holds."""


def damaged(form: str, content: bytes, seed: int, number: int) -> tuple[str, bytes]:
    """Return the kind of a damage and the damaged file.

    Args:
        form: a key of `FORMS`.
        content: of the whole file.
        seed: of the series.
        number: in the series; kinds take turns.
    """
    kinds = FORMS[form]
    kind = list(kinds)[number % len(kinds)]
    return kind, kinds[kind](content, np.random.default_rng((seed, number)))
