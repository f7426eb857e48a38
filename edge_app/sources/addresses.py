"""Network addresses as they may be shown: without user, password or token, whatever they look like."""

from __future__ import annotations

import re

_USER = re.compile(r"(?<=://)[^/?#\s]*@")
_USER_WITH_SLASH = re.compile(r"(?<=://)[^/?#\s@]*:(?!\d+(?:[/?#]|$))\S*@")  # a password that holds a slash
_SECRET = re.compile(
    r"([?&;#][^=&;#\s]*(?:pass|pwd|psw|token|secret|key|auth|user|usr|login|account|sig|session)[^=&;#\s]*=)[^&;#\s]*",
    re.IGNORECASE,
)


def shown_address(address: str) -> str:
    """Return an address for the screen, logs and results: `http://host/video?pwd=…`."""
    shown = _USER.sub("", address)
    return _SECRET.sub(r"\1…", _USER_WITH_SLASH.sub("", shown))
