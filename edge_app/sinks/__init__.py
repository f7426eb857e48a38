"""Where results go: a window, a web page, a video file, JSON lines, a folder of pictures, a command."""

from __future__ import annotations

from typing import Protocol, Self, runtime_checkable

from edge_app.live.display_frame import DisplayFrame


class Sink(Protocol):
    """What a sink offers. Its constructor refuses what cannot work; `__enter__` opens it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None: ...

    def take(self, shown: DisplayFrame) -> bool:
        """Accept a result; return false when the user wants to end.

        Args:
            shown: the result; its picture is drawn when a sink asks for it, and not before.
        """
        ...


@runtime_checkable
class Listener(Protocol):
    """A sink with keys; they are heard while no frame comes, too."""

    def listen(self) -> bool:
        """Obey keys; return false when the user wants to end."""
        ...
