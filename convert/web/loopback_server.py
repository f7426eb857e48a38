"""A folder served to this machine only, for a browser under test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from edge_app.web.content import CONTENT_TYPES, ISOLATION

PHOTOGRAPHS = "photograph"
"""`/photograph/3` is the fourth of the shared files, wherever it lies on the disk."""


class LoopbackServer:
    """Serves a folder on 127.0.0.1; a context manager.

    Args:
        folder: what `/` is.
        isolated: whether to send the two headers without which browsers forbid threads. `python -m http.server` does
            not send them.
        mounts: further folders, by what they are below `/`: `models/ours`.
    """

    def __init__(self, folder: Path, isolated: bool = False, mounts: Mapping[str, Path] | None = None) -> None:
        self.shared: Sequence[Path] = ()
        self.mounts = dict(mounts or {})
        handler = partial(_Handler, self, directory=str(folder))
        self._headers = ISOLATION if isolated else {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """The address, ending in a slash."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    @property
    def headers(self) -> dict[str, str]:
        """What is sent with every answer."""
        return dict(self._headers)

    def __enter__(self) -> LoopbackServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **CONTENT_TYPES}  # noqa: RUF012 - as the base class

    def __init__(self, owner: LoopbackServer, *arguments: Any, **settings: Any) -> None:
        self._owner = owner
        super().__init__(*arguments, **settings)

    def translate_path(self, path: str) -> str:
        """Find the file of an address."""
        first, _, rest = urlsplit(path).path.strip("/").partition("/")
        if first == PHOTOGRAPHS and rest.isdigit() and int(rest) < len(self._owner.shared):
            return str(self._owner.shared[int(rest)])
        for prefix, folder in self._owner.mounts.items():
            if path.startswith(f"/{prefix}/"):
                self.directory = str(folder)
                return super().translate_path(path.removeprefix(f"/{prefix}"))
        return super().translate_path(path)

    def end_headers(self) -> None:
        """Add the headers of the owner."""
        for name, value in self._owner.headers.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Print nothing."""
