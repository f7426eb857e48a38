r"""Sentences for the user on stderr, and text of strangers made harmless to print: `\x1b` is shown, not obeyed."""

from __future__ import annotations

import sys
import unicodedata


def note(text: str) -> None:
    """Tell the user something on stderr: stdout may carry JSON lines. Control characters are shown, not obeyed."""
    print(escape_control_lines(text), file=sys.stderr, flush=True)


class Once:
    """Tells a sentence the first time only: a fault that comes with every frame must not fill a log for days."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def note(self, text: str, about: str | None = None) -> None:
        """Tell `text`, unless something about the same subject was told before.

        Args:
            text: the sentence.
            about: its subject; None: the sentence itself.
        """
        subject = text if about is None else about
        if subject not in self._told:
            self._told.add(subject)
            note(text)


def escape_control(text: str) -> str:
    r"""Return the text with control characters made visible: `\x1b` is shown, not obeyed.

    Labels come from files of strangers. Terminals obey escape sequences, and direction marks reorder what people read.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def escape_control_lines(text: str) -> str:
    """Return the text with control characters made visible, all but the ends of its lines."""
    return text if text.isascii() and text.isprintable() else "\n".join(map(escape_control, text.split("\n")))


def _visible(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in "\u200c\u200d":  # joiners belong to spelling
        return (
            character.encode("ascii", "backslashreplace").decode()
            if ord(character) > 127
            else f"\\x{ord(character):02x}"
        )
    return character
