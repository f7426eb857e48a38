"""A bundle of `fieldlens convert web` on an https address, for a phone in the same network."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from edge_app.web.content import CONTENT_TYPES, ISOLATION
from edge_app.web.gate import HEADERS
from edge_app.web.link import ServerSettings
from edge_app.web.site import Route, Site, listening

_COOKIE = "fieldlens-phone"
_POLICY = "Content-Security-Policy"  # the page brings its own, which WebAssembly and the camera need


async def serve_bundle(
    folder: Path, settings: ServerSettings, tls: ssl.SSLContext, idle_s: float, ready: Callable[[int], None]
) -> None:
    """Serve until nobody has asked for anything for some time; Ctrl-C ends it too.

    Args:
        folder: a bundle; files that come into it later are not served.
        settings: where to listen and whom to let in.
        tls: the certificate.
        idle_s: for how long.
        ready: gets the port.

    Raises:
        OutputError: the system refuses the address or the port.
    """
    bundle = _Bundle(folder)
    headers = {name: value for name, value in HEADERS.items() if name != _POLICY} | ISOLATION
    site = Site(settings, bundle.routes(), _COOKIE, headers=headers, tls=tls)
    ready(await listening(site, settings))
    try:
        while (left_s := bundle.asked_s + idle_s - time.monotonic()) > 0:
            await asyncio.sleep(left_s)
    finally:
        await site.close()


class _Bundle:
    def __init__(self, folder: Path) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): path
            for path in folder.rglob("*")
            if path.suffix in CONTENT_TYPES and path.is_file() and path.resolve().is_relative_to(folder.resolve())
        }
        self.asked_s = time.monotonic()

    def routes(self) -> list[Route]:
        return [Route("/{path:.*}", self._answer)]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked_s = time.monotonic()
        path = self._files.get(request.match_info["path"] or "index.html")
        if path is None:
            raise web.HTTPNotFound
        content = await asyncio.get_running_loop().run_in_executor(None, path.read_bytes)
        return web.Response(body=content, content_type=CONTENT_TYPES[path.suffix])
