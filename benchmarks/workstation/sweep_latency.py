"""The latency of a sweep's files: one invocation of the benchmark itself, whose raw result stays beside the sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import measure
from benchmarks.output import show_and_write
from benchmarks.statistics import summarize
from benchmarks.sweep_result import Latency


@dataclass(frozen=True)
class MeasuredLatencies:
    """What the benchmark said.

    Attributes:
        device: in words.
        latencies: per file: from the frame to the label, and of the bare interpreter.
    """

    device: str
    latencies: tuple[tuple[Latency, Latency], ...]


def measure_latency(models: Sequence[Path], threads: int, runs: int, seconds: float, out: Path) -> MeasuredLatencies:
    """Measure all files in turns; write the whole result, its doubts among it.

    Args:
        models: `.tflite` files.
        threads: of the interpreter.
        runs: warm runs of each kind per file, at least.
        seconds: of warm runs per file, at least.
        out: folder of the raw result.
    """
    result = measure(models, threads=threads, runs=runs, seconds=seconds)
    show_and_write(result, out)
    return MeasuredLatencies(
        str(result.device),
        tuple((_latency(file.frame_to_label_s), _latency(file.invoke_s)) for file in result.files),
    )


def _latency(times_s: Sequence[float]) -> Latency:
    summary = summarize(times_s)
    return Latency(summary.median_s, summary.low_s, summary.high_s)
