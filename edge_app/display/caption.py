"""What is drawn on a frame: the label, the scores, and numbers for the eye; pixels are `overlay`'s business."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers for the eye; they change twice a second, so that they can be read.

    Attributes:
        fps: frames per second of the loop; 0: not known yet.
        age_ms: from the capture to the label.
        latency_ms: from the frame to the label.
        prepare_ms: of it, resizing and converting.
        invoke_ms: of it, the model.
        draw_ms: of one drawing; 0: nothing was drawn yet.
        dropped: frames that a live source gave too fast.
    """

    fps: float = 0.0
    age_ms: float = 0.0
    latency_ms: float = 0.0
    prepare_ms: float = 0.0
    invoke_ms: float = 0.0
    draw_ms: float = 0.0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Marks:
    """What is drawn besides the result.

    Attributes:
        times: the times of each step.
        help: the keys.
        notice: a sentence; empty: none.
        recorded_s: how long the video is by now; None: nothing is recorded.
        model: name of the file, where there are several; empty: not shown.
        bars: how many labels get a bar, at most.
    """

    times: bool = False
    help: bool = False
    notice: str = ""
    recorded_s: float | None = None
    model: str = ""
    bars: int = 5


@dataclass(frozen=True, slots=True)
class Caption:
    """What is drawn on a frame; it knows nothing of pixels, so it fits the frame at any size.

    Attributes:
        label: the label to show: smoothed, `neither` below the threshold.
        top: pairs of label and smoothed score, best first.
        region: the part that was classified: left, top, width and height as fractions; None: all of it.
        figures: numbers for the eye.
        marks: what is drawn besides.
    """

    label: str
    top: tuple[tuple[str, float], ...]
    region: tuple[float, float, float, float] | None = None
    figures: Figures = Figures()
    marks: Marks = Marks()
