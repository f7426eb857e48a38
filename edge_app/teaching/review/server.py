"""The page of `fieldlens review`: what its server answers, and for how long it does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from edge_app.common.errors import PhotographError
from edge_app.common.notices import note
from edge_app.teaching.review.desk import Desk
from edge_app.web.address import page_url
from edge_app.web.link import ServerSettings
from edge_app.web.site import Route, Site, listening, page_routes

COOKIE = "fieldlens-review"
THUMBNAIL_PX, PICTURE_PX = 200, 1280
"""Longer sides of what the page shows."""

_MOST_BODY_BYTES = 1 << 16
_PATIENCE_S = 0.5
"""The page waits so long for the order of doubt before it shows another one."""
_PICTURES_KEPT = 1000  # thumbnails of 5 to 10 KB
_PAGE = Path(__file__).parent / "page"
_FILES = {"/page.css": "text/css", "/page.js": "text/javascript"}

_T = TypeVar("_T")


def serve(desk: Desk, settings: ServerSettings, ready: Callable[[str], None] = note) -> None:
    """Serve the page until Ctrl-C.

    Args:
        desk: what it shows.
        settings: where to listen and whom to let in.
        ready: gets the sentence with the page's address.

    Raises:
        OutputError: the system refuses the address or the port.
    """
    asyncio.run(_serve(ReviewSite(desk), settings, ready))


async def _serve(review: ReviewSite, settings: ServerSettings, ready: Callable[[str], None]) -> None:
    site = Site(settings, review.routes(), COOKIE, _MOST_BODY_BYTES, own_name_only=True)
    port = await listening(site, settings)
    ready(f"review at {page_url(settings.address, port, settings.token)}")
    try:
        await asyncio.Event().wait()
    finally:
        await site.close()


class ReviewSite:
    """Answers the page.

    Args:
        desk: what it shows and does.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        # decisions are kept in the order of the keys, and do not wait for pictures
        self._one, self._pictures = ThreadPoolExecutor(1, "desk"), ThreadPoolExecutor(2, "pictures")
        self._kept: dict[tuple[int, int], bytes] = {}

    def routes(self) -> list[Route]:
        """Return what is answered."""
        return [
            *page_routes(_PAGE, _FILES),
            Route("/frames.json", self._frames),
            Route("/state.json", self._state),
            Route(r"/thumbnail/{version:\d+}/{number:\d+}", self._thumbnail),
            Route(r"/picture/{version:\d+}/{number:\d+}", self._picture),
            Route(r"/explanation/{version:\d+}/{number:\d+}", self._explanation),
            Route("/decide", self._decide, changes=True),
            Route("/undo", self._undo, changes=True),
            Route("/apply", self._apply, changes=True),
            Route("/take-back", self._take_back, changes=True),
        ]

    async def _frames(self, _request: web.Request) -> web.StreamResponse:
        await _in(self._pictures, self._desk.wait, _PATIENCE_S)
        return web.json_response(await _in(self._one, self._desk.overview))

    async def _state(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(await _in(self._one, self._desk.state))

    async def _thumbnail(self, request: web.Request) -> web.StreamResponse:
        version, number = _numbers(request)
        if (version, number) not in self._kept:
            picture = partial(self._desk.picture, version, number, THUMBNAIL_PX)
            found = await self._jpeg(picture)
            if isinstance(found, web.Response):
                return found
            self._kept[version, number] = found
            for oldest in list(self._kept)[:-_PICTURES_KEPT]:
                del self._kept[oldest]
        return web.Response(body=self._kept[version, number], content_type="image/jpeg")

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        found = await self._jpeg(partial(self._desk.picture, *_numbers(request), PICTURE_PX))
        return found if isinstance(found, web.Response) else web.Response(body=found, content_type="image/jpeg")

    async def _explanation(self, request: web.Request) -> web.StreamResponse:
        found = await self._jpeg(partial(self._desk.explanation, *_numbers(request)))
        return found if isinstance(found, web.Response) else web.Response(body=found, content_type="image/jpeg")

    async def _jpeg(self, make: Callable[[], bytes]) -> bytes | web.Response:
        try:
            return await _in(self._pictures, make)
        except PhotographError as error:
            return web.Response(status=404, text=f"{error}\n")

    async def _decide(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, {"version": int, "numbers": list, "say": str, "folder": str})
        if not asked["numbers"] or not all(type(number) is int for number in asked["numbers"]):
            raise web.HTTPBadRequest
        return web.json_response(await self._done(self._desk.decide, *asked.values()))

    async def _undo(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, {"version": int})
        return web.json_response(await self._done(self._desk.undo, *asked.values()))

    async def _apply(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, {"version": int, "moved": int, "deleted": int})
        done = await self._done(self._desk.apply, *asked.values())
        self._kept.clear()
        return web.json_response(done)

    async def _take_back(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request, {"version": int})
        done = await self._done(self._desk.take_back, *asked.values())
        self._kept.clear()
        return web.json_response(done)

    async def _done(self, what: Callable[..., _T], *arguments: Any) -> _T:
        """Do something to its end, also if the browser has left meanwhile."""
        try:
            return await asyncio.shield(_in(self._one, what, *arguments))
        except ValueError as error:  # a word that cannot be said of a frame
            raise web.HTTPBadRequest from error


async def _in(threads: ThreadPoolExecutor, what: Callable[..., _T], *arguments: Any) -> _T:
    return await asyncio.get_running_loop().run_in_executor(threads, what, *arguments)


def _numbers(request: web.Request) -> tuple[int, int]:
    version, number = request.match_info["version"], request.match_info["number"]
    if len(version) > 9 or len(number) > 9:
        raise web.HTTPNotFound
    return int(version), int(number)


async def _body(request: web.Request, wanted: dict[str, type]) -> dict[str, Any]:
    """Return the fields of a request in the order in which they are wanted, each of its type."""
    try:
        given = json.loads(await request.read())
        fields = {name: given[name] for name in wanted}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise web.HTTPBadRequest from error
    if not all(type(fields[name]) is kind for name, kind in wanted.items()):
        raise web.HTTPBadRequest
    return fields
