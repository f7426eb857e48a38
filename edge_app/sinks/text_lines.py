"""A readable line per frame on stdout, where there is neither a window nor a file."""

from __future__ import annotations

from typing import Self

from edge_app.common.escape_control import escape_control
from edge_app.live.display_frame import DisplayFrame


class LinesSink:
    """Prints source, frame, label, score and latency."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        pass

    def take(self, shown: DisplayFrame) -> bool:
        """Print one line."""
        prediction = shown.seen.prediction
        where = f"{prediction.source} #{prediction.frame}"
        label = escape_control(shown.label)
        print(f"{where}  {label}  {shown.score:.1%}  {prediction.latency_ms:.1f} ms", flush=True)
        return True
