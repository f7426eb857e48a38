"""The address of a page: what people open, and the token in it."""

from __future__ import annotations

import ipaddress
import os
import secrets
import socket
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


def refuse_no_address(address: str) -> str:
    """Return an IP address of one machine.

    Raises:
        UsageError: it is no address, or stands for all of a machine's.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        parsed = None
    if parsed is None or parsed.is_unspecified:
        raise UsageError(f"`{address}` is no IP address of this machine; give one, such as 192.168.1.20, or --lan")
    return str(parsed)


def lan_address() -> str:
    """Return this machine's address in its network: that from which it would call the world. Nothing is sent.

    Raises:
        UsageError: it is in no network.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # an address that nobody has (RFC 5737)
        except OSError as error:
            raise UsageError("this machine is in no network; connect it, or give its address: --address IP") from error
        return str(asking.getsockname()[0])


def page_url(address: str, port: int, token: str | None, scheme: str = "http") -> str:
    """Return the address of a page, with the token."""
    return f"{scheme}://{_shown_host(address)}:{port}/" + (f"?token={quote(token)}" if token else "")


def _shown_host(address: str) -> str:
    if address in ("0.0.0.0", "::"):
        return socket.gethostname() + (".local" if sys.platform.startswith("linux") else "")
    return f"[{address}]" if ":" in address else address
