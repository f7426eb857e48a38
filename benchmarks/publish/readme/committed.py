"""A folder of results: its JSON files, and the machine and the day of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.results.envelope import read_result
from benchmarks.results.latency import LatencyResult
from edge_app.common.errors import ResultError

NOT_RECORDED = "not recorded"
_DAY = len("2026-11-28")


class NotMeasuredError(Exception):
    """A result that is not there: its rows are absent, which is no fault."""


@dataclass(frozen=True)
class Source:
    """Where a number is from.

    Attributes:
        file: as the table names it, from the folder's own name on.
        machine: in words; the load is told where more processes waited than there are cores.
        date: as in 2026-11-25; `by …` where only the day of the commit is known; an interrupted run is called partial.
    """

    file: str
    machine: str
    date: str

    def __str__(self) -> str:
        return f"`{self.file}`, {self.machine}, {self.date}"


class Committed:
    """Reads results; every file once.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._read: dict[str, dict[str, Any]] = {}

    def read(self, name: str) -> dict[str, Any]:
        """Return the content of a JSON file.

        Args:
            name: path from the folder on.

        Raises:
            NotMeasuredError: it is not there.
            ResultError: it is no JSON object.
        """
        if name not in self._read:
            self._read[name] = _flat(read_object(self._path(name)))
        return self._read[name]

    def benchmark(self, name: str) -> LatencyResult:
        """Return a result of `python -m benchmarks`, of whichever version.

        Raises:
            NotMeasuredError: it is not there.
            ResultError: it is none.
        """
        return read_result(self._path(name), LatencyResult)

    def names(self, pattern: str) -> tuple[str, ...]:
        """Return the names of the files that a pattern finds, sorted."""
        return tuple(sorted(path.relative_to(self.root).as_posix() for path in self.root.glob(pattern)))

    def source(self, name: str) -> Source:
        """Say where the numbers of a file are from.

        Raises:
            NotMeasuredError: it is not there.
            ResultError: it is no JSON object.
        """
        content = self.read(name)
        beside = (self.root / name).with_name("run.json")
        if "date" not in content and beside.is_file():  # metrics.json
            content = self.read(beside.relative_to(self.root).as_posix())
        machine, date = machine_of(content) or NOT_RECORDED, str(content.get("date", ""))
        if len(date) == _DAY and "kind" not in content:  # a run of which only the day of its commit is known
            date = f"by {date}"
        partial = ", partial" if content.get("partial") or content.get("interrupted") else ""
        day = date[: _DAY + 3] if date.startswith("by ") else date[:_DAY]
        return Source(f"{self.root.resolve().name}/{name}", machine, (day or NOT_RECORDED) + partial)

    def _path(self, name: str) -> Path:
        path = self.root / name
        if not path.is_file():
            raise NotMeasuredError(name)
        return path


def _flat(content: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an envelope's payload beside the others; run folders' files have no envelope."""
    if "payload" not in content:
        return content
    payload = {name: value for name, value in content["payload"].items() if name != "derived"}
    return {**content["payload"].get("derived", {}), **payload, **{k: content[k] for k in ("kind", "date", "device")}}


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        ResultError: unreadable, or something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ResultError(f"`{path}` cannot be read ({error}); measure again, or take it away") from error
    if not isinstance(content, dict):
        raise ResultError(f"`{path}` is no result (not a JSON object); take it away")
    return content


def machine_of(content: Mapping[str, Any]) -> str:
    """Name the machine of a result; empty where the result does not tell."""
    device = content.get("device")
    if not isinstance(device, Mapping) or "cpu" not in device:
        return ""
    cores = device.get("cores", 0)
    load = device.get("load") or 0.0
    busy = f", load {load:.1f}" if load > cores else ""
    return f"{device.get('board') or device['cpu']}, {cores} cores{busy}"
