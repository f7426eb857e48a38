"""The live preview of a device without a screen: picture, labels, history and times in a browser."""

from __future__ import annotations

from typing import Self

from edge_app.common.notices import note
from edge_app.display.display_frame import DisplayFrame
from edge_app.web.address import page_url, require_aiohttp, token_for
from edge_app.web.link import ServerSettings
from edge_app.web.server_process import Buttons, PreviewState, ServerProcess

DEFAULT_PORT = 8080


class WebSink:
    """Serves the newest result to browsers, from a process of its own.

    A result costs the loop a few assignments; pictures are sent, drawn and encoded once for all viewers, and only while
    somebody watches.

    Args:
        address: to listen on; anything but this machine's own (loopback) needs a token.
        port: 0 takes any free one.
        token: what viewers must show; None: `FIELDLENS_WEB_TOKEN`, or none on loopback and a random one elsewhere.
        buttons: of the page; None: it has none.

    Raises:
        MissingDependencyError: the `web` extra is not installed.
        UsageError: the address is not an IP address, or the token is too short.
    """

    def __init__(
        self,
        address: str = "127.0.0.1",
        port: int = DEFAULT_PORT,
        token: str | None = None,
        buttons: Buttons | None = None,
    ) -> None:
        require_aiohttp("--web")  # not imported: only the server's process needs it
        self.address, self._port = address, port
        self.token = token_for(address, token)
        self._state, self._acting = PreviewState(buttons), buttons is not None
        self._server: ServerProcess | None = None

    def __enter__(self) -> Self:
        settings = ServerSettings(self.address, self._port, self.token, acting=self._acting)
        self._server = ServerProcess(self._state, settings)
        note(f"watch at {self.url}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._server is not None:
            self._server.stop()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port if self._server is None else self._server.settings.port

    @property
    def url(self) -> str:
        """Address of the page, with the token."""
        return page_url(self.address, self.port, self.token)

    def consume(self, display_frame: DisplayFrame) -> bool:
        """Keep the newest result for the viewers."""
        self._state.publish(display_frame)
        return True
