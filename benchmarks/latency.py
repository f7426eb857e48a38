"""Warm latency: the bare interpreter and the whole way from a frame to its label, in turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from edge_app.classifier import Classifier
from edge_app.drawn_pets import DrawnCamera
from edge_app.photograph import Image

FRAME_WIDTH, FRAME_HEIGHT = 640, 480
ROUNDS = 5
"""Every file is visited this often, so that a slow spell of the machine meets all of them."""

_FRAMES = 8
_WARM_UP_RUNS = 10


@dataclass
class WarmTimes:
    """Raw times of one file, seconds."""

    invoke_s: list[float] = field(default_factory=list)
    frame_to_label_s: list[float] = field(default_factory=list)


def camera_frames() -> list[Image]:
    """Return drawn 640×480 BGR frames, (480, 640, 3) uint8."""
    camera = DrawnCamera(0, FRAME_WIDTH, FRAME_HEIGHT)
    return [camera.frame(number * 20)[0] for number in range(_FRAMES)]


def measure_warm(
    classifiers: Sequence[Classifier],
    frames: Sequence[Image],
    runs: int,
    seconds: float,
    progress: Callable[[], None] = lambda: None,
) -> list[WarmTimes]:
    """Measure all files in rounds.

    Args:
        classifiers: one per file.
        frames: shown in turn.
        runs: of each kind and file, at least.
        seconds: per file, at least.
        progress: called after each file of each round.
    """
    measured = [WarmTimes() for _ in classifiers]
    for _ in range(ROUNDS):
        for classifier, times in zip(classifiers, measured, strict=True):
            _measure_round(classifier, frames, times, -(-runs // ROUNDS), seconds / ROUNDS)
            progress()
    return measured


def _measure_round(
    classifier: Classifier, frames: Sequence[Image], times: WarmTimes, runs: int, seconds: float
) -> None:
    """Bare run and whole way alternate: what slows one slows the other.

    A camera has just written the frame when it is classified, so each is copied into the same buffer first, untimed.
    """
    captured = np.empty_like(frames[0])
    for number in range(_WARM_UP_RUNS):
        classifier.classify(frames[number % len(frames)])
    begin_s = time.perf_counter()
    done = 0
    while done < runs or time.perf_counter() - begin_s < seconds:
        start_s = time.perf_counter()
        classifier.invoke()
        times.invoke_s.append(time.perf_counter() - start_s)
        np.copyto(captured, frames[done % len(frames)])
        start_s = time.perf_counter()
        classifier.classify(captured)
        times.frame_to_label_s.append(time.perf_counter() - start_s)
        done += 1
