"""The keys of the window, and the state that they change."""

from __future__ import annotations

import time

from edge_app.common.notices import note
from edge_app.live.region import UPRIGHT, Orientation

_NOTICE_S = 4.0
_ESCAPE = 27

KEYS: tuple[tuple[str, str], ...] = (
    ("h", "show or hide this help"),
    ("space", "pause or continue"),
    ("m", "mirror"),
    ("r", "rotate by 90°"),
    ("f", "full screen"),
    ("t", "show the time of each step"),
    ("s", "save a snapshot"),
    ("v", "start or stop recording"),
    ("n", "switch to the next model"),
    ("e", "explain this label, or close the explanation"),
    ("q", "quit"),
)
"""Every key and what it does, in the order of the help."""


class Controls:
    """The state that keys change.

    Attributes:
        orientation: how frames are turned upright.
        paused: whether the picture is frozen.
        help: whether the keys are shown.
        times: whether the times of each step are shown.
        explain: whether the label of a frame is explained.
        full_screen: whether the window fills the screen.
        recording: whether a video is to be recorded.
        recording_since_s: `time.monotonic()` at the start of the video being recorded; None: there is none.
        ended: whether the user wants to quit.
        keys: every key and what it does, in the order of the help.
    """

    keys = KEYS

    def __init__(self, orientation: Orientation = UPRIGHT) -> None:
        self.orientation = orientation
        self.paused = self.help = self.times = self.full_screen = self.recording = self.ended = False
        self.explain = False
        self.recording_since_s: float | None = None
        self._snapshot_requested = self._next_model_requested = False
        self._notice, self._notice_until_s = "", 0.0

    def press(self, code: int) -> None:
        """Do what a key asks for.

        Args:
            code: from `cv2.waitKey`: -1 for none; capitals count as the same key.
        """
        if code < 0:
            return
        if code == _ESCAPE:
            self.ended = True
            return
        key = "space" if code == ord(" ") else chr(code & 0xFF).lower()
        if key in _ACTIONS:
            _ACTIONS[key](self)

    def go_on(self) -> None:
        """End a pause, if there is one."""
        self.paused = False

    def announce(self, text: str) -> None:
        """Show a sentence on the picture for a while, and on stderr."""
        note(text)
        self.show_notice(text)

    def show_notice(self, text: str) -> None:
        """Show a sentence on the picture for a while."""
        self._notice, self._notice_until_s = text, time.monotonic() + _NOTICE_S

    @property
    def notice(self) -> str:
        """The sentence to show now; empty: none."""
        return self._notice if time.monotonic() < self._notice_until_s else ""

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """What else stands on the picture, in two columns."""
        return ()

    @property
    def recorded_s(self) -> float | None:
        """Length of the video so far, seconds; None: nothing is being recorded."""
        return None if self.recording_since_s is None else time.monotonic() - self.recording_since_s

    def pop_snapshot_request(self) -> bool:
        """Return whether a snapshot was asked for since the last call."""
        requested, self._snapshot_requested = self._snapshot_requested, False
        return requested

    def pop_next_model_request(self) -> bool:
        """Return whether the next model was asked for since the last call."""
        requested, self._next_model_requested = self._next_model_requested, False
        return requested

    def _toggle(self, name: str) -> None:
        setattr(self, name, not getattr(self, name))

    def _end(self) -> None:
        self.ended = True

    def _mirror(self) -> None:
        self.orientation = self.orientation.mirrored()

    def _rotate(self) -> None:
        self.orientation = self.orientation.rotated_90()

    def _explain(self) -> None:
        self._toggle("explain")
        if self.explain:
            self.show_notice("finding out why")

    def _snapshot(self) -> None:
        self._snapshot_requested = True

    def _next_model(self) -> None:
        self._next_model_requested = True


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
    "e": Controls._explain,
    "q": Controls._end,
}
