"""Where results go: a window, a video file, JSON lines."""

from __future__ import annotations

from typing import Protocol, Self

from edge_app.classifier import Prediction
from edge_app.photograph import Image


class Sink(Protocol):
    """What a sink offers; `drawn` ones want the frame with its overlay."""

    drawn: bool

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None: ...

    def take(self, prediction: Prediction, drawn_bgr: Image | None) -> bool:
        """Accept a result; return false when the user wants to end.

        Args:
            prediction: of this frame.
            drawn_bgr: (height, width, 3) uint8 BGR with overlay, where a sink asked for it.
        """
        ...
