"""From a frame to its label: set upright, cut, classified. May run in another thread than keys and drawing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_app.common.errors import FieldLensError, SourceError, UsageError
from edge_app.common.notices import note
from edge_app.display.region import UPRIGHT, Box, Region, Turn
from edge_app.model.classifier import Classifier, Prediction, is_frame
from edge_app.photographs.decoder import Image
from edge_app.sources.frames import Frame

Load = Callable[[Path], Classifier]


@dataclass(frozen=True, slots=True)
class ClassifiedFrame:
    """A frame and what was made of it.

    Attributes:
        frame: as it was captured.
        image_bgr: upright, (height, width, 3) uint8 BGR.
        box: the part of it that was classified; None: all of it.
        prediction: what the model says.
        classifier: the model that said it.
    """

    frame: Frame
    image_bgr: Image
    box: Box | None
    prediction: Prediction
    classifier: Classifier


class FrameClassifier:
    """Classifies frames with one of several models.

    Args:
        models: `.tflite` files; the first one begins.
        load: builds a classifier of a file.
        turn: how frames are set upright; may be replaced at any time.
        region: what is classified; None: all.

    Raises:
        FieldLensError: the first model cannot be used.
    """

    def __init__(self, models: Sequence[Path], load: Load, turn: Turn = UPRIGHT, region: Region | None = None) -> None:
        self.turn = turn
        self.model_names = [path.name for path in models]
        self._models, self._load, self._region = models, load, region
        self._place = 0
        self._next_wanted = False
        self._classifier = self._loaded(models[0])
        self._looked = False

    def look(self, frame: Frame) -> ClassifiedFrame:
        """Classify a frame.

        Raises:
            UsageError: nothing of the region is inside of the first frame.
            SourceError: it is no picture, as drivers give it that have lost their camera.
        """
        if not is_frame(frame.image_bgr):
            raise SourceError(
                f"{frame.source} gave a frame that is no picture ({frame.image_bgr.shape} {frame.image_bgr.dtype}); "
                "try another --size, or another source"
            )
        if self._next_wanted:
            self._go_to_next()
        image = self.turn.apply(frame.image_bgr)
        box = self._box(image)
        part = image if box is None else box.cut(image)
        prediction = self._classifier.classify(part, frame.source, frame.number, frame.captured_at_s)
        return ClassifiedFrame(frame, image, box, prediction, self._classifier)

    def want_next_model(self) -> None:
        """Change to the next model before the next frame; may be called from another thread."""
        self._next_wanted = True

    def _go_to_next(self) -> None:
        """Only one model is in memory at a time; one that cannot be used is told, and the old one goes on."""
        self._next_wanted = False
        self._place = (self._place + 1) % len(self._models)
        try:
            self._classifier = self._loaded(self._models[self._place])
        except FieldLensError as error:
            note(f"{error}; going on with {self._classifier.path}")

    def _loaded(self, path: Path) -> Classifier:
        classifier = self._load(path)
        for assumption in classifier.assumptions:
            note(f"assumed: {assumption}")
        return classifier

    def _box(self, image: Image) -> Box | None:
        if self._region is None:
            return None
        height, width = image.shape[:2]
        box = self._region.box(width, height)
        if box is None and not self._looked:
            raise UsageError(f"`--roi {self._region}` lies outside of the picture, which is {width}×{height} pixels")
        self._looked = True
        return box
