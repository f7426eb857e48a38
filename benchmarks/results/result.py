"""Records of a measurement: seconds and bytes only, every raw time kept; tables and plots are derived."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.measure.protocol.memory import ColdStart
from benchmarks.measure.protocol.strict import Stream
from benchmarks.results.device import Device, MachineState
from benchmarks.results.judgement import Judgement
from benchmarks.results.round_times import RoundFacts, RoundTimes
from edge_app.common.errors import ResultError
from edge_app.metrics.accuracy import MeasuredAccuracy

SCHEMA_VERSION = 2
"""Version 1 knew no rounds; `result_v1` reads it with blanks."""


@dataclass(frozen=True)
class FileResult:
    """What was measured of one `.tflite` file with one number of threads.

    Attributes:
        file: path as it was given.
        sha256: of its bytes.
        size_bytes: of the file.
        input_size: width × height, pixels.
        input_dtype: of the input tensor.
        threads: of the CPU.
        starts: fresh processes that load this file alone and label one picture, one per round.
        rounds: fresh processes that measure all files in turns.
        classes: that the model knows; 0: not known.
        stream: of `--strict`.
        accuracy: None where no photographs were given, or their labels are not the model's.
        accuracy_note: why there is no accuracy, or what was left out.
        judgement: everything else about the accuracy; None where there is none.
    """

    file: str
    sha256: str
    size_bytes: int
    input_size: str
    input_dtype: str
    threads: int
    starts: tuple[ColdStart, ...]
    rounds: tuple[RoundTimes, ...]
    classes: int = 0
    stream: Stream | None = None
    accuracy: MeasuredAccuracy | None = None
    accuracy_note: str = ""
    judgement: Judgement | None = None

    def __post_init__(self) -> None:
        times = [
            time_s for start in self.starts for time_s in (start.load_s, start.first_invoke_s, start.start_to_label_s)
        ]
        if not all(0 < time_s < float("inf") for time_s in times):
            raise ValueError(f"a time of `{self.file}` is not above 0")
        memory = [start.peak_memory_bytes for start in self.starts]
        if not self.starts or not self.rounds or min(self.size_bytes, self.threads, *memory) < 1:
            raise ValueError(f"`{self.file}` has no times, or no size")

    @property
    def name(self) -> str:
        """Name of the file, without its folder."""
        return Path(self.file).name

    @cached_property
    def invoke_s(self) -> tuple[float, ...]:
        """All warm runs of the bare interpreter."""
        return tuple(time_s for one in self.rounds for time_s in one.invoke_s)

    @cached_property
    def frame_to_label_s(self) -> tuple[float, ...]:
        """All warm runs from a 640×480 BGR frame to the label."""
        return tuple(time_s for one in self.rounds for time_s in one.frame_to_label_s)

    @property
    def start_to_label_s(self) -> tuple[float, ...]:
        """From the start of a fresh process to its first label."""
        return tuple(start.start_to_label_s for start in self.starts)

    @property
    def load_s(self) -> float:
        """Median over fresh processes, from the file to a ready interpreter."""
        return middle([start.load_s for start in self.starts])

    @property
    def first_invoke_s(self) -> float:
        """Median over fresh processes, of the first run."""
        return middle([start.first_invoke_s for start in self.starts])

    @property
    def peak_memory_bytes(self) -> int:
        """Largest over fresh processes, until the first label."""
        return max(start.peak_memory_bytes for start in self.starts)

    @property
    def steady_memory_bytes(self) -> int | None:
        """Largest over fresh processes, after some more pictures; None: not measured."""
        return max((start.steady_memory_bytes for start in self.starts if start.steady_memory_bytes), default=None)


@dataclass(frozen=True)
class Result:
    """One measurement of one or more files on one device.

    Attributes:
        date: of its start, ISO 8601.
        device: before it.
        files: with every number of threads; every round measured all of them.
        rounds: apart from the files.
        after: what changed of the device; None: not known.
        seed: of the orders; None: not known.
        rounds_planned: how many there were to be.
        partial: it was interrupted.
    """

    date: str
    device: Device
    files: tuple[FileResult, ...]
    rounds: tuple[RoundFacts, ...] = ()
    after: MachineState | None = None
    seed: int | None = None
    rounds_planned: int = 1
    partial: bool = False
    schema_read: int = field(default=SCHEMA_VERSION, compare=False)

    @property
    def threads(self) -> tuple[int, ...]:
        """The numbers of CPU threads that files were measured with."""
        return tuple(dict.fromkeys(file.threads for file in self.files))

    @property
    def other_share(self) -> float | None:
        """Share of the processor that others took while we measured, 0..1; None: not known."""
        told = [one for one in self.rounds if one.other_cpu_s is not None]
        available_s = sum(one.available_cpu_s for one in told)
        return sum(one.other_cpu_s or 0.0 for one in told) / available_s if available_s else None

    def to_json(self, derived: Mapping[str, Any] | None = None) -> str:
        """Return the whole record.

        Args:
            derived: what follows from it, for readers; it is not read back.
        """
        content = {"schema_version": SCHEMA_VERSION, **(derived or {}), **asdict(self)}
        del content["schema_read"]
        return numbers_in_a_line(json.dumps(rounded(content), indent=1, ensure_ascii=False)) + "\n"

    @classmethod
    def from_json(cls, text: str, name: str) -> Result:
        """Read a record written by `to_json`, of this version or version 1.

        Raises:
            ResultError: it is none.
        """
        from benchmarks.results.result_v1 import result_from_version_1

        try:
            content = json.loads(text)
            version = content["schema_version"]
            if version == 1:
                return result_from_version_1(content)
            if version != SCHEMA_VERSION:
                raise ValueError(f"schema version {version!r}, known are 1 and {SCHEMA_VERSION}")
            return _from_content(content)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ResultError(f"`{name}` is no benchmark result ({_said(error)}); measure again") from error


def read_result(path: Path) -> Result:
    """Read a result file.

    Raises:
        ResultError: missing, unreadable or no result.
    """
    try:
        return Result.from_json(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(f"`{path}` cannot be read ({error}); give a result.json of `python -m benchmarks`") from error


def _from_content(content: Mapping[str, Any]) -> Result:
    files = tuple(_file_from_json(file) for file in content["files"])
    rounds = tuple(RoundFacts.from_json(one) for one in content["rounds"])
    if not files or any(len(file.rounds) != len(rounds) for file in files):
        raise ValueError("no files, or rounds that not every file has")
    return Result(
        date=str(content["date"]),
        device=Device(**content["device"]),
        files=files,
        rounds=rounds,
        after=None if content["after"] is None else MachineState(**content["after"]),
        seed=content["seed"],
        rounds_planned=int(content["rounds_planned"]),
        partial=bool(content["partial"]),
    )


def _file_from_json(content: Mapping[str, Any]) -> FileResult:
    fields = dict(content)
    fields["starts"] = tuple(ColdStart(**start) for start in fields["starts"])
    fields["rounds"] = tuple(RoundTimes.from_json(one) for one in fields["rounds"])
    if fields.get("stream") is not None:
        fields["stream"] = Stream.from_json(fields["stream"])
    if fields.get("accuracy") is not None:
        fields["accuracy"] = MeasuredAccuracy(**fields["accuracy"])
    if fields.get("judgement") is not None:
        fields["judgement"] = Judgement.from_json(fields["judgement"])
    return FileResult(**fields)


def middle(values: list[float]) -> float:
    """Return the upper median."""
    return sorted(values)[len(values) // 2]


def rounded(value: Any) -> Any:
    """Times to a tenth of a microsecond: the clock tells no more, and the file stays small."""
    if isinstance(value, float):
        return round(value, 7)
    if isinstance(value, dict):
        return {name: rounded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value


def numbers_in_a_line(text: str) -> str:
    """Put every list of numbers of an indented JSON text on a line of its own: thousands of times stay readable."""
    return re.sub(r"\[([-+.\deE,\s]+)\]", lambda found: "[" + re.sub(r",\s*", ", ", found[1].strip()) + "]", text)


def _said(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
