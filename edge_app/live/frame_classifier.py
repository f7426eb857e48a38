"""From a frame to its prediction: turned upright, cut to the region, classified; in its own thread (`pipelined`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from edge_app.common.errors import FieldLensError, SourceError, UsageError
from edge_app.common.notices import note
from edge_app.live.region import UPRIGHT, Box, Orientation, Region
from edge_app.model.classifier import FrameModel, Prediction, is_frame
from edge_app.model.preparation import seen_area
from edge_app.model.runtime import usable_cores
from edge_app.photographs.decoder import Image
from edge_app.sources.frames import Frame

Load = Callable[[Path], FrameModel]


@dataclass(frozen=True, slots=True)
class ClassifiedFrame:
    """A frame and its prediction.

    Attributes:
        frame: as it was captured.
        image_bgr: turned upright, (height, width, 3) uint8 BGR.
        box: the part of the upright picture that was classified; None: all of it.
        prediction: of the model, for this frame alone.
        classifier: that made the prediction.
    """

    frame: Frame
    image_bgr: Image
    box: Box | None
    prediction: Prediction
    classifier: FrameModel

    @property
    def seen(self) -> tuple[float, float, float, float] | None:
        """What the model sees of the upright picture: left, top, width, height as fractions; None: all of it."""
        part, place = self.image_bgr, (0.0, 0.0, 1.0, 1.0)
        if self.box is not None:
            part, place = self.box.cut(part), self.box.fractions_of(part)
        left, top, width, height = seen_area(self.classifier.card, part)
        x, y, across, down = place
        seen = x + left * across, y + top * down, width * across, height * down
        return None if seen == (0.0, 0.0, 1.0, 1.0) else seen


class FrameClassifier:
    """Classifies frames with one of several models.

    Args:
        models: `.tflite` files; the first one is used first.
        load: builds a classifier from a file.
        orientation: how frames are turned upright; may be replaced at any time.
        region: what is classified; None: the whole frame.

    Raises:
        FieldLensError: the first model cannot be used.
    """

    def __init__(
        self, models: Sequence[Path], load: Load, orientation: Orientation = UPRIGHT, region: Region | None = None
    ) -> None:
        self.orientation = orientation
        self.has_several_models = len(models) > 1
        self._models, self._load, self._region = models, load, region
        self._place = 0
        self._next_requested = False
        self._classifier = self._loaded(models[0])
        self._region_checked = False
        self.working_since_s: float | None = None
        """When the model got the frame that it works on, `time.perf_counter()`; None: it has none."""

    @property
    def classifier(self) -> FrameModel:
        """The model that is used now."""
        return self._classifier

    @property
    def path(self) -> Path:
        """Of the model that is used now."""
        return self._classifier.path

    def classify(self, frame: Frame) -> ClassifiedFrame:
        """Classify a frame.

        Raises:
            UsageError: the region lies outside the first frame.
            SourceError: the frame is not a picture, as happens when a driver has lost its camera.
        """
        if not is_frame(frame.image_bgr):
            raise SourceError(
                f"{frame.source} delivered a frame that is not a picture ({frame.image_bgr.shape} "
                f"{frame.image_bgr.dtype}); try another --size, or another source"
            )
        if self._next_requested:
            self._switch_model()
        image = self.orientation.apply(frame.image_bgr)
        box = self._box_in(image)
        part = image if box is None else box.cut(image)
        self.working_since_s = time.perf_counter()
        prediction = self._classifier.classify(part, frame.source, frame.number, frame.captured_at_s)
        self.working_since_s = None
        return ClassifiedFrame(frame, image, box, prediction, self._classifier)

    def request_next_model(self) -> None:
        """Switch to the next model before the next frame; may be called from another thread."""
        self._next_requested = True

    def use(self, classifier: FrameModel) -> None:
        """Classify with another one from the next frame on; may be called from another thread."""
        self._classifier = classifier

    def _switch_model(self) -> None:
        """Load the next model; if it cannot be used the user is told, and the old one stays."""
        self._next_requested = False
        self._place = (self._place + 1) % len(self._models)
        try:
            self._classifier = self._loaded(self._models[self._place])
        except FieldLensError as error:
            note(f"{error}; keeping {self._classifier.path}")

    def _loaded(self, path: Path) -> FrameModel:
        classifier = self._load(path)
        for assumption in classifier.assumptions:
            note(f"assumed: {assumption}")
        # The model has its cores for itself: OpenCV's threads would turn round on them long after their work is done.
        cv2.setNumThreads(max(1, usable_cores() - classifier.threads))
        return classifier

    def _box_in(self, image: Image) -> Box | None:
        if self._region is None:
            return None
        height, width = image.shape[:2]
        box = self._region.box_in(width, height)
        if box is None and not self._region_checked:
            raise UsageError(f"`--roi {self._region}` lies outside the picture, which has {width}×{height} pixels")
        self._region_checked = True
        return box
