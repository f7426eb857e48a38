"""Memory and start-up, in a fresh process: the measuring process itself would blur both.

Run as `python -m benchmarks.measure.protocol.cold_start MODEL PICTURE THREADS`, it is that fresh process. It prints a
line of JSON with its first label, and another one with its memory once it has run for a while.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.measure.protocol.fresh_process import FreshProcessError, last_line
from benchmarks.measure.protocol.options import BenchmarkCase
from benchmarks.results.latency import ColdStart
from edge_app.common.errors import ModelFileError
from edge_app.common.own_process import python_command
from edge_app.common.process_memory import status_bytes

_TIMEOUT_S = 300.0
_STEADY_RUNS, _STEADY_S = 20, 0.2


def measure_cold_start(case: BenchmarkCase, picture: Path) -> ColdStart:
    """Start a process that loads the model and labels one picture.

    Args:
        case: the file and how to run it.
        picture: a picture file, in a folder for temporary files.

    Raises:
        ModelFileError: the process failed.
    """
    size = case.stated.size
    told = {**asdict(case.stated), "labels": case.labels, "size": None if size is None else (size.width, size.height)}
    how = picture.with_name("how.json")
    words = ("benchmarks.measure.protocol.cold_start", str(case.model), str(picture), str(case.threads), str(how))
    try:
        how.write_text(json.dumps(told), encoding="utf-8")
        return time_first_label(python_command(*words))
    except FreshProcessError as error:
        raise ModelFileError(f"`{case.model}` could not be measured in a fresh process: {error}") from error


def time_first_label(command: Sequence[str], cwd: Path | None = None) -> ColdStart:
    """Run a process that prints a line of JSON with its first label: `load_s`, `first_invoke_s`, `peak_memory_bytes`.

    A second line may tell `steady_memory_bytes`.

    Args:
        command: that starts it.
        cwd: its folder; None: this one.

    Raises:
        FreshProcessError: it failed.
    """
    start_s = time.perf_counter()
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline() if process.stdout else ""
        label_s = time.perf_counter() - start_s  # the line comes with the label; the rest is leaving
        more, stderr = process.communicate(timeout=_TIMEOUT_S)
    if process.returncode != 0 or not line:
        raise FreshProcessError(last_line(stderr))
    answer = json.loads(line)
    steady_bytes = json.loads(more)["steady_memory_bytes"] if more.strip() else None
    return ColdStart(answer["load_s"], answer["first_invoke_s"], label_s, answer["peak_memory_bytes"], steady_bytes)


def _be_fresh_process(model: str, picture: str, threads: int, how: str) -> None:
    from edge_app.live.watchdog import watch
    from edge_app.model.card import Size
    from edge_app.model.card_reading import StatedInput
    from edge_app.model.classifier import Classifier
    from edge_app.photographs.decoder import read_photograph

    told = json.loads(Path(how).read_text(encoding="utf-8"))
    labels = None if told["labels"] is None else tuple(told["labels"])
    size = None if told["size"] is None else Size(*told["size"])
    stated = StatedInput(told["values"], tuple(told["mean"]), tuple(told["std"]), size, told["blue_first"])
    start_s = time.perf_counter()
    classifier = Classifier(model, threads, labels, stated=stated)
    load_s = time.perf_counter() - start_s
    watch(classifier)
    frame_bgr = read_photograph(Path(picture))
    classifier.prepare(frame_bgr)
    start_s = time.perf_counter()
    classifier.invoke()
    first_invoke_s = time.perf_counter() - start_s
    label = classifier.classify(frame_bgr).label
    answer = {"label": label, "load_s": load_s, "first_invoke_s": first_invoke_s, "peak_memory_bytes": peak_bytes()}
    print(json.dumps(answer), flush=True)
    end_s = time.perf_counter() + _STEADY_S
    runs = 0
    while runs < _STEADY_RUNS or time.perf_counter() < end_s:
        classifier.classify(frame_bgr)
        runs += 1
    print(json.dumps({"steady_memory_bytes": resident_bytes()}), flush=True)


def resident_bytes() -> int | None:
    """Return the resident memory of this process now; None: this system does not report it."""
    return status_bytes("VmRSS")


def peak_bytes() -> int:
    """Return the peak resident memory of this process."""
    peak_bytes = status_bytes("VmHWM")
    if peak_bytes is not None:
        return peak_bytes
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # bytes on macOS, KiB elsewhere


if __name__ == "__main__":
    _be_fresh_process(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
