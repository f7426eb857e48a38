"""Ways to damage a `.tflite` file: a pure function of its bytes, a seed and a number.

A quarter of the damage is blind; the rest knows the format and goes where it hurts: offsets, lengths of vectors, the
values in them (shapes, indices of tensors), and the archive behind the model.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from edge_app.model.flatbuffer import Table, root_table
from edge_app.model.metadata import CARD_FILE, LABELS_FILE

Rng = np.random.Generator

_EXTREMES = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF0, 0xFFFF_FFFF)
_WORD = 4
_MOST_LABEL_BYTES = 32 << 20  # twice what the app unpacks
_NUMBERLESS = {"width": 1e999, "height": 0}
_ODD: tuple[object, ...] = (None, True, -1, 0, 1e999, float("nan"), 10**400, "", "\x1b[2J", [], {}, [[]], _NUMBERLESS)
_INVENTED_CARD = {
    "schema_version": 1,
    "name": "invented",
    "labels": ["\x1b[31m"] * 1001,
    "input_size": {"width": 224, "height": 224},
    "input_dtype": "uint8",
}
# Fields of the TFLite schema that hold vectors: of tables, and of numbers.
_MODEL_TABLES, _SUBGRAPH_TABLES = (1, 2, 4, 6), (0, 3)
_OPERATORS, _TENSORS = 3, 0
_NUMBERS = {"subgraph": (1, 2), "tensor": (0,), "operator": (1, 2)}


@dataclass(frozen=True)
class Places:
    """Where a flatbuffer keeps what leads elsewhere: positions of 4-byte words, but for `vtables` (2 bytes).

    Attributes:
        fields: inline data of tables: offsets and numbers.
        vtables: entries of the tables' indices.
        lengths: of vectors.
        numbers: in vectors: shapes, indices of tensors.
        end: of the flatbuffer; what follows is the archive.
    """

    fields: tuple[int, ...]
    vtables: tuple[int, ...]
    lengths: tuple[int, ...]
    numbers: tuple[int, ...]
    end: int


def find_places(content: bytes) -> Places:
    """Walk through a whole model.

    Args:
        content: of a `.tflite` file.

    Raises:
        BadFlatBufferError: it is not whole.
    """
    fields, vtables, lengths, numbers = set[int](), set[int](), set[int](), set[int]()
    for table, of_tables, of_numbers in _tables(content):
        entries, places = _layout(content, table)
        vtables.update(entries)
        fields.update(places.values())
        for field in (*of_tables, *of_numbers):
            if field in places:
                start = places[field] + _word(content, places[field])
                lengths.add(start)
                if field in of_numbers:
                    numbers.update(start + _WORD * (1 + item) for item in range(_word(content, start)))
    end = content.find(b"PK\x03\x04")
    return Places(
        fields=tuple(sorted(fields)),
        vtables=tuple(sorted(vtables)),
        lengths=tuple(sorted(lengths)),
        numbers=tuple(sorted(numbers)),
        end=len(content) if end < 0 else end,
    )


def _tables(content: bytes) -> Iterator[tuple[Table, tuple[int, ...], tuple[int, ...]]]:
    """Yield tables with their fields that hold vectors of tables, and of numbers."""
    model = root_table(content)
    yield model, _MODEL_TABLES, ()
    for field in (1, 4, 6):  # operator codes, buffers, metadata
        yield from ((table, (), ()) for table in model.tables(field))
    for subgraph in model.tables(2):
        yield subgraph, _SUBGRAPH_TABLES, _NUMBERS["subgraph"]
        yield from ((tensor, (), _NUMBERS["tensor"]) for tensor in subgraph.tables(_TENSORS))
        for operator in subgraph.tables(_OPERATORS):
            yield operator, (), _NUMBERS["operator"]
            options = operator.table(4)
            if options is not None:
                yield options, (), ()


def _layout(content: bytes, table: Table) -> tuple[list[int], dict[int, int]]:
    """Return the places of the vtable's entries, and by number of the field where its data are."""
    vtable = table.position - int(struct.unpack_from("<i", content, table.position)[0])
    size = struct.unpack_from("<H", content, vtable)[0]
    entries = list(range(vtable, vtable + size, 2))
    offsets = {field: struct.unpack_from("<H", content, place)[0] for field, place in enumerate(entries[2:])}
    return entries, {field: table.position + offset for field, offset in offsets.items() if offset}


def _word(content: bytes, place: int) -> int:
    return int(struct.unpack_from("<I", content, place)[0])


def _truncated(content: bytes, places: Places, rng: Rng) -> bytes:
    return content[: int(rng.integers(0, len(content)))]


def _flipped_bits(content: bytes, places: Places, rng: Rng) -> bytes:
    return _with_bytes(content, rng, lambda old: old ^ (1 << int(rng.integers(8))))


def _random_bytes(content: bytes, places: Places, rng: Rng) -> bytes:
    return _with_bytes(content, rng, lambda old: int(rng.integers(256)))


def _swapped(content: bytes, places: Places, rng: Rng) -> bytes:
    """Exchange two regions of the same length."""
    length = int(rng.integers(1, min(4096, len(content) // 4)))
    first, second = sorted(int(place) for place in rng.integers(0, len(content) - 2 * length, 2))
    second += length
    one, other = content[first : first + length], content[second : second + length]
    return b"".join((content[:first], other, content[first + length : second], one, content[second + length :]))


def _shifted(content: bytes, places: Places, rng: Rng) -> bytes:
    """Put bytes in, or take some out: everything behind lies elsewhere."""
    place, length = int(rng.integers(8, len(content))), int(rng.integers(1, 64))
    if rng.random() < 0.5:
        return content[:place] + rng.bytes(length) + content[place:]
    return content[:place] + content[place + length :]


def _fields(content: bytes, places: Places, rng: Rng) -> bytes:
    return _with_words(content, places.fields, rng)


def _vtables(content: bytes, places: Places, rng: Rng) -> bytes:
    changed = bytearray(content)
    for place in rng.choice(places.vtables, _few(rng)):
        struct.pack_into("<H", changed, int(place), int(rng.choice([0, 2, 4, 6, 8, 40, 0x7FFF, 0xFFFF])))
    return bytes(changed)


def _lengths(content: bytes, places: Places, rng: Rng) -> bytes:
    return _with_words(content, places.lengths, rng)


def _numbers(content: bytes, places: Places, rng: Rng) -> bytes:
    return _with_words(content, places.numbers, rng)


def _exchanged(content: bytes, places: Places, rng: Rng) -> bytes:
    """Put numbers where others of their kind belong: each is possible, and the runtime's verifier has no objection."""
    changed = bytearray(content)
    for place, other in rng.choice(places.numbers, (_few(rng), 2)):
        changed[place : place + _WORD] = content[other : other + _WORD]
    return bytes(changed)


def _small_numbers(content: bytes, places: Places, rng: Rng) -> bytes:
    """Change types of tensors, strides, paddings, operators: small numbers inside of tables."""
    changed = bytearray(content)
    for place in rng.choice(places.fields, _few(rng)):
        changed[int(place)] = int(rng.choice([0, 1, 2, 3, 5, 9, 16, 0x7F, 0x80, 0xFF]))
    return bytes(changed)


def _archive(content: bytes, places: Places, rng: Rng) -> bytes:
    """Damage the bytes behind the model; there are few, so most lead to headers."""
    behind = bytearray(content[places.end :])
    if not behind:
        return content + b"PK\x05\x06" + rng.bytes(18)
    for place in rng.integers(0, len(behind), _few(rng)):
        behind[int(place)] = int(rng.choice([0, 0xFF, int(rng.integers(256))]))
    return content[: places.end] + bytes(behind)


def _card(content: bytes, places: Places, rng: Rng) -> bytes:
    """Pack a hostile card and hostile labels behind the model."""
    stream = io.BytesIO()
    method = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2][int(rng.integers(3))]
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr(LABELS_FILE, _hostile_labels(rng))
        if rng.random() < 0.8:
            archive.writestr(CARD_FILE, _hostile_card(content, places, rng))
    return content[: places.end] + stream.getvalue()


def _hostile_labels(rng: Rng) -> bytes:
    line = [b"cat", b"\x1b]0;owned\x07", b"\xff\xfe\x00", "\u202egnp.exe".encode(), b"a" * 10_000][int(rng.integers(5))]
    count = int(rng.choice([0, 1, 2, 1000, 1001, 100_000]))
    lines = b"\n".join([line] * min(count, _MOST_LABEL_BYTES // len(line)))
    return lines if rng.random() < 0.9 else bytes(_MOST_LABEL_BYTES)


def _hostile_card(content: bytes, places: Places, rng: Rng) -> bytes:
    """Change a field of the file's own card, or of an invented one, to what it must not be."""
    if rng.random() < 0.1:
        return b"[" * 100_000
    card = _own_card(content, places)
    names = [*card, "accuracy", "neither_threshold"]
    for _ in range(_few(rng)):
        card[names[int(rng.integers(len(names)))]] = _ODD[int(rng.integers(len(_ODD)))]
    return json.dumps(card).encode()


def _own_card(content: bytes, places: Places) -> dict[str, object]:
    try:
        with zipfile.ZipFile(io.BytesIO(content[places.end :])) as archive:
            return dict(json.loads(archive.read(CARD_FILE)))
    except (zipfile.BadZipFile, KeyError):
        return dict(_INVENTED_CARD)


def _few(rng: Rng) -> int:
    return int(rng.choice([1, 1, 1, 2, 4, 16]))


def _with_bytes(content: bytes, rng: Rng, change: Callable[[int], int]) -> bytes:
    """Change single bytes: anywhere, or crowded at one place, where the tables of small models are."""
    changed = bytearray(content)
    reach = len(content) if rng.random() < 0.5 else 4096
    start = int(rng.integers(0, len(content) - min(reach, len(content)) + 1))
    for place in rng.integers(start, min(len(content), start + reach), _few(rng) * 4):
        changed[int(place)] = change(changed[int(place)])
    return bytes(changed)


def _with_words(content: bytes, places: tuple[int, ...], rng: Rng) -> bytes:
    """Replace words by extremes, by small steps from what was there, or by anything."""
    if not places:
        return _with_bytes(content, rng, lambda old: int(rng.integers(256)))
    changed = bytearray(content)
    for place in rng.choice(places, _few(rng)):
        old = _word(content, int(place))
        new = [
            int(rng.choice(_EXTREMES)),
            old + int(rng.choice([-64, -4, -1, 1, 4, 64])),
            len(content) - int(place) + int(rng.integers(-8, 8)),
            int(rng.integers(1 << 32)),
        ][int(rng.integers(4))]
        struct.pack_into("<I", changed, int(place), new & 0xFFFF_FFFF)
    return bytes(changed)


KINDS: dict[str, Callable[[bytes, Places, Rng], bytes]] = {
    "cut short": _truncated,
    "bits flipped": _flipped_bits,
    "bytes changed": _random_bytes,
    "regions swapped": _swapped,
    "bytes put in or out": _shifted,
    "offsets and fields": _fields,
    "vtables": _vtables,
    "vector lengths": _lengths,
    "shapes and indices": _numbers,
    "numbers exchanged": _exchanged,
    "small numbers": _small_numbers,
    "archive": _archive,
    "card and labels": _card,
}
"""Every kind of damage by its name."""


def mutate(content: bytes, places: Places, seed: int, number: int) -> tuple[str, bytes]:
    """Return the kind of a damage and the damaged file.

    Args:
        content: of the whole file.
        places: of it, from `find_places`.
        seed: of the series.
        number: in the series; kinds take turns.
    """
    kind = list(KINDS)[number % len(KINDS)]
    return kind, KINDS[kind](content, places, np.random.default_rng((seed, number)))
