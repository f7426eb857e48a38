"""The page of a device without a screen: live picture, labels, history, times."""

from __future__ import annotations

import hmac
import ipaddress
import os
import secrets
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from edge_app.common.errors import MissingDependencyError, UsageError
from edge_app.common.notices import note
from edge_app.live.display_frame import DisplayFrame
from edge_app.web.board import Board

if TYPE_CHECKING:
    from edge_app.web.link import ServerProcess

TOKEN_VARIABLE = "FIELDLENS_WEB_TOKEN"
DEFAULT_PORT = 8080
_SHORTEST_TOKEN = 8


class WebSink:
    """Serves the newest result to browsers, from a process of its own.

    Taking a result costs the loop a few assignments; a picture is handed over, drawn and encoded once for all viewers,
    and only while somebody watches.

    Args:
        address: to listen on; anything but this machine's own (loopback) needs a token.
        port: 0 takes any free one.
        token: what viewers must show; None: none on loopback, otherwise `FIELDLENS_WEB_TOKEN` or a random one.

    Raises:
        MissingDependencyError: the `web` extra is not installed.
        UsageError: the address is none, or the token too short.
    """

    def __init__(self, address: str = "127.0.0.1", port: int = DEFAULT_PORT, token: str | None = None) -> None:
        if find_spec("aiohttp") is None:  # not imported: only the server's process needs it
            raise MissingDependencyError('--web needs aiohttp; run: pip install "fieldlens[web]"')
        self.address, self._port = address, port
        self.token = _token_for(address, token)
        self._board = Board()
        self._server: ServerProcess | None = None

    def __enter__(self) -> Self:
        from edge_app.web.link import ServerProcess, Settings

        self._server = ServerProcess(self._board, Settings(self.address, self._port, self.token))
        note(f"watch at {self.url}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._server is not None:
            self._server.stop()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port if self._server is None else self._server.settings.port

    @property
    def url(self) -> str:
        """Where the page is, with the token."""
        host = _host_to_show(self.address)
        return f"http://{host}:{self.port}/" + (f"?token={quote(self.token)}" if self.token else "")

    def take(self, shown: DisplayFrame) -> bool:
        """Keep the newest result for whoever watches."""
        self._board.post(shown)
        return True


def is_loopback(address: str) -> bool:
    """Tell whether only this machine can reach an address.

    Raises:
        UsageError: it is no address.
    """
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError as error:
        raise UsageError(
            f"`--web-address {address}` is no IP address; give one of this machine's, or 0.0.0.0 for all of them"
        ) from error


def same_token(given: str, wanted: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode(), wanted.encode())


def _token_for(address: str, token: str | None) -> str | None:
    given = token or os.environ.get(TOKEN_VARIABLE)
    if given is not None and len(given) < _SHORTEST_TOKEN:
        raise UsageError(f"the token of --web has {len(given)} characters; {_SHORTEST_TOKEN} are the least")
    if given is not None:
        return given
    return None if is_loopback(address) else secrets.token_urlsafe(12)


def _host_to_show(address: str) -> str:
    if address in ("0.0.0.0", "::"):
        import socket

        return socket.gethostname() + (".local" if sys.platform.startswith("linux") else "")
    return f"[{address}]" if ":" in address else address
