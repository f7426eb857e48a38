"""What every worker does the same way: answer requests, and time runs. Numpy and the standard library only."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


def serve(worker: Any) -> None:
    """Answer requests until stdin ends.

    A request is a line like `{"do": "load", "model": …}`: the method to call and its arguments. The answer is a line
    of JSON; `{"failed": …}` where the method raised.
    """
    answers = _only_ours()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(worker, request.pop("do"))(**request)
        except Exception as error:  # the other side makes a sentence of it
            answer = {"failed": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _only_ours() -> Any:
    """Keep stdout for answers: what native code prints there goes to stderr."""
    ours = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return ours


def peak_bytes() -> int:
    """Return the peak resident memory of this process (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError("this system does not tell the peak memory")


def time_bare(invoke: Callable[[], Any], runs: int, warm_up: int) -> dict[str, Any]:
    """Time runs of the bare model on the tensor that is in place; the first `warm_up` are not told, seconds."""
    times_s = []
    for _ in range(warm_up + runs):
        start_s = time.perf_counter()
        invoke()
        times_s.append(time.perf_counter() - start_s)
    return {"times_s": times_s[warm_up:]}


def time_frames(
    label_of: Callable[[npt.NDArray[np.uint8]], str], frames: str, runs: int, warm_up: int
) -> dict[str, Any]:
    """Time frame→label; the first `warm_up` are not told.

    Args:
        label_of: labels a frame.
        frames: `.npy` file, (frames, height, width, 3) uint8, in the order of colours that `label_of` wants.
        runs: how many.
        warm_up: how many before.

    Returns:
        `times_s`, seconds, and the `label` of the last frame.
    """
    pictures = np.load(frames)
    captured = np.empty_like(pictures[0])
    times_s, label = [], ""
    for number in range(warm_up + runs):
        np.copyto(captured, pictures[number % len(pictures)])  # a camera has just written it
        start_s = time.perf_counter()
        label = label_of(captured)
        times_s.append(time.perf_counter() - start_s)
    return {"times_s": times_s[warm_up:], "label": label}
