r"""Text of strangers, made harmless to read: `\x1b` is shown, not obeyed."""

from __future__ import annotations

import unicodedata


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
