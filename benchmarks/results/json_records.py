"""Frozen dataclasses to JSON and back: one reader and one writer for every record of a result."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from edge_app.common.errors import FieldLensError

RecordT = TypeVar("RecordT")

_LINE = 120  # a list or an object that is not longer goes on one line


class RecordError(ValueError):
    """A value does not fit its record; the message names the field."""


def to_json(value: Any) -> Any:
    """Return what `json.dumps` takes: a record as an object of its fields, tuples as lists, a path as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): to_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def from_json(kind: type[RecordT], value: Any, where: str = "") -> RecordT:
    """Return a record from what `to_json` made of one.

    Args:
        kind: a dataclass of numbers, texts, paths, literals, optional values, lists, tuples, mappings and dataclasses,
            or a list of such.
        value: what was read.
        where: name of the value, for the message.

    Raises:
        RecordError: a field is missing, unknown, of another type, or impossible.
    """
    record: RecordT = _value(kind, value, where)
    return record


def rounded(value: Any, digits: int = 7) -> Any:
    """Round every float; 7 digits of seconds are a tenth of a microsecond: the clock tells no more."""
    if isinstance(value, float):
        return round(value, digits)
    if isinstance(value, Mapping):
        return {name: rounded(item, digits) for name, item in value.items()}
    return [rounded(item, digits) for item in value] if isinstance(value, list | tuple) else value


def json_text(value: Any) -> str:
    """Return indented JSON; short objects and every list of plain values take one line."""
    return _text(value, "") + "\n"


def _text(value: Any, indent: str) -> str:
    inner = indent + " "
    if isinstance(value, Mapping):
        ends, parts = "{}", [f"{json.dumps(name)}: {_text(item, inner)}" for name, item in value.items()]
    elif isinstance(value, list | tuple):
        ends, parts = "[]", [_text(item, inner) for item in value]
        if not any(isinstance(item, list | tuple | Mapping) for item in value):
            return "[" + ", ".join(parts) + "]"
    else:
        return json.dumps(value, ensure_ascii=False)
    line = ends[0] + ", ".join(parts) + ends[1]
    if len(line) <= _LINE and "\n" not in line:
        return line
    return ends[0] + "\n" + ",\n".join(inner + part for part in parts) + "\n" + indent + ends[1]


def _value(kind: Any, value: Any, where: str) -> Any:
    origin, inside = get_origin(kind), get_args(kind)
    if kind is Any or kind is object:
        return value
    if origin in (Union, types.UnionType):
        return _one_of(inside, value, where)
    if origin is Literal:
        return _checked(value in inside, value, where, " or ".join(map(repr, inside)))
    if origin in (tuple, list):
        return _items(origin, inside, value, where)
    if origin is not None and issubclass(origin, Mapping):
        _checked(isinstance(value, Mapping), value, where, "an object")
        return {name: _value(inside[1], item, f"{where}.{name}") for name, item in value.items()}
    if is_dataclass(kind):
        return _record(kind, value, where)
    return _plain(kind, value, where)


def _plain(kind: Any, value: Any, where: str) -> Any:
    if kind is float:
        return float(_checked(_is_number(value), value, where, "a number"))
    if kind is int:
        return _checked(isinstance(value, int) and not isinstance(value, bool), value, where, "a whole number")
    if kind is Path:
        return Path(_checked(isinstance(value, str), value, where, "a path"))
    names = {str: "a text", bool: "true or false", types.NoneType: "null"}
    if kind in names:
        return _checked(isinstance(value, kind), value, where, names[kind])
    raise TypeError(f"records hold no {kind}")  # a fault of ours


def _items(origin: type[Any], inside: tuple[Any, ...], value: Any, where: str) -> Any:
    _checked(isinstance(value, list | tuple), value, where, "a list")
    if origin is tuple and not (len(inside) == 2 and inside[1] is Ellipsis):
        _checked(len(value) == len(inside), value, where, f"a list of {len(inside)}")
        return tuple(
            _value(kind, item, f"{where}[{place}]")
            for place, (kind, item) in enumerate(zip(inside, value, strict=True))
        )
    if inside[0] is float and all(map(_is_number, value)):  # thousands of times: without a name for each
        return origin(map(float, value))
    return origin(_value(inside[0], item, f"{where}[{place}]") for place, item in enumerate(value))


def _one_of(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and types.NoneType in kinds:
        return None
    others = [kind for kind in kinds if kind is not types.NoneType]
    for kind in others[:-1]:
        try:
            return _value(kind, value, where)
        except RecordError:
            continue
    return _value(others[-1], value, where)


def _record(kind: Any, value: Any, where: str) -> Any:
    _checked(isinstance(value, Mapping), value, where, "an object")
    known, needed = _fields_of(kind)
    at = f"{where}." if where else ""
    for name in sorted(needed - value.keys()):
        raise RecordError(f"`{at}{name}` is missing")
    for name in sorted(value.keys() - known.keys()):
        raise RecordError(f"`{at}{name}` is unknown")
    given = {name: _value(known[name], item, at + name) for name, item in value.items()}
    try:
        return kind(**given)
    except RecordError:
        raise
    except (ValueError, FieldLensError) as error:
        raise RecordError(f"{f'`{where}`: ' if where else ''}{error}") from error


@cache
def _fields_of(kind: Any) -> tuple[dict[str, Any], set[str]]:
    """Return the types of a record's fields, and which of them have no default."""
    types_of = get_type_hints(kind)
    made = [field for field in fields(kind) if field.init]
    needed = {field.name for field in made if field.default is MISSING and field.default_factory is MISSING}
    return {field.name: types_of[field.name] for field in made}, needed


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _checked(fits: bool, value: Any, where: str, wanted: str) -> Any:
    if not fits:
        shown = json.dumps(value, ensure_ascii=False, default=str)
        raise RecordError(f"{f'`{where}`' if where else 'the value'} must be {wanted}, received {shown[:60]}")
    return value
