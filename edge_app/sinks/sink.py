"""What the loop asks of an output."""

from __future__ import annotations

from typing import Protocol, Self, runtime_checkable

from edge_app.display.display_frame import DisplayFrame


class Sink(Protocol):
    """An output of the loop. Its constructor refuses what cannot work; `__enter__` opens it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None: ...

    def consume(self, display_frame: DisplayFrame) -> bool:
        """Accept a frame; return false when the user wants to quit.

        Args:
            display_frame: its picture is drawn when the first sink asks for it.
        """
        ...


@runtime_checkable
class KeyListener(Protocol):
    """A sink with keys, which are heard even while no frame comes."""

    def poll_keys(self) -> bool:
        """Do what a pressed key asks for; return false when the user wants to quit."""
        ...
