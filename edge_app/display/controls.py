"""What keys do, and what they have set."""

from __future__ import annotations

import time

from edge_app.common.notices import note
from edge_app.display.region import UPRIGHT, Turn

_NOTICE_S = 4.0
_ESCAPE = 27

KEYS = (
    ("h", "this help"),
    ("space", "pause"),
    ("m", "mirror"),
    ("r", "rotate"),
    ("f", "full screen"),
    ("t", "times of each step"),
    ("s", "snapshot"),
    ("v", "record a video"),
    ("n", "next model"),
    ("q", "end"),
)
"""Every key and what it does, in the order of the help."""


class Controls:
    """The state that keys change.

    Attributes:
        turn: how frames are set upright.
        paused: whether everything waits.
        help: whether the keys are shown.
        times: whether the times of each step are shown.
        full_screen: whether the window fills the screen.
        recording: whether a video is wanted.
        ended: whether the user wants to end.
    """

    def __init__(self, turn: Turn = UPRIGHT) -> None:
        self.turn = turn
        self.paused = self.help = self.times = self.full_screen = self.recording = self.ended = False
        self._snapshot_wanted = self._next_model_wanted = False
        self._notice, self._notice_until_s = "", 0.0

    def press(self, code: int) -> None:
        """Obey a key.

        Args:
            code: of `cv2.waitKey`: -1 for none; capitals are the same key.
        """
        if code < 0:
            return
        if code == _ESCAPE:
            self.ended = True
            return
        key = "space" if code == ord(" ") else chr(code & 0xFF).lower()
        if key in _ACTIONS:
            _ACTIONS[key](self)

    def say(self, text: str) -> None:
        """Show a sentence on the picture for a while, and on stderr."""
        note(text)
        self.hint(text)

    def hint(self, text: str) -> None:
        """Show a sentence on the picture for a while."""
        self._notice, self._notice_until_s = text, time.monotonic() + _NOTICE_S

    @property
    def notice(self) -> str:
        """The sentence to show now; empty: none."""
        return self._notice if time.monotonic() < self._notice_until_s else ""

    def take_snapshot_wish(self) -> bool:
        """Return whether a snapshot was asked for, once."""
        wish, self._snapshot_wanted = self._snapshot_wanted, False
        return wish

    def take_model_wish(self) -> bool:
        """Return whether the next model was asked for, once."""
        wish, self._next_model_wanted = self._next_model_wanted, False
        return wish

    def _toggle(self, name: str) -> None:
        setattr(self, name, not getattr(self, name))

    def _end(self) -> None:
        self.ended = True

    def _mirror(self) -> None:
        self.turn = self.turn.mirrored()

    def _rotate(self) -> None:
        self.turn = self.turn.quarter_further()

    def _snapshot(self) -> None:
        self._snapshot_wanted = True

    def _next_model(self) -> None:
        self._next_model_wanted = True


_ACTIONS = {
    "h": lambda controls: controls._toggle("help"),
    "space": lambda controls: controls._toggle("paused"),
    "p": lambda controls: controls._toggle("paused"),
    "f": lambda controls: controls._toggle("full_screen"),
    "t": lambda controls: controls._toggle("times"),
    "v": lambda controls: controls._toggle("recording"),
    "m": Controls._mirror,
    "r": Controls._rotate,
    "s": Controls._snapshot,
    "n": Controls._next_model,
    "q": Controls._end,
}
