"""Why this label, while the loop goes on: in a thread of its own, with an interpreter of its own on one core."""

from __future__ import annotations

import threading
from collections.abc import Callable

import cv2
import numpy as np

from edge_app.common.errors import FieldLensError
from edge_app.live.frame_classifier import ClassifiedFrame
from edge_app.model.occlusion import Explained, explain
from edge_app.photographs.decoder import Image

_LARGEST_KEPT = 320  # pixels of a side: it is shown in a panel, and sent to the web server with every picture
_JOIN_TIMEOUT_S = 5.0


class Explainer:
    """Explains the frame that is there when somebody asks.

    Args:
        tell: gets a sentence when that fails, from another thread.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._job: _Job | None = None

    def follow(self, wanted: bool, classified: ClassifiedFrame) -> Explained | None:
        """Return what was found; None: nothing is wanted, or not yet.

        Args:
            wanted: whether an explanation is to be shown; the first frame for which it is gets explained.
            classified: the newest frame.
        """
        if not wanted:
            self.forget()
            return None
        if self._job is None:
            self._job = _Job(classified, self._tell)
            self._job.start()
        return self._job.found

    @property
    def failed(self) -> bool:
        """Whether what is wanted will never come."""
        return self._job is not None and self._job.failed

    def close(self) -> None:
        """End what is going on; it takes one run of the model."""
        job = self._job
        self.forget()
        if job is not None:
            job.join(_JOIN_TIMEOUT_S)

    def forget(self) -> None:
        """Begin anew with the next frame."""
        if self._job is not None:
            self._job.stopping.set()
            self._job = None


class _Job(threading.Thread):
    def __init__(self, classified: ClassifiedFrame, tell: Callable[[str], None]) -> None:
        super().__init__(name="explainer", daemon=True)
        self.found: Explained | None = None
        self.failed = False
        self.stopping = threading.Event()
        image, box = classified.image_bgr, classified.box
        self._part = (image if box is None else box.cut(image)).copy()
        self._classifier, self._tell = classified.classifier, tell

    def run(self) -> None:
        try:
            explanation = explain(self._classifier.another(threads=1), self._part, self._go_on)
            self.found = Explained(_smaller(self._part), explanation)
        except FieldLensError as error:
            self.failed = True
            self._tell(f"not explained: {error}")
        except _StoppedError:
            pass

    def _go_on(self) -> None:
        if self.stopping.is_set():
            raise _StoppedError


class _StoppedError(Exception):
    """Nobody wants to know any more."""


def _smaller(image: Image) -> Image:
    scale = _LARGEST_KEPT / max(image.shape[:2])
    if scale >= 1.0:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
