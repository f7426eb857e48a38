"""The result of `benchmarks run`: seconds and bytes only, every raw time kept; tables and plots are derived."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median_high
from typing import ClassVar, Literal

from benchmarks.results.device import Device, MachineState
from benchmarks.results.judgement import Judgement
from benchmarks.statistics.summary import percentile
from edge_app.metrics.accuracy import MeasuredAccuracy

STREAM_QUERIES = 1024
STREAM_DURATION_S = 60.0
"""What MLPerf Inference asks of a single stream, at least: V. J. Reddi and others, MLPerf Inference Benchmark, 2020."""

TimeKind = Literal["frame_to_label_s", "invoke_s"]

_STREAM_SHARE = 0.9
_FLOAT32 = "float32"
_Z99 = 2.326348  # one-sided, as MLPerf's early stopping


@dataclass(frozen=True)
class ColdStart:
    """A fresh process that labels one picture: times in seconds, memory in bytes.

    Attributes:
        load_s: from the file to a ready interpreter.
        first_invoke_s: of that interpreter.
        start_to_label_s: from the start of the process to its first label.
        peak_memory_bytes: until that label, imports and all.
        steady_memory_bytes: resident after some more pictures; None: not measured.
    """

    load_s: float
    first_invoke_s: float
    start_to_label_s: float
    peak_memory_bytes: int
    steady_memory_bytes: int | None = None


@dataclass(frozen=True)
class Stream:
    """Queries of one file in a fresh process, one at a time.

    Attributes:
        queries_s: frame→label of each, raw.
        duration_s: of all of them.
    """

    queries_s: tuple[float, ...]
    duration_s: float

    def __post_init__(self) -> None:
        if not self.queries_s or not all(0 < time_s < math.inf for time_s in (*self.queries_s, self.duration_s)):
            raise ValueError("a stream has no queries, or a time that is not above 0")

    @property
    def is_valid(self) -> bool:
        """There were enough queries for long enough."""
        return len(self.queries_s) >= STREAM_QUERIES and self.duration_s >= STREAM_DURATION_S

    @property
    def p90_s(self) -> float:
        """The 90th percentile."""
        return percentile(sorted(self.queries_s), _STREAM_SHARE)

    @property
    def p90_bound_s(self) -> float:
        """What 90 % of all queries stay below, with 99 % confidence: an order statistic, binomial distribution."""
        ordered, count = sorted(self.queries_s), len(self.queries_s)
        place = math.ceil(count * _STREAM_SHARE + _Z99 * math.sqrt(count * _STREAM_SHARE * (1 - _STREAM_SHARE)))
        return ordered[min(count - 1, place)]


@dataclass(frozen=True)
class Throughput:
    """Images one after the other without a pause, by interpreters that share the machine.

    Attributes:
        workers: interpreters, each in a thread of its own and with the file's number of CPU threads.
        images: that all of them labelled.
        duration_s: of it.
    """

    workers: int
    images: int
    duration_s: float

    @property
    def images_per_s(self) -> float:
        """Labelled in a second."""
        return self.images / self.duration_s


@dataclass(frozen=True)
class FileTimings:
    """One file in one fresh process.

    The runs come in blocks, because the files take turns: `block_runs` runs of this file, then of another one.

    Attributes:
        frame_to_label_s: from a 640×480 BGR frame to the label, raw.
        invoke_s: of the bare interpreter, in turn with the above.
        prepare_s: of each frame→label, resizing and converting; empty: not kept.
        post_s: of each frame→label, reading and sorting the scores; empty: not kept.
        block_runs: in a block; 0: not known.
        load_s: from the file to a ready interpreter, in this process; None: not measured.
        first_invoke_s: of that interpreter; None: not measured.
        warm_up_runs: until the times were stable.
        warm_up_s: until then.
        settled: they became stable before the cap; None: not known.
        throughputs: apart from latency.
    """

    frame_to_label_s: tuple[float, ...]
    invoke_s: tuple[float, ...] = ()
    prepare_s: tuple[float, ...] = ()
    post_s: tuple[float, ...] = ()
    block_runs: int = 0
    load_s: float | None = None
    first_invoke_s: float | None = None
    warm_up_runs: int = 0
    warm_up_s: float = 0.0
    settled: bool | None = None
    throughputs: tuple[Throughput, ...] = ()

    def __post_init__(self) -> None:
        above_0 = (*self.frame_to_label_s, *self.invoke_s, *(one.duration_s for one in self.throughputs))
        not_below_0 = (*self.prepare_s, *self.post_s, self.load_s or 0.0, self.first_invoke_s or 0.0, self.warm_up_s)
        if not self.frame_to_label_s:
            raise ValueError("a round has no times")
        if not all(math.isfinite(time_s) and time_s > 0 for time_s in above_0):
            raise ValueError("a time is not above 0")
        if not all(math.isfinite(time_s) and time_s >= 0 for time_s in not_below_0):
            raise ValueError("a time is below 0")

    def blocks(self, what: TimeKind) -> list[tuple[float, ...]]:
        """Return the times of one kind by block."""
        times: tuple[float, ...] = getattr(self, what)
        size = self.block_runs or max(1, len(times))
        return [times[start : start + size] for start in range(0, len(times), size)]


@dataclass(frozen=True)
class RoundConditions:
    """One fresh process, apart from the files.

    Attributes:
        order: of the files when they were loaded, as places in the list of files.
        decode_s: from a 640×480 JPEG in memory to BGR, raw.
        yardstick_s: a fixed piece of work of the processor, raw: it shows whether the machine itself changed.
        other_cpu_s: processor time that other programs used meanwhile; None: this system does not report it.
        available_cpu_s: that there was.
    """

    order: tuple[int, ...]
    decode_s: tuple[float, ...]
    yardstick_s: tuple[float, ...]
    other_cpu_s: float | None
    available_cpu_s: float


@dataclass(frozen=True)
class Round:
    """One fresh process: its conditions, and the times of every file in the order of the files."""

    conditions: RoundConditions
    files: tuple[FileTimings, ...]


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
        recipe: of its card: what is quantized, in words; empty: not known.
    """

    file: str
    sha256: str
    size_bytes: int
    input_size: str
    input_dtype: str
    threads: int
    starts: tuple[ColdStart, ...]
    rounds: tuple[FileTimings, ...]
    classes: int = 0
    stream: Stream | None = None
    accuracy: MeasuredAccuracy | None = None
    accuracy_note: str = ""
    judgement: Judgement | None = None
    recipe: str = ""

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
        return median_high([start.load_s for start in self.starts])

    @property
    def first_invoke_s(self) -> float:
        """Median over fresh processes, of the first run."""
        return median_high([start.first_invoke_s for start in self.starts])

    @property
    def peak_memory_bytes(self) -> int:
        """Largest over fresh processes, until the first label."""
        return max(start.peak_memory_bytes for start in self.starts)

    @property
    def steady_memory_bytes(self) -> int | None:
        """Largest over fresh processes, after some more pictures; None: not measured."""
        return max((start.steady_memory_bytes for start in self.starts if start.steady_memory_bytes), default=None)


def baseline(files: Sequence[FileResult]) -> FileResult:
    """Return the file that the others are compared with: the first float32 one, whatever their order is.

    Its card says so; where none does (older results, files of others), the end of its name. Without one: the first.
    """
    by_card = (file for file in files if file.recipe.startswith(_FLOAT32))
    by_name = (file for file in files if not file.recipe and Path(file.file).stem.endswith(_FLOAT32))
    return next(by_card, None) or next(by_name, files[0])


@dataclass(frozen=True)
class LatencyResult:
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

    KIND: ClassVar[str] = "latency"

    date: str
    device: Device
    files: tuple[FileResult, ...]
    rounds: tuple[RoundConditions, ...] = ()
    after: MachineState | None = None
    seed: int | None = None
    rounds_planned: int = 1
    partial: bool = False

    def __post_init__(self) -> None:
        if not self.files or any(len(file.rounds) != len(self.rounds) for file in self.files):
            raise ValueError("no files, or rounds that not every file has")

    @property
    def threads(self) -> tuple[int, ...]:
        """The numbers of CPU threads that files were measured with."""
        return tuple(dict.fromkeys(file.threads for file in self.files))

    @property
    def other_share(self) -> float | None:
        """Share of the processor that other programs used during the measurement, 0..1; None: not known."""
        known = [one for one in self.rounds if one.other_cpu_s is not None]
        available_s = sum(one.available_cpu_s for one in known)
        return sum(one.other_cpu_s or 0.0 for one in known) / available_s if available_s else None
