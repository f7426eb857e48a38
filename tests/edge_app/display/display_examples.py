"""Results for tests of what people see: built by hand, so that expected values can be written."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from edge_app.display.display_frame import DisplayFrame
from edge_app.display.overlay import Overlay
from edge_app.live.frame_classifier import ClassifiedFrame
from edge_app.live.region import Box
from edge_app.live.statistics import LoopTimings
from edge_app.model.classifier import Prediction
from edge_app.model.occlusion import CELLS, Explanation
from edge_app.photographs.decoder import Image
from edge_app.sources.frames import Frame

CAT_OR_DOG = (("cat", 0.9), ("dog", 0.1))


def frame_bgr(seed: int = 0, width: int = 64, height: int = 48) -> Image:
    """A picture of large random squares: another seed is another scene."""
    squares = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return np.kron(squares, np.ones((height // 6, width // 8, 1), np.uint8))


def display_example(
    label: str = "cat",
    top: tuple[tuple[str, float], ...] = CAT_OR_DOG,
    image_bgr: Image | None = None,
    box: Box | None = None,
    model: Path = Path("pets.tflite"),
    number: int = 0,
    shown_model: str = "",
    **overlay_options: Any,
) -> DisplayFrame:
    """A result whose raw scores are those display_frame."""
    image = frame_bgr() if image_bgr is None else image_bgr
    prediction = Prediction("camera 0", number, label, top[0][1], top, 3.2, 5.0, 0.2, 2.9)
    classifier: Any = SimpleNamespace(path=model)  # sinks ask a model for its name only
    classified = ClassifiedFrame(Frame(image, "camera 0", number, 1.0), image, box, prediction, classifier)
    overlay = Overlay(
        label,
        top,
        region=None if box is None else box.fractions_of(image),
        timings=LoopTimings(30.0, 12.0, 3.2, 0.2, 2.9, 1.0, 4),
        model=shown_model,
        **overlay_options,
    )
    return DisplayFrame(classified, overlay)


def explanation(
    value: float = 3.0, label: str = "cat", area: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
) -> Explanation:
    """A drop around one cell, in row 1 and column 5."""
    drops = np.zeros((CELLS, CELLS))
    drops[1, 5] = value
    scores = np.full((CELLS, CELLS), 0.5)
    return Explanation(label, "neither", 0.9, 2.2, drops, scores, 1 / 256, True, area, 0.95)
