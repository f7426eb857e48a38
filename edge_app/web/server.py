"""The HTTP server of `--web`: a process of its own with the lowest priority, started by `server_process`."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
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

from edge_app.display.overlay import Overlay, draw_overlay
from edge_app.model.occlusion import LIMITS, Explained
from edge_app.photographs.decoder import Image
from edge_app.web.gate import Connection, network_of
from edge_app.web.link import HEALTH, STATE, ClassifierLink, ServerSettings
from edge_app.web.site import Route, Site, page_routes

PICTURES_PER_S = 15.0
STATES_PER_S = 4.0
_KEPT_S = 0.2
"""One answer serves all who ask within this time."""
MOST_STREAMS, RESERVED_STREAMS = 64, 8
"""Open at the same time; the reserve is for networks that have none yet."""
_LONGEST_PAUSE_S = 1.0
_IDLE_PER_BUSY = 6.0
"""Pause after a picture over the time that it took for all viewers: one of seven seconds, or less, is work."""
_PAGE = Path(__file__).parent / "page"
_FILES = {"/page.css": "text/css", "/page.js": "text/javascript", "/teach.js": "text/javascript"}
_ACTION = re.compile(r"[a-z]{1,16}(/[0-9]{1,4})?")
_BOUNDARY = "fieldlens-frame"
_JPEG_QUALITY = 80
_HEARTBEAT_S = 0.25
_EXPLAINING_S = 0.1
"""Between two questions whether a label is explained."""
_NICENESS = 19

_T = TypeVar("_T")


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
        self._explained_text = _Kept(self._found_out)

    async def serve(self) -> None:
        """Listen, tell the classifier where, and serve.

        Raises:
            OSError: the system refuses the address or the port.
            EOFError: the classifier has ended.
        """
        site = Site(self._settings, self._routes(), most_body_bytes=int(self._settings.acting))
        self._link.report_start({"port": await site.listen()})
        await self._encode()

    async def _ask(self, question: Callable[..., _T], *arguments: object) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, question, *arguments)

    def _routes(self) -> list[Route]:
        acting = [Route("/act/{what:.*}", self._act, changes=True)] if self._settings.acting else []
        return [
            *acting,
            *page_routes(_PAGE, _FILES),
            Route("/state.json", self._state),
            Route("/explained.json", self._explained),
            Route("/events", self._events, streams=True),
            Route("/health", self._health, open_to_all=True),
            *(Route(path, self._pictures, streams=True) for path in self._channels),
        ]

    async def _state(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text=await self._state_text(), content_type="application/json")

    async def _health(self, _request: web.Request) -> web.StreamResponse:
        healthy, about = json.loads(await self._health_text())
        return web.json_response(about, status=200 if healthy else 503)

    async def _act(self, request: web.Request) -> web.StreamResponse:
        """Do what a button asks for."""
        what = request.match_info["what"]
        if not _ACTION.fullmatch(what):
            return web.Response(status=404, text="there is no such button\n")
        return web.Response(text=await self._ask(self._link.act, what), content_type="application/json")

    async def _explained(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text=await self._explained_text(), content_type="application/json")

    async def _found_out(self) -> str:
        """Wait until the newest frame is explained; all who ask meanwhile get the same answer."""
        found = await self._ask(self._link.explained, True)
        while found is None:
            await asyncio.sleep(_EXPLAINING_S)
            found = await self._ask(self._link.explained, False)
        return await self._ask(_told, found)

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

        Most of the time is left to the classifier and to whoever opens the page: many viewers, or a busy processor, get
        fewer pictures.
        """
        busy_s = 0.0
        while True:
            needed_s = min(max(1 / PICTURES_PER_S, _IDLE_PER_BUSY * busy_s), _LONGEST_PAUSE_S)
            pause_s = needed_s if self._watched() else _HEARTBEAT_S
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


def _told(explained: Explained) -> str:
    from edge_app.display.explanation import draw_heat  # a start does not pay for letters

    heat = draw_heat(explained, beside=False)
    jpeg = bytes(cv2.imencode(".jpg", heat, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1])
    explanation = explained.explanation
    about = {
        "label": explanation.label,
        "answer": explanation.answer,
        "largest_drop": round(explanation.largest_drop, 4),
        "nothing_matters": explanation.is_flat,
        "sentences": explanation.sentences(),
        "limits": LIMITS,
        "map": explanation.cells.round(4).tolist(),
        "picture": f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}",
    }
    return json.dumps(about)


def _part(jpeg: bytes) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"


def _connection(request: web.Request) -> Connection:
    if request.transport is None:
        raise ConnectionResetError("the viewer has left")
    connection = request.transport.get_protocol()
    assert isinstance(connection, Connection)
    return connection


if __name__ == "__main__":
    raise SystemExit(main())
