"""The address of a page: what people open, and the token in it."""

from __future__ import annotations

import os
import secrets
import sys
from importlib.util import find_spec
from urllib.parse import quote

from edge_app.common.errors import MissingDependencyError, UsageError
from edge_app.web.link import is_loopback

TOKEN_VARIABLE = "FIELDLENS_WEB_TOKEN"
_SHORTEST_TOKEN = 8


def require_aiohttp(what: str) -> None:
    """Refuse to begin what cannot be served.

    Raises:
        MissingDependencyError: the `web` extra is not installed.
    """
    if find_spec("aiohttp") is None:
        raise MissingDependencyError(f"{what} needs aiohttp; run: pip install 'aiohttp>=3.10,<4'")


def token_for(address: str, token: str | None = None, always: bool = False) -> str | None:
    """Return what viewers must show: what is given, or `FIELDLENS_WEB_TOKEN`, or a random one; None: nothing.

    Args:
        address: to listen on; on a loopback one nothing must be shown, unless something is given.
        token: that is given.
        always: whether something must be shown on a loopback address too: other users of this machine can open it.

    Raises:
        UsageError: the address is not an IP address, or the token is too short.
    """
    given = token or os.environ.get(TOKEN_VARIABLE)
    if given is not None and len(given) < _SHORTEST_TOKEN:
        raise UsageError(f"the token of --web has {len(given)} characters; it needs at least {_SHORTEST_TOKEN}")
    if given is not None:
        return given
    return None if is_loopback(address) and not always else secrets.token_urlsafe(12)


def page_url(address: str, port: int, token: str | None) -> str:
    """Return the address of a page, with the token."""
    return f"http://{_shown_host(address)}:{port}/" + (f"?token={quote(token)}" if token else "")


def _shown_host(address: str) -> str:
    if address in ("0.0.0.0", "::"):
        import socket

        return socket.gethostname() + (".local" if sys.platform.startswith("linux") else "")
    return f"[{address}]" if ":" in address else address
