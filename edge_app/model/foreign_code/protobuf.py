"""Reading protocol buffers without trusting them: every length is checked, and nothing is built that is not asked for.

Wire format: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_MOST_VARINT_BYTES = 10
_DEEPEST = 64  # levels of messages within messages


class BadProtobufError(ValueError):
    """A length leads outside the file, or it is no protocol buffer."""


@dataclass(frozen=True)
class Message:
    """One message: its bytes, read at each question.

    Attributes:
        data: of the message.
        depth: how many messages it is within.
    """

    data: bytes
    depth: int = 0

    def parts(self, *path: int) -> Iterator[bytes]:
        """Yield the bytes of a field wherever it stands; repeated messages on the way are all entered.

        Args:
            path: numbers of fields, from the outermost to the one that is wanted.

        Raises:
            BadProtobufError: it is damaged.
        """
        for number, value in self.fields():
            if number == path[0]:
                if len(path) == 1:
                    yield value
                else:
                    yield from Message(value, self.depth + 1).parts(*path[1:])

    def messages(self, *path: int) -> Iterator[Message]:
        """Yield the messages of a field."""
        for part in self.parts(*path):
            yield Message(part, self.depth + len(path))

    def strings(self, *path: int) -> list[str]:
        """Return the texts of a field."""
        return [part.decode(errors="replace") for part in self.parts(*path)]

    def fields(self) -> Iterator[tuple[int, bytes]]:
        """Yield number and bytes of every field that has a length; numbers are passed over.

        Raises:
            BadProtobufError: it is damaged, or messages are within messages without end.
        """
        if self.depth > _DEEPEST:
            raise BadProtobufError(f"more than {_DEEPEST} messages within each other")
        data, place, end = self.data, 0, len(self.data)
        while place < end:
            tag, place = _varint(data, place)
            kind = tag & 7
            if kind == _LENGTH:
                length, start = _varint(data, place)
                place = start + length
                if place <= end:
                    yield tag >> 3, data[start:place]
            elif kind == _VARINT:
                _, place = _varint(data, place)
            elif kind in (_FIXED64, _FIXED32):
                place += 8 if kind == _FIXED64 else 4
            else:  # groups, which these files never have
                raise BadProtobufError(f"wire type {kind}")
        if place > end:
            raise BadProtobufError(f"it ends after {end:,} bytes, inside a field")


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """Return a number and the place behind it."""
    try:
        value = data[place]
        if value < 0x80:
            return value, place + 1
        value &= 0x7F
        for count in range(1, _MOST_VARINT_BYTES):
            byte = data[place + count]
            value |= (byte & 0x7F) << 7 * count
            if byte < 0x80:
                return value, place + count + 1
    except IndexError:
        raise BadProtobufError(f"it ends after {len(data):,} bytes, inside a number") from None
    raise BadProtobufError(f"a number of more than {_MOST_VARINT_BYTES} bytes")
