"""Peak memory and start-up, in a fresh process: the measuring process itself would blur both.

Run as `python -m benchmarks.memory MODEL PICTURE THREADS`, it is that fresh process and prints one line of JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_app.errors import ModelFileError

_TIMEOUT_S = 300.0


@dataclass(frozen=True)
class ColdStart:
    """A fresh process that labels one picture: times in seconds, memory in bytes."""

    load_s: float
    first_invoke_s: float
    start_to_label_s: float
    peak_memory_bytes: int


def measure_cold_start(model: Path, picture: Path, threads: int) -> ColdStart:
    """Start a process that loads the model and labels one picture.

    Args:
        model: a `.tflite` file.
        picture: a picture file.
        threads: CPU threads.

    Raises:
        ModelFileError: the process failed.
    """
    command = [sys.executable, "-m", "benchmarks.memory", str(model), str(picture), str(threads)]
    try:
        return time_first_label(command)
    except FreshProcessError as error:
        raise ModelFileError(f"`{model}` could not be measured in a fresh process: {error}") from error


class FreshProcessError(Exception):
    """A fresh process ended without a label; the message is its last line."""


def time_first_label(command: Sequence[str], cwd: Path | None = None) -> ColdStart:
    """Run a process that prints a line of JSON with its first label: `load_s`, `first_invoke_s`, `peak_memory_bytes`.

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
        _, complaint = process.communicate(timeout=_TIMEOUT_S)
    if process.returncode != 0 or not line:
        raise FreshProcessError((complaint.strip().splitlines() or ["it was killed"])[-1])
    told = json.loads(line)
    return ColdStart(told["load_s"], told["first_invoke_s"], label_s, told["peak_memory_bytes"])


def _be_fresh_process(model: str, picture: str, threads: int) -> None:
    from edge_app.classifier import Classifier
    from edge_app.photograph import read_photograph

    start_s = time.perf_counter()
    classifier = Classifier(model, threads)
    load_s = time.perf_counter() - start_s
    frame_bgr = read_photograph(Path(picture))
    classifier.prepare(frame_bgr)
    start_s = time.perf_counter()
    classifier.invoke()
    first_invoke_s = time.perf_counter() - start_s
    label = classifier.classify(frame_bgr).label
    told = {"label": label, "load_s": load_s, "first_invoke_s": first_invoke_s, "peak_memory_bytes": peak_bytes()}
    print(json.dumps(told), flush=True)


def peak_bytes() -> int:
    """Return the peak resident memory of this process."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # bytes on macOS, KiB elsewhere


if __name__ == "__main__":
    _be_fresh_process(sys.argv[1], sys.argv[2], int(sys.argv[3]))
