"""Sentences for the user, beside the results."""

from __future__ import annotations

import sys

from edge_app.common.escape_control import escape_control_lines


def note(text: str) -> None:
    """Tell the user something on stderr: stdout may carry JSON lines. Control characters are shown, not obeyed."""
    print(escape_control_lines(text), file=sys.stderr, flush=True)


class Once:
    """Tells a sentence the first time only: a fault that comes with every frame must not fill a log for days."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def note(self, text: str, about: str | None = None) -> None:
        """Tell `text`, unless something about the same was told before.

        Args:
            text: the sentence.
            about: what it is about; None: the sentence itself.
        """
        subject = text if about is None else about
        if subject not in self._told:
            self._told.add(subject)
            note(text)
