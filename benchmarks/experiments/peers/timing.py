"""What every worker times the same way, in whatever environment it lives; numpy and the standard library only."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt


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
