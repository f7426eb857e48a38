"""How many threads suit a model on this board, found by a short measurement and remembered."""

from __future__ import annotations

import platform
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.common.user_cache import cache_folder, recall, remember
from edge_app.model.runtime import default_threads, load_interpreter, runtime_release
from edge_app.model.trial import require_trial_run

CACHE_FILE = "threads.json"
"""Its name in the cache folder: best number of threads by model, board and runtime."""

_BUDGET_S = 0.8  # of one measurement, all numbers of threads together
_MOST_RUNS = 50
_WARM_UP_RUNS = 2
_WORTH_A_THREAD = 0.95  # another thread must save 5 %: the camera and the drawing want the cores too
_CHUNK_BYTES = 1 << 18
_LOW_SHARE = 0.25  # the lower quartile: others' work on the machine only ever adds time

Tell = Callable[[str], None]


class Threaded(Protocol):
    """Anything that knows how many threads it was built with."""

    threads: int


Built = TypeVar("Built", bound=Threaded)


def with_suitable_threads(model: Path, build: Callable[[int | None], Built], tell: Tell) -> Built:
    """Build a classifier with the number of threads that suits its model, measured now if it never was.

    Args:
        model: a `.tflite` file.
        build: builds the classifier and checks the file; gets the number, or None for the usual one.
        tell: gets a sentence when it is measured.

    Raises:
        FieldLensError: the model cannot be used.
    """
    known = remembered_threads(model)
    built = build(known)
    if known is not None:
        return built
    chosen = choose_threads(model, tell)
    return built if chosen == built.threads else build(chosen)


def remembered_threads(model: Path) -> int | None:
    """Return the number of threads that was measured for a model here; None: not measured yet.

    Args:
        model: a `.tflite` file; one that cannot be read was not measured.
    """
    most = default_threads()
    if most == 1:
        return 1
    try:
        known = recall(CACHE_FILE, _key(model, most))
    except OSError:
        return None
    return known if isinstance(known, int) and 1 <= known <= most else None


def choose_threads(model: Path, tell: Tell, measure: Callable[[Path, int, float], float] | None = None) -> int:
    """Measure, for less than a second, how many threads suit a model, and remember it.

    Args:
        model: a `.tflite` file that the classifier accepted: the runtime trusts its input.
        tell: gets a sentence about it.
        measure: gives the time of one run, seconds, of a model with so many threads, within a budget of seconds.

    Raises:
        ModelFileError: the runtime refuses the model.
    """
    most = default_threads()
    times_s = _measure_all(model, most, measure or time_of_run_s)
    chosen = _choose(times_s)
    kept = remember(CACHE_FILE, _key(model, most), chosen)
    lost = "" if kept else f"; this cannot be remembered, because `{cache_folder()}` is not writable"
    found = ", ".join(f"{threads}: {time_s * 1e3:.2f} ms" for threads, time_s in sorted(times_s.items()))
    tell(f"measured how many threads suit this model on this machine: {chosen} ({found}){lost}")
    return chosen


def time_of_run_s(model: Path, threads: int, budget_s: float) -> float:
    """Measure one bare run of a model.

    Args:
        model: a `.tflite` file.
        threads: for the interpreter.
        budget_s: to stop after, though never before one run.

    Returns:
        The lower quartile, seconds.

    Raises:
        ModelFileError: the model crashes the runtime or is refused by it.
    """
    require_trial_run(model)
    interpreter = load_interpreter(model, threads)
    end_s = time.perf_counter() + budget_s
    with quiet_native_stderr():
        for _ in range(_WARM_UP_RUNS):
            _timed(interpreter)
            if time.perf_counter() > end_s:
                break
        times_s = [_timed(interpreter)]
        while time.perf_counter() < end_s and len(times_s) < _MOST_RUNS:
            times_s.append(_timed(interpreter))
    return sorted(times_s)[int(_LOW_SHARE * len(times_s))]


def _timed(interpreter: Any) -> float:
    start_s = time.perf_counter()
    interpreter.invoke()
    return time.perf_counter() - start_s


def _measure_all(model: Path, most: int, measure: Callable[[Path, int, float], float]) -> dict[int, float]:
    """Measure from many threads to one; a model so slow that the budget is used up keeps the usual number."""
    begin_s = time.perf_counter()
    times_s: dict[int, float] = {}
    for threads in range(most, 0, -1):
        left_s = _BUDGET_S - (time.perf_counter() - begin_s)
        if times_s and left_s < 3 * min(times_s.values()):
            break
        times_s[threads] = measure(model, threads, max(0.0, left_s) / threads)
    return times_s


def _choose(times_s: dict[int, float]) -> int:
    """Take the fewest threads that are about as fast as the fastest number."""
    fastest_s = min(times_s.values())
    return min(threads for threads, time_s in times_s.items() if time_s * _WORTH_A_THREAD <= fastest_s)


def _key(model: Path, most: int) -> str:
    return f"{_checksum(model)} {_board(most)}"


def _checksum(model: Path) -> str:
    """Tell files apart; a file made to have another's checksum gets its number of threads, which harms nobody."""
    checksum = 0
    with model.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            checksum = zlib.crc32(chunk, checksum)
        return f"{checksum:08x}-{file.tell()}"


def _board(cores: int) -> str:
    for place in (Path("/proc/device-tree/model"), Path("/proc/cpuinfo")):
        try:
            text = place.read_text(errors="replace").strip("\0\n ")
        except OSError:
            continue
        lines = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
        name = text if place.name == "model" else (lines or [platform.machine()])[0]
        return f"{name}, {cores} cores, {runtime_release()}"
    return f"{platform.machine()}, {cores} cores, {runtime_release()}"
