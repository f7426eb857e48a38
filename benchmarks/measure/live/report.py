"""One measurement of the live loop, and its table."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.measure.live.measure import measure_ages, measure_start, p95_s
from benchmarks.measure.live.throughput import measure_throughput
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now
from benchmarks.results.live import AppStart, LiveResult
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table
from edge_app.model.runtime import default_threads
from edge_app.photographs.splits import sha256_of

_WANTED_RATIO = 0.90
_WANTED_FRAME_TO_BARE = 1.05
_INVOKES_OF_AGE = 1.5
_WANTED_START_S, _WANTED_PEAK_BYTES = 0.25, 80 << 20


def measure_live(
    model: Path,
    threads: int | None = None,
    rounds: int = 15,
    frames: int = 200,
    fps: float = 30.0,
    seconds: float = 30.0,
    starts: int = 10,
) -> LiveResult:
    """Measure the live loop.

    Args:
        model: a `.tflite` file.
        threads: CPU threads; None: the usable cores, at most 4.
        rounds: of bare runs and frames through the loop, in turns.
        frames: per round.
        fps: of the camera.
        seconds: of film.
        starts: of the app, warm and cold each.

    Raises:
        FieldLensError: the model cannot be used.
    """
    threads = threads or default_threads()
    device = examine_device()
    with Progress("bare runs and the loop", rounds) as progress:
        measured = measure_throughput(model, threads, rounds, frames, progress.step)
    with Progress(f"watching a camera for {seconds:.0f} s", 1) as progress:
        ages = measure_ages(model, threads, fps, seconds)
        progress.step()
    warm, cold = _measure_starts(model, starts)
    return LiveResult(
        date=now(),
        device=device,
        threads=threads,
        file=model.name,
        sha256=sha256_of(model.read_bytes()),
        rounds=tuple(measured),
        ages=ages,
        warm_starts=tuple(warm),
        cold_starts=tuple(cold),
    )


def live_table(result: LiveResult) -> str:
    """Return what was reached beside what was wanted, as Markdown."""
    ratios = [one.ratio for one in result.rounds]
    frames = [one.frame_to_bare for one in result.rounds]
    invoke_s = median([time_s for one in result.rounds for time_s in one.invoke_s])
    limit_ms = (1.0 / result.ages.fps + _INVOKES_OF_AGE * invoke_s) * 1e3
    rows = [
        _row(
            "frame→label / bare run", f"≤ {_WANTED_FRAME_TO_BARE:.2f}", f"{median(frames):.3f}", _range(frames, 1.0, 3)
        ),
        _row("throughput / bare model", f"≥ {_WANTED_RATIO:.2f}", f"{median(ratios):.3f}", _range(ratios, 1.0, 3)),
        _row("age of a frame, p95, as told", f"≤ {limit_ms:.1f} ms", _ms(p95_s(result.ages.known_s)), ""),
        _row("age of a frame, p95, since it was sent", f"≤ {limit_ms:.1f} ms", _ms(p95_s(result.ages.true_s)), ""),
        *_start_rows("warm", result.warm_starts),
        *_start_rows("cold", result.cold_starts),
    ]
    table = text_table(("what", "wanted", "median", "range"), rows)
    facts = f"bare run {invoke_s * 1e3:.2f} ms; {len(result.ages.true_s):,} frames, {result.ages.dropped:,} dropped"
    return f"{result.device}, {result.threads} threads, {result.date}\n{facts}\n\n{table}"


def _measure_starts(model: Path, starts: int) -> tuple[list[AppStart], list[AppStart]]:
    warm: list[AppStart] = []
    cold: list[AppStart] = []
    with tempfile.TemporaryDirectory() as kept, Progress("starting the app", 2 * starts) as progress:
        measure_start(model, Path(kept))  # fills the cache
        for _ in range(starts):
            warm.append(measure_start(model, Path(kept)))
            progress.step()
            with tempfile.TemporaryDirectory() as empty:
                cold.append(measure_start(model, Path(empty)))
            progress.step()
    return warm, cold


def _start_rows(name: str, starts: Sequence[AppStart]) -> list[tuple[str, str, str, str]]:
    times_s = [start.label_s for start in starts]
    peaks = [float(start.peak_memory_bytes) for start in starts]
    wanted = name == "warm"
    return [
        _row(
            f"start to label, {name}",
            f"≤ {_WANTED_START_S} s" if wanted else "",
            f"{median(times_s):.3f} s",
            _range(times_s, 1.0, 3),
        ),
        _row(
            f"peak memory, {name}",
            f"≤ {_WANTED_PEAK_BYTES >> 20} MiB" if wanted else "",
            f"{median(peaks) / 2**20:.1f} MiB",
            _range(peaks, 2**-20, 1),
        ),
    ]


def _row(what: str, wanted: str, reached: str, spread: str) -> tuple[str, str, str, str]:
    return what, wanted, reached, spread


def _range(values: Sequence[float], factor: float, digits: int) -> str:
    return f"{min(values) * factor:.{digits}f} to {max(values) * factor:.{digits}f}"


def _ms(time_s: float) -> str:
    return f"{time_s * 1e3:.1f} ms"
