"""The HTTP server of `--web`: a process of its own with the lowest priority, started by `server_process`.

aiohttp, because its wheels cover 64- and 32-bit ARM on every Python we support, and because it hands out the connection
of a viewer that has stalled, so that it can be cut.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
from aiohttp import web

from edge_app.display.overlay import Overlay, draw_overlay
from edge_app.photographs.decoder import Image
from edge_app.web.link import HEALTH, STATE, ClassifierLink, ServerSettings, is_loopback, same_token

PICTURES_PER_S = 15.0
STATES_PER_S = 4.0
_STATE_KEPT_S = 0.2
"""One answer serves all who ask within this time."""
MOST_VIEWERS = 64
_PAGE = Path(__file__).parent / "page"
_FILES = {"/page.css": "text/css", "/page.js": "text/javascript"}
_COOKIE = "fieldlens"
_BOUNDARY = "fieldlens-frame"
_JPEG_QUALITY = 80
_HEARTBEAT_S = 0.25
_NICENESS = 19
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")

_T = TypeVar("_T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class _Channel:
    """One kind of picture: encoded while it has viewers, the newest one kept."""

    overlay: bool
    viewers: int = 0
    number: int = 0
    jpeg: bytes = b""
    of: int = 0
    """Number of the picture that was encoded."""


class Server:
    """Runs until the classifier has ended.

    Args:
        link: the link to the classifier.
        settings: where to listen and whom to let in.
    """

    def __init__(self, link: ClassifierLink, settings: ServerSettings) -> None:
        self._link, self._settings = link, settings
        self._channels = {"/picture.mjpg": _Channel(overlay=False), "/stream.mjpg": _Channel(overlay=True)}
        # one thread: questions are asked one after the other
        self._worker = ThreadPoolExecutor(1, "web worker")
        self._fresh = asyncio.Condition()
        self._newest: tuple[Overlay, Image] | None = None
        self._number = 0
        self._watchers = 0
        self._state_text, self._state_until_s = "", 0.0

    async def serve(self) -> None:
        """Listen, tell the classifier where, and serve.

        Raises:
            OSError: the system refuses the address or the port.
            EOFError: the classifier has ended.
        """
        runner = web.AppRunner(self._application(), handle_signals=False, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, self._settings.address, self._settings.port)
        await site.start()
        self._link.report_start({"port": runner.addresses[0][1]})
        await self._encode()

    async def _ask(self, question: Callable[..., _T], *arguments: object) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, question, *arguments)

    def _application(self) -> web.Application:
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guard(request, handler)

        application = web.Application(middlewares=[web.middleware(guard)])
        routes = [("/", self._page), ("/state.json", self._state), ("/events", self._events), ("/health", self._health)]
        routes += [(path, self._static) for path in _FILES]
        routes += [(path, self._pictures) for path in self._channels]
        for path, handler in routes:
            application.router.add_get(path, handler)
        return application

    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who may see: whoever shows the token; without one, this machine's own browser under its own name."""
        if request.path == "/health":
            return await handler(request)
        if self._settings.token is None:
            # another site's page could point its own name here; its Host header gives it away
            if is_loopback(self._settings.address) and _host_name(request.host) not in _LOCAL_NAMES:
                return web.Response(status=403, text="this page answers to localhost only\n")
            return await handler(request)
        if same_token(request.query.get("token", ""), self._settings.token) and request.path == "/":
            response = web.Response(status=303, headers={"Location": "/"} | _HEADERS)
            response.set_cookie(_COOKIE, self._settings.token, httponly=True, samesite="Strict", max_age=30 * 86400)
            return response
        shown = (
            request.cookies.get(_COOKIE, ""),
            request.query.get("token", ""),
            request.headers.get("Authorization", "").removeprefix("Bearer "),
        )
        if any(same_token(token, self._settings.token) for token in shown):
            return await handler(request)
        return web.Response(status=401, text="open the address with its token, as the program printed it\n")

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(body=(_PAGE / "index.html").read_bytes(), content_type="text/html", headers=_HEADERS)

    async def _static(self, request: web.Request) -> web.StreamResponse:
        body = (_PAGE / request.path.removeprefix("/")).read_bytes()
        return web.Response(body=body, content_type=_FILES[request.path], headers=_HEADERS)

    async def _state(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text=await self._newest_state(), content_type="application/json", headers=_HEADERS)

    async def _health(self, _request: web.Request) -> web.StreamResponse:
        healthy, about = json.loads(await self._ask(self._link.text, HEALTH))
        return web.json_response(about, status=200 if healthy else 503)

    async def _newest_state(self) -> str:
        now_s = time.monotonic()
        if now_s >= self._state_until_s:
            self._state_until_s = now_s + _STATE_KEPT_S
            self._state_text = await self._ask(self._link.text, STATE)
        return self._state_text

    async def _events(self, request: web.Request) -> web.StreamResponse:
        return await self._stream(request, "text/event-stream", self._states())

    async def _states(self) -> AsyncGenerator[bytes]:
        while True:
            yield f"data: {await self._newest_state()}\n\n".encode()
            await asyncio.sleep(1 / STATES_PER_S)

    async def _pictures(self, request: web.Request) -> web.StreamResponse:
        kind = f"multipart/x-mixed-replace; boundary={_BOUNDARY}"
        return await self._stream(request, kind, self._parts(self._channels[request.path]))

    async def _parts(self, channel: _Channel) -> AsyncGenerator[bytes]:
        """Yield the newest picture, and when it is through the one that is newest then."""
        if channel.viewers == 0:  # what was encoded for the last viewer may be hours old
            channel.number, channel.jpeg, channel.of = channel.number + 1, b"", 0
        sent = channel.number - bool(channel.jpeg)
        channel.viewers += 1
        try:
            while True:
                sent = await self._next_number(channel, sent)
                yield _part(channel.jpeg)
        finally:
            channel.viewers -= 1

    async def _stream(self, request: web.Request, kind: str, pieces: AsyncGenerator[bytes]) -> web.StreamResponse:
        """Send pieces until the viewer leaves; cut one who stalls: what waits for him would be kept for ever."""
        if self._watchers >= MOST_VIEWERS:
            raise web.HTTPServiceUnavailable(text=f"{MOST_VIEWERS} streams are open; close one\n")
        self._watchers += 1
        response = web.StreamResponse(headers=_HEADERS | {"Content-Type": kind})
        try:
            await response.prepare(request)
            async for piece in pieces:
                await asyncio.wait_for(response.write(piece), self._settings.stall_s)
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
        except (ConnectionError, EOFError):
            pass  # the viewer, or the classifier, has left
        finally:
            self._watchers -= 1
            await pieces.aclose()
        return response

    async def _next_number(self, channel: _Channel, sent: int) -> int:
        """Wait for a picture that was not sent yet."""
        async with self._fresh:
            await self._fresh.wait_for(lambda: channel.number > sent)
        return channel.number

    def _watched(self) -> list[_Channel]:
        return [channel for channel in self._channels.values() if channel.viewers]

    async def _encode(self) -> None:
        """Encode the newest result for every channel that somebody watches."""
        while True:
            await asyncio.sleep(1 / PICTURES_PER_S if self._watched() else _HEARTBEAT_S)
            watched = self._watched()
            if not watched:
                await self._ask(self._link.text, HEALTH)  # nobody asks otherwise, and a link that is closed must end us
                continue
            newest = await self._ask(self._link.picture)
            if newest is not None:
                self._newest, self._number = newest, self._number + 1
            for channel in watched:
                if self._newest is not None and channel.of != self._number:
                    channel.jpeg = await self._ask(_encoded, *self._newest, channel.overlay)
                    channel.of, channel.number = self._number, channel.number + 1
            async with self._fresh:
                self._fresh.notify_all()


def main() -> int:
    """Serve until the classifier closes the link."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both; the classifier says when to end
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    cv2.setNumThreads(1)
    link = ClassifierLink(sys.stdout.buffer, sys.stdin.buffer)
    settings = link.read_settings()
    try:
        asyncio.run(Server(link, settings).serve())
    except (EOFError, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python flushes at its end
    except OSError as error:
        link.report_start({"error": (error.strerror or str(error)).lower()})
        return 1
    return 0


def _encoded(overlay: Overlay, image_bgr: Image, with_overlay: bool) -> bytes:
    drawn = draw_overlay(image_bgr, overlay) if with_overlay else image_bgr
    return bytes(cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1])


def _part(jpeg: bytes) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"


def _host_name(host: str) -> str:
    """Take the port off a Host header."""
    return host.rsplit("]", 1)[0].lstrip("[") if host.startswith("[") else host.split(":", 1)[0]


if __name__ == "__main__":
    raise SystemExit(main())
