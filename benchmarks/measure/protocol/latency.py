"""Warm latency of files that take turns in one process, block by block."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.measure.protocol.warm_up import CAP_S, WarmUp, warm_up
from edge_app.demo.drawn_pets import DrawnCamera
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image

FRAME_WIDTH, FRAME_HEIGHT = 640, 480

_FRAMES = 8
_BLOCK_S = 0.025
_BLOCK_RUNS = 64


def camera_frames() -> list[Image]:
    """Return drawn 640×480 BGR frames, (480, 640, 3) uint8."""
    camera = DrawnCamera(0, FRAME_WIDTH, FRAME_HEIGHT)
    return [camera.frame(number * 20)[0] for number in range(_FRAMES)]


@dataclass
class WarmFile:
    """A loaded file that is measured in blocks; all times in seconds.

    Attributes:
        classifier: of the file.
        frames: 640×480 BGR, shown in turn.
        bare: measure the bare interpreter too.
        delay: busy wait inside the timed region, as a share of the file's median.
    """

    classifier: Classifier
    frames: Sequence[Image]
    bare: bool = True
    delay: float = 0.0
    block_runs: int = 1
    spent_s: float = 0.0
    invoke_s: list[float] = field(default_factory=list)
    frame_to_label_s: list[float] = field(default_factory=list)
    prepare_s: list[float] = field(default_factory=list)
    post_s: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._captured = np.empty_like(self.frames[0])
        self._invoke_delay_s = self._whole_delay_s = 0.0

    def warm_up(self, cap_s: float = CAP_S) -> WarmUp:
        """Run until the times are stable; choose the length of a block and of the delay."""
        found = warm_up(lambda: self._look(0), cap_s)
        pair_s = found.run_s * (2 if self.bare else 1)
        self.block_runs = max(1, min(_BLOCK_RUNS, math.ceil(_BLOCK_S / pair_s)))
        if self.delay:
            self._whole_delay_s = self.delay * found.run_s
            self._invoke_delay_s = self.delay * warm_up(self.classifier.invoke, cap_s).run_s if self.bare else 0.0
        return found

    def block(self) -> None:
        """Measure a block: bare run and whole way alternate, so what slows one slows the other.

        The file before has filled the caches, so a first run is not timed.
        """
        begin_s = time.perf_counter()
        if self.block_runs > 1:
            self._look(len(self.frame_to_label_s))
        for _ in range(self.block_runs):
            if self.bare:
                start_s = time.perf_counter()
                self.classifier.invoke()
                _wait_busily(self._invoke_delay_s)
                self.invoke_s.append(time.perf_counter() - start_s)
            self.query()
        self.spent_s += time.perf_counter() - begin_s

    def query(self) -> None:
        """Time frame→label; a camera has just written the frame, so it is copied into its buffer first, untimed."""
        number = len(self.frame_to_label_s)
        np.copyto(self._captured, self.frames[number % len(self.frames)])
        start_s = time.perf_counter()
        found = self.classifier.classify(self._captured)
        _wait_busily(self._whole_delay_s)
        self.frame_to_label_s.append(time.perf_counter() - start_s)
        self.prepare_s.append(found.prepare_ms * 1e-3)
        self.post_s.append(max(0.0, found.latency_ms - found.prepare_ms - found.invoke_ms) * 1e-3)

    def _look(self, number: int) -> None:
        np.copyto(self._captured, self.frames[number % len(self.frames)])
        self.classifier.classify(self._captured)


def _wait_busily(duration_s: float) -> None:
    if duration_s > 0:
        end_s = time.perf_counter() + duration_s
        while time.perf_counter() < end_s:
            pass
