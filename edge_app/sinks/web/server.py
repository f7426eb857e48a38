"""The HTTP server of `--web`, in a thread of its own with the least priority.

aiohttp, because its wheels cover 64- and 32-bit ARM on every Python we support, and because it hands out the connection
of a viewer that has stalled, so that it can be cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from edge_app.errors import OutputError
from edge_app.shown import Shown
from edge_app.sinks.web import is_loopback, same_token
from edge_app.sinks.web.board import Board, encode

PICTURES_PER_S = 15.0
STATES_PER_S = 4.0
STALL_S = 8.0
"""A viewer whose connection takes nothing for so long is dropped."""
MOST_VIEWERS = 64
_PAGE = Path(__file__).parent / "page"
_FILES = {"/page.css": "text/css", "/page.js": "text/javascript"}
_COOKIE = "fieldlens"
_BOUNDARY = "fieldlens-frame"
_NICENESS = 10
_START_S, _LEAVE_S = 15.0, 5.0
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class _Channel:
    """One kind of picture: encoded while it has viewers, the newest one kept."""

    overlay: bool
    viewers: int = 0
    number: int = 0
    jpeg: bytes = b""
    of: Shown | None = None


class Server:
    """Runs until it is stopped.

    Args:
        board: what to show.
        address: to listen on.
        port: 0 takes any free one; `port` tells which after `start`.
        token: what viewers must show; None: none.
        stall_s: see `STALL_S`.
    """

    def __init__(self, board: Board, address: str, port: int, token: str | None, stall_s: float = STALL_S) -> None:
        self.port = port
        self._board, self._address, self._token, self._stall_s = board, address, token, stall_s
        self._channels = {"/picture.mjpg": _Channel(overlay=False), "/stream.mjpg": _Channel(overlay=True)}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="web server", daemon=True)
        self._started = threading.Event()
        self._stopping: asyncio.Event | None = None
        self._fresh: asyncio.Condition | None = None
        self._fault: Exception | None = None
        self._watchers = 0

    def start(self) -> None:
        """Listen.

        Raises:
            OutputError: the system refuses the address or the port.
        """
        self._thread.start()
        if not self._started.wait(_START_S):
            raise OutputError("the web server did not start")
        if self._fault is not None:
            self._thread.join(_LEAVE_S)
            if not isinstance(self._fault, OSError):
                raise self._fault
            reason = (self._fault.strerror or str(self._fault)).lower()
            raise OutputError(
                f"--web cannot listen on {self._address} port {self.port}: {reason}; try another port: --web 8090"
            ) from self._fault

    def stop(self) -> None:
        """End all connections and the thread."""
        if self._stopping is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(_LEAVE_S)

    @property
    def viewers(self) -> int:
        """How many pictures streams are open."""
        return sum(channel.viewers for channel in self._channels.values())

    # In the server's thread.

    def _run(self) -> None:
        _step_back()
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except Exception as error:  # `start` raises it
            self._fault = error
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
            self._started.set()

    async def _serve(self) -> None:
        self._stopping, self._fresh = asyncio.Event(), asyncio.Condition()
        runner = web.AppRunner(self._application(), handle_signals=False, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        with ThreadPoolExecutor(1, "web encoder", initializer=_step_back) as encoder:
            encoding = None
            try:
                site = web.TCPSite(runner, self._address, self.port)
                await site.start()
                self.port = runner.addresses[0][1]
                encoding = asyncio.create_task(self._encode(encoder))
                self._started.set()
                await self._stopping.wait()
            finally:
                if encoding is not None:
                    encoding.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await encoding
                async with self._fresh:
                    self._fresh.notify_all()
                await runner.cleanup()

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
        if self._token is None:
            # another site's page could point its own name here; its Host header gives it away
            if is_loopback(self._address) and _host_name(request.host) not in _LOCAL_NAMES:
                return web.Response(status=403, text="this page answers to localhost only\n")
            return await handler(request)
        if same_token(request.query.get("token", ""), self._token) and request.path == "/":
            response = web.Response(status=303, headers={"Location": "/"} | _HEADERS)
            response.set_cookie(_COOKIE, self._token, httponly=True, samesite="Strict", max_age=30 * 86400)
            return response
        shown = (
            request.cookies.get(_COOKIE, ""),
            request.query.get("token", ""),
            request.headers.get("Authorization", "").removeprefix("Bearer "),
        )
        if any(same_token(token, self._token) for token in shown):
            return await handler(request)
        return web.Response(status=401, text="open the address with its token, as the program printed it\n")

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(body=(_PAGE / "index.html").read_bytes(), content_type="text/html", headers=_HEADERS)

    async def _static(self, request: web.Request) -> web.StreamResponse:
        body = (_PAGE / request.path.removeprefix("/")).read_bytes()
        return web.Response(body=body, content_type=_FILES[request.path], headers=_HEADERS)

    async def _state(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text=self._state_text(), content_type="application/json", headers=_HEADERS)

    async def _health(self, _request: web.Request) -> web.StreamResponse:
        healthy, about = self._board.health()
        text = json.dumps(about)
        return web.Response(status=200 if healthy else 503, text=text, content_type="application/json")

    def _state_text(self) -> str:
        return json.dumps(self._board.state() | {"viewers": self.viewers})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers=_HEADERS | {"Content-Type": "text/event-stream"})
        async with self._watching(request, response):
            while not self._is_stopping():
                await self._send(response, f"data: {self._state_text()}\n\n".encode())
                await asyncio.sleep(1 / STATES_PER_S)
        return response

    async def _pictures(self, request: web.Request) -> web.StreamResponse:
        """Send the newest picture, wait until it is through, send the one that is newest then."""
        channel = self._channels[request.path]
        kind = f"multipart/x-mixed-replace; boundary={_BOUNDARY}"
        response = web.StreamResponse(headers=_HEADERS | {"Content-Type": kind})
        async with self._watching(request, response):
            channel.viewers += 1
            try:
                sent = 0
                while (sent := await self._next_number(channel, sent)) and not self._is_stopping():
                    await self._send(response, _part(channel.jpeg))
            finally:
                channel.viewers -= 1
        return response

    @contextlib.asynccontextmanager
    async def _watching(self, request: web.Request, response: web.StreamResponse) -> AsyncIterator[None]:
        """Open a stream, and cut it when it stalls: what waits in its buffer would keep the connection for ever."""
        if self._watchers >= MOST_VIEWERS:
            raise web.HTTPServiceUnavailable(text=f"{MOST_VIEWERS} streams are open; close one\n")
        self._watchers += 1
        try:
            await response.prepare(request)
            yield
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
        except (ConnectionError, asyncio.CancelledError):
            pass  # the viewer has left
        finally:
            self._watchers -= 1

    async def _send(self, response: web.StreamResponse, content: bytes) -> None:
        await asyncio.wait_for(response.write(content), self._stall_s)

    async def _next_number(self, channel: _Channel, sent: int) -> int:
        """Wait for a picture that was not sent yet."""
        assert self._fresh is not None
        async with self._fresh:
            await self._fresh.wait_for(lambda: channel.number > sent or self._is_stopping())
        return channel.number

    def _is_stopping(self) -> bool:
        return self._stopping is not None and self._stopping.is_set()

    async def _encode(self, encoder: ThreadPoolExecutor) -> None:
        """Encode the newest result of every channel that somebody watches."""
        assert self._fresh is not None
        while True:
            await asyncio.sleep(1 / PICTURES_PER_S)
            for channel in self._channels.values():
                newest = self._board.newest
                if not channel.viewers or newest is None or newest is channel.of:
                    continue
                channel.jpeg = await self._loop.run_in_executor(encoder, encode, newest, channel.overlay)
                channel.of, channel.number = newest, channel.number + 1
                async with self._fresh:
                    self._fresh.notify_all()


def _part(jpeg: bytes) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"


def _host_name(host: str) -> str:
    """Take the port off a Host header."""
    return host.rsplit("]", 1)[0].lstrip("[") if host.startswith("[") else host.split(":", 1)[0]


def _step_back() -> None:
    """Give the classifier the right of way: on Linux a thread has a priority of its own."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
