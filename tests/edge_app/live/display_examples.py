"""Results for tests of what people see: built by hand, so that expected values can be written."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from edge_app.display.caption import Caption, Figures, Marks
from edge_app.display.region import Box
from edge_app.live.display_frame import DisplayFrame, region_of
from edge_app.live.frame_classifier import ClassifiedFrame
from edge_app.model.classifier import Prediction
from edge_app.photographs.decoder import Image
from edge_app.sources.frames import Frame

PLAIN = Marks()
CAT_OR_DOG = (("cat", 0.9), ("dog", 0.1))


def frame_bgr(seed: int = 0, width: int = 64, height: int = 48) -> Image:
    """A picture of large random squares: another seed is another scene."""
    squares = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return np.kron(squares, np.ones((height // 6, width // 8, 1), np.uint8))


def shown_example(
    label: str = "cat",
    top: tuple[tuple[str, float], ...] = CAT_OR_DOG,
    image_bgr: Image | None = None,
    box: Box | None = None,
    marks: Marks = PLAIN,
    model: Path = Path("pets.tflite"),
    number: int = 0,
) -> DisplayFrame:
    """A result whose raw scores are those shown."""
    image = frame_bgr() if image_bgr is None else image_bgr
    prediction = Prediction("camera 0", number, label, top[0][1], top, 3.2, 5.0, 0.2, 2.9)
    classifier: Any = SimpleNamespace(path=model)  # sinks ask a model for its name only
    seen = ClassifiedFrame(Frame(image, "camera 0", number, 1.0), image, box, prediction, classifier)
    return DisplayFrame(
        seen, Caption(label, top, region_of(box, image), Figures(30.0, 12.0, 3.2, 0.2, 2.9, 1.0, 4), marks)
    )
