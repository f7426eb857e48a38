"""A folder of results: the payload of every file, and the machine and the day that it was measured on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from benchmarks.results.envelope import DERIVED, read_envelope
from edge_app.common.errors import ResultError

NOT_RECORDED = "not recorded"
_DAY = len("2026-11-28")  # a date without a time is the day of the commit that brought a run
RUN, METRICS, CONVERSION = "run", "metrics", "conversion"
_BY_NAME = {"run.json": RUN, "metrics.json": METRICS, "conversion.json": CONVERSION}
"""Files of run folders and bundles, which `train` and `convert` write: no envelopes, known by their names."""


class NotMeasuredError(Exception):
    """A result that is not there: its rows are left out, which is no fault."""


@dataclass(frozen=True)
class Source:
    """Where a number is from.

    Attributes:
        file: from the folder's own name on.
        machine: in words; the load is told where more processes waited than there are cores.
        date: as in 2026-11-25; `by …` where only the day of the commit is known.
    """

    file: str
    machine: str
    date: str


@dataclass(frozen=True)
class _Content:
    kind: str
    payload: Mapping[str, Any]
    device: Mapping[str, Any] | None
    date: str


class Committed:
    """Reads results; every file once.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._read: dict[str, _Content] = {}

    def payload(self, name: str) -> Mapping[str, Any]:
        """Return the payload of a file, by its path from the folder on, and what was derived from it.

        Raises:
            NotMeasuredError: it is not there.
            ResultError: it is no result.
        """
        return self._content(name).payload

    def names(self, pattern: str = "**/*.json") -> tuple[str, ...]:
        """Return the files that a pattern finds, sorted."""
        return tuple(sorted(path.relative_to(self.root).as_posix() for path in self.root.glob(pattern)))

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """Return the files of a kind, sorted.

        Raises:
            ResultError: a file is no result.
        """
        return tuple(name for name in self.names() if self.kind(name) == kind)

    def kind(self, name: str) -> str:
        """Return the kind of a file.

        Raises:
            ResultError: it is no result.
        """
        return self._content(name).kind

    def source(self, name: str) -> Source:
        """Say where the numbers of a file are from.

        Raises:
            ResultError: it is no result.
        """
        content = self._content(name)
        if content.kind == METRICS:  # says neither; the run beside it does
            content = self._content(str(PurePosixPath(name).with_name("run.json")))
        by = "by " if content.kind in _BY_NAME.values() and len(content.date) == _DAY else ""
        date = f"{by}{content.date[:_DAY]}" if content.date else NOT_RECORDED
        partial = any(content.payload.get(field) for field in ("partial", "interrupted"))
        try:
            machine = machine_of(content.device) or NOT_RECORDED
        except (TypeError, ValueError, AttributeError) as error:
            raise ResultError(
                f"`{self.root / name}` is of no device that can be read ({error}); measure again"
            ) from error
        return Source(f"{self.root.resolve().name}/{name}", machine, date + (", partial" if partial else ""))

    def _content(self, name: str) -> _Content:
        if name not in self._read:
            path = self.root / name
            if not path.is_file():
                raise NotMeasuredError(name)
            kind = _BY_NAME.get(path.name)
            self._read[name] = _enveloped(path) if kind is None else _plain(path, kind)
        return self._read[name]


def machine_of(device: Mapping[str, Any] | None) -> str:
    """Name a machine; empty where the result does not tell."""
    if device is None or "cpu" not in device:
        return ""
    cores, load = device.get("cores", 0), device.get("load") or 0.0
    busy = f", load {load:.1f}" if load > cores else ""
    return f"{device.get('board') or device['cpu']}, {cores} core{'' if cores == 1 else 's'}{busy}"


def _enveloped(path: Path) -> _Content:
    found = read_envelope(path)
    derived = found.payload.get(DERIVED, {})
    if not isinstance(derived, Mapping):
        raise ResultError(f"`{path}` is damaged: `{DERIVED}` is no object; measure again")
    return _Content(found.kind, {**derived, **found.payload}, found.device, found.date)


def _plain(path: Path, kind: str) -> _Content:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ResultError(f"`{path}` cannot be read ({error}); copy it again, or take it away") from error
    if not isinstance(content, dict):
        raise ResultError(f"`{path}` is no {kind}.json of FieldLens (not a JSON object); take it away")
    return _Content(kind, content, content.get("device"), str(content.get("date", "")))
