"""The HTTP server of `--web`: a process of its own with the lowest priority, started by `server_process`.

aiohttp, because its wheels cover 64- and 32-bit ARM on every Python we support, and because it hands out the connection
of a viewer that has stalled, so that it can be cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import cv2
from aiohttp import web

from edge_app.common.notices import Once
from edge_app.display.overlay import Overlay, draw_overlay
from edge_app.photographs.decoder import Image
from edge_app.web.access import TokenCheck, TooManyGuesses, cookie_for, is_own_name, same_token
from edge_app.web.gate import HEADERS, Connection, Gatekeeper, network_of
from edge_app.web.link import HEALTH, STATE, ClassifierLink, ServerSettings, is_loopback

PICTURES_PER_S = 15.0
STATES_PER_S = 4.0
_KEPT_S = 0.2
"""One answer serves all who ask within this time."""
MOST_STREAMS, RESERVED_STREAMS = 64, 8
"""Open at the same time; the reserve is for networks that have none yet."""
_LONGEST_PAUSE_S = 1.0
_OTHER_FILES = 256
"""Descriptors for everything but connections that wait: answers, streams, the link, libraries."""
_LEAST_WAITING = 64
_PAGE = Path(__file__).parent / "page"
_FILES = {"/page.css": "text/css", "/page.js": "text/javascript"}
_COOKIE = "fieldlens"
_BOUNDARY = "fieldlens-frame"
_JPEG_QUALITY = 80
_HEARTBEAT_S = 0.25
_NICENESS = 19
_SILENT = logging.Logger("aiohttp, whose tracebacks quote requests", logging.CRITICAL + 1)
_TOLD = Once()

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
        self._streams: Counter[str] = Counter()
        self._state_text, self._health_text = (_Kept(partial(self._ask, link.text, what)) for what in (STATE, HEALTH))
        self._token_check = TokenCheck(settings.token, settings.wrong_token_s) if settings.token else None

    async def serve(self) -> None:
        """Listen, tell the classifier where, and serve.

        Raises:
            OSError: the system refuses the address or the port.
            EOFError: the classifier has ended.
        """
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: _note_fault(context.get("exception")))
        # a handler ends with its connection: a stream that waits for a picture would keep its place otherwise
        runner = web.AppRunner(
            self._application(), handle_signals=False, access_log=None, logger=_SILENT, handler_cancellation=True
        )
        await runner.setup()
        assert runner.server is not None
        most_waiting = _most_waiting(self._settings.most_waiting)
        gatekeeper = Gatekeeper(runner.server, self._settings.head_s, most_waiting)
        self._link.report_start({"port": await gatekeeper.listen(self._settings.address, self._settings.port)})
        await self._encode()

    async def _ask(self, question: Callable[..., _T], *arguments: object) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, question, *arguments)

    def _application(self) -> web.Application:
        async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._answer(request, handler)

        application = web.Application(middlewares=[web.middleware(answer)])
        application.on_response_prepare.append(_add_headers)
        routes = [("/", self._page), ("/state.json", self._state), ("/events", self._events), ("/health", self._health)]
        routes += [(path, self._static) for path in _FILES]
        routes += [(path, self._pictures) for path in self._channels]
        for path, handler in routes:
            streams = handler in (self._events, self._pictures)
            application.router.add_get(path, handler, allow_head=not streams)
        return application

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who may see, and answer in one line whatever happens: what a request holds is not for a log."""
        try:
            refused = None if request.path == "/health" else await self._refused(request)
            return await handler(request) if refused is None else refused
        except web.HTTPException as answer:
            return web.Response(status=answer.status, text=f"{answer.reason.lower()}\n")
        except EOFError:
            return web.Response(status=503, text="the classifier has ended\n")
        except Exception as fault:  # aiohttp would write it down whole, with the request
            _note_fault(fault)
            return web.Response(status=503, text="the server had a fault\n")

    async def _refused(self, request: web.Request) -> web.StreamResponse | None:
        """Let in who shows the token or its cookie; without a token, this machine's own browser under its own name."""
        address = self._settings.address
        if self._token_check is None:
            # another site's page could point its own name here; its Host header gives it away
            if is_loopback(address) and not is_own_name(request.host, address):
                return web.Response(status=403, text="this page answers to localhost only\n")
            return None
        assert self._settings.token is not None
        cookie = cookie_for(self._settings.token)
        if same_token(request.cookies.get(_COOKIE, ""), cookie):
            return _to_page() if request.path == "/" and request.query_string else None
        given = request.query.get("token") or request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            if given and await self._token_check.fits(given, network_of(request.remote or "")):
                return None if request.path != "/" or "token" not in request.query else _to_page(cookie)
        except TooManyGuesses:
            return web.Response(
                status=429, headers={"Retry-After": "1"}, text="too many wrong tokens; wait a second and try again\n"
            )
        return web.Response(status=401, text="open the address with its token, as the program printed it\n")

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(body=(_PAGE / "index.html").read_bytes(), content_type="text/html")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        body = (_PAGE / request.path.removeprefix("/")).read_bytes()
        return web.Response(body=body, content_type=_FILES[request.path])

    async def _state(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text=await self._state_text(), content_type="application/json")

    async def _health(self, _request: web.Request) -> web.StreamResponse:
        healthy, about = json.loads(await self._health_text())
        return web.json_response(about, status=200 if healthy else 503)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        return await self._stream(request, "text/event-stream", self._states())

    async def _states(self) -> AsyncGenerator[bytes]:
        while True:
            yield f"data: {await self._state_text()}\n\n".encode()
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
        network = network_of(request.remote or "")
        streams = self._streams.total()
        if streams >= MOST_STREAMS + RESERVED_STREAMS or (streams >= MOST_STREAMS and self._streams[network]):
            return web.Response(status=503, text=f"{streams} streams are open; close one\n")
        self._streams[network] += 1
        response = web.StreamResponse(headers={"Content-Type": kind})
        try:
            _connection(request).stay()
            await response.prepare(request)
            async for piece in pieces:
                await asyncio.wait_for(response.write(piece), self._settings.stall_s)
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
        except (ConnectionError, EOFError):
            pass  # the viewer, or the classifier, has left
        finally:
            self._streams[network] -= 1
            self._streams += Counter()  # forgets who has none
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
        """Encode the newest result for every channel that somebody watches.

        Three quarters of the time are left to whoever opens the page: fewer pictures come if the processor is busy.
        """
        busy_s = 0.0
        while True:
            pause_s = min(max(1 / PICTURES_PER_S, 3 * busy_s), _LONGEST_PAUSE_S) if self._watched() else _HEARTBEAT_S
            before_s = time.monotonic()
            await asyncio.sleep(pause_s)
            late_s = time.monotonic() - before_s - pause_s  # what sending the last picture took
            begin_s = time.monotonic()
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
            busy_s = late_s + time.monotonic() - begin_s


class _Kept:
    """An answer of the classifier, kept for a moment: who asks often costs it nothing."""

    def __init__(self, ask: Callable[[], Awaitable[str]]) -> None:
        self._ask, self._lock = ask, asyncio.Lock()
        self._text, self._until_s = "", 0.0

    async def __call__(self) -> str:
        async with self._lock:
            if time.monotonic() >= self._until_s:
                self._text = await self._ask()
                self._until_s = time.monotonic() + _KEPT_S
            return self._text


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


def _to_page(cookie: str | None = None) -> web.Response:
    """Send on to the page without the token in its address."""
    response = web.Response(status=303, headers={"Location": "/"})
    if cookie is not None:
        response.set_cookie(_COOKIE, cookie, httponly=True, samesite="Strict", max_age=30 * 86400)
    return response


def _connection(request: web.Request) -> Connection:
    if request.transport is None:
        raise ConnectionResetError("the viewer has left")
    connection = request.transport.get_protocol()
    assert isinstance(connection, Connection)
    return connection


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers.pop("Server", None)


def _note_fault(fault: BaseException | None) -> None:
    """Name a fault by its kind, once: what came with it may hold a token."""
    _TOLD.note(f"the web server had a fault ({type(fault).__name__}) and goes on")


def _most_waiting(wanted: int) -> int:
    """Return how many connections may wait; each is a file to the system, which is asked to allow that many."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = wanted + _OTHER_FILES if hard == resource.RLIM_INFINITY else min(wanted + _OTHER_FILES, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, files), hard))
    return min(wanted, max(_LEAST_WAITING, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _OTHER_FILES))


if __name__ == "__main__":
    raise SystemExit(main())
