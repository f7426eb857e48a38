"""The latency of a sweep's files: one invocation of the benchmark itself, whose raw result stays beside the sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure.protocol.measure import measure
from benchmarks.measure.protocol.report import show_and_write
from benchmarks.results.device import Device
from benchmarks.results.sweep.result import Latency
from benchmarks.results.validity import invalid_reasons
from benchmarks.statistics.rounds import median_over_rounds


@dataclass(frozen=True)
class MeasuredLatencies:
    """What the benchmark said.

    Attributes:
        device: before it.
        invalid: reasons for which the numbers are of a disturbance; none: they are of the files.
        latencies: per file: from the frame to the label, and of the bare interpreter.
    """

    device: Device
    invalid: tuple[str, ...]
    latencies: tuple[tuple[Latency, Latency], ...]


def measure_latency(
    models: Sequence[Path], threads: int, rounds: int, runs: int, seconds: float, out: Path
) -> MeasuredLatencies:
    """Measure all files in turns, in fresh processes; write the whole result, its warnings among it.

    Args:
        models: `.tflite` files.
        threads: of the interpreter.
        rounds: fresh processes.
        runs: warm runs of each kind per file, at least.
        seconds: of warm runs per file, at least.
        out: folder of the raw result.

    Raises:
        KeyboardInterrupt: not all rounds were measured; those that were are in the raw result.
    """
    result = measure(models, threads=threads, rounds=rounds, runs=runs, seconds=seconds)
    show_and_write(result, out)
    if result.partial:
        raise KeyboardInterrupt
    return MeasuredLatencies(
        result.device,
        tuple(invalid_reasons(result)),
        tuple(
            (
                _latency([one.frame_to_label_s for one in file.rounds]),
                _latency([one.invoke_s for one in file.rounds]),
            )
            for file in result.files
        ),
    )


def _latency(rounds: Sequence[Sequence[float]]) -> Latency:
    """The median; of a single round there is no interval, so that it is the median itself."""
    found = median_over_rounds(rounds)
    low_s = found.median_s if found.low_s is None else min(found.low_s, found.median_s)
    high_s = found.median_s if found.high_s is None else max(found.high_s, found.median_s)
    return Latency(found.median_s, low_s, high_s)
