"""A readable line per frame on stdout, where there is neither a window nor a file."""

from __future__ import annotations

from typing import Self

from edge_app.classifier import Prediction
from edge_app.photograph import Image


class LinesSink:
    """Prints source, frame, label, score and latency."""

    drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        pass

    def take(self, prediction: Prediction, drawn_bgr: Image | None) -> bool:
        """Print one line."""
        where = f"{prediction.source} #{prediction.frame}"
        print(f"{where}  {prediction.label}  {prediction.score:.1%}  {prediction.latency_ms:.1f} ms", flush=True)
        return True
