"""Records of a sustained run: turns of the files and readings of the board on one axis of time."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from benchmarks.results.device import Device
from benchmarks.results.result import rounded
from edge_app.common.errors import ResultError

SCHEMA_VERSION = 1
KIND = "sustained"
"""Tells this JSON from other results."""


@dataclass(frozen=True)
class LoadedFile:
    """A file that took turns."""

    file: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Turn:
    """One file, run back to back for about a second.

    Attributes:
        file: its place among the files.
        at_s: when the turn began, since the start of the run.
        runs: from a 640×480 BGR frame to the label.
        median_s: of these runs.
        p90_s: of these runs.
        sampled_s: raw times of a few of them, evenly spread over the turn.
    """

    file: int
    at_s: float
    runs: int
    median_s: float
    p90_s: float
    sampled_s: tuple[float, ...]

    def __post_init__(self) -> None:
        times = (self.median_s, self.p90_s, *self.sampled_s)
        if self.file < 0 or self.runs < 1 or not (math.isfinite(self.at_s) and self.at_s >= 0):
            raise ValueError("a turn has no file, no runs or no time")
        if not all(math.isfinite(time_s) and time_s > 0 for time_s in times):
            raise ValueError("a time of a turn is not above 0")


@dataclass(frozen=True)
class Reading:
    """The board between two turns; None: this machine does not tell.

    Attributes:
        at_s: since the start of the run.
        temperature_c: hottest sensor, °C.
        clock_hz: fastest core.
        throttled: bits of `vcgencmd get_throttled`, as in `0x50000`; None also where they were not read this time.
        throttle_count: how often an x86 CPU has throttled since the last boot.
        other_cores: cores that were busy with other programs since the last reading, on average.
    """

    at_s: float
    temperature_c: float | None
    clock_hz: float | None
    throttled: str | None
    throttle_count: int | None
    other_cores: float | None

    def __post_init__(self) -> None:
        if self.throttled is not None:
            int(self.throttled, 16)

    def in_short(self) -> str:
        """Say temperature and clock, as far as they are known."""
        parts = (
            "" if self.temperature_c is None else f"{self.temperature_c:.0f} °C",
            "" if self.clock_hz is None else f"{self.clock_hz / 1e6:,.0f} MHz",
        )
        return ", ".join(filter(None, parts))


@dataclass(frozen=True)
class Sustained:
    """Files under load for a long time on one device.

    Attributes:
        date: of the start.
        device: before the start.
        threads: CPU threads.
        asked_s: how long it should take.
        turn_s: length of a turn.
        partial: it was interrupted before that.
        files: that took turns.
        turns: in the order of time.
        readings: in the order of time; the first one is from before the first turn.
    """

    date: str
    device: Device
    threads: int
    asked_s: float
    turn_s: float
    partial: bool
    files: tuple[LoadedFile, ...]
    turns: tuple[Turn, ...]
    readings: tuple[Reading, ...]

    def __post_init__(self) -> None:
        if not self.files or not self.turns or not self.readings:
            raise ValueError("a sustained run needs files, turns and readings")
        if max(turn.file for turn in self.turns) >= len(self.files):
            raise ValueError("a turn belongs to none of the files")

    @property
    def length_s(self) -> float:
        """How long it took."""
        return self.turns[-1].at_s + self.turn_s

    def to_json(self) -> str:
        """Return the whole record, a line per field; turns and readings are columns."""
        content = {
            "kind": KIND,
            "schema_version": SCHEMA_VERSION,
            **{field.name: getattr(self, field.name) for field in fields(self)},
            "device": asdict(self.device),
            "files": [asdict(file) for file in self.files],
            "turns": _columns(Turn, self.turns),
            "readings": _columns(Reading, self.readings),
        }
        lines = (f" {json.dumps(name)}: {_compact(value)}" for name, value in rounded(content).items())
        return "{\n" + ",\n".join(lines) + "\n}\n"

    @classmethod
    def from_json(cls, text: str, name: str) -> Sustained:
        """Read a record written by `to_json`.

        Raises:
            ResultError: it is none.
        """
        try:
            content = json.loads(text)
            if content.get("kind") != KIND:
                raise ValueError("it is another kind of file")
            if content["schema_version"] != SCHEMA_VERSION:
                raise ValueError(f"schema version {content['schema_version']!r}, known is {SCHEMA_VERSION}")
            return cls(
                date=str(content["date"]),
                device=Device(**content["device"]),
                threads=int(content["threads"]),
                asked_s=float(content["asked_s"]),
                turn_s=float(content["turn_s"]),
                partial=bool(content["partial"]),
                files=tuple(LoadedFile(**file) for file in content["files"]),
                turns=tuple(Turn(**{**row, "sampled_s": tuple(row["sampled_s"])}) for row in _rows(content["turns"])),
                readings=tuple(Reading(**row) for row in _rows(content["readings"])),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ResultError(f"`{name}` is no result of a sustained run ({error}); measure again") from error


def read_sustained(path: Path) -> Sustained:
    """Read a result file.

    Raises:
        ResultError: missing, unreadable or no result of a sustained run.
    """
    try:
        return Sustained.from_json(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(
            f"`{path}` cannot be read ({error}); give a sustained.json of `python -m benchmarks sustained`"
        ) from error


def _columns(kind: type[Turn] | type[Reading], rows: Sequence[Turn] | Sequence[Reading]) -> dict[str, list[Any]]:
    return {field.name: [getattr(row, field.name) for row in rows] for field in fields(kind)}


def _rows(columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
