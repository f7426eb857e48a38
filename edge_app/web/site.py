"""Pages behind the gate: who may see, and who may change something, is settled before any handler is asked.

aiohttp, because its wheels cover 64- and 32-bit ARM on every Python we support, and because it hands out the connection
of a viewer that has stalled, so that it can be cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from edge_app.common.errors import FieldLensError, OutputError
from edge_app.common.notices import Once
from edge_app.web.access import TokenCheck, TooManyGuesses, cookie_for, is_own_name, same_token
from edge_app.web.gate import HEADERS, Gatekeeper, network_of
from edge_app.web.link import ServerSettings, is_loopback

_OTHER_FILES = 256
"""Descriptors for everything but connections that wait: answers, streams, the link, libraries."""
_LEAST_WAITING = 64
_SILENT = logging.Logger("aiohttp, whose tracebacks quote requests", logging.CRITICAL + 1)
_TOLD = Once()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Route:
    """What answers to a path.

    Attributes:
        path: as aiohttp writes it: `/picture/{number}`.
        handler: of the request.
        changes: whether it changes something: it is asked for with POST then, by a page of this site alone.
        streams: whether its answer has no end.
        open_to_all: whether it needs no token.
    """

    path: str
    handler: Handler
    changes: bool = False
    streams: bool = False
    open_to_all: bool = False


def page_routes(folder: Path, files: Mapping[str, str]) -> list[Route]:
    """Return the routes of a page: `index.html` of a folder at `/`, and files of it by their paths.

    Args:
        folder: of the page.
        files: types of content by path: `{"/page.css": "text/css"}`.
    """

    def route(path: str, name: str, content_type: str) -> Route:
        async def answer(_request: web.Request) -> web.StreamResponse:
            return web.Response(body=(folder / name).read_bytes(), content_type=content_type)

        return Route(path, answer)

    static = [route(path, path.removeprefix("/"), content_type) for path, content_type in files.items()]
    return [route("/", "index.html", "text/html"), *static]


class Site:
    """Routes on an address.

    Args:
        settings: where to listen and whom to let in.
        routes: all there are.
        cookie: name of the one that stands for the token. Browsers send the cookies of all ports of a machine.
        most_body_bytes: of a request that changes something; 0: none is taken.
        own_name_only: whether, on a loopback address, the token does not open the page under another name.
        headers: of every answer.
        tls: encrypts every connection; None: none is encrypted.
    """

    def __init__(
        self,
        settings: ServerSettings,
        routes: Sequence[Route],
        cookie: str = "fieldlens",
        most_body_bytes: int = 0,
        own_name_only: bool = False,
        headers: Mapping[str, str] = HEADERS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings, self._routes, self._cookie = settings, routes, cookie
        self._most_body_bytes, self._own_name_only = most_body_bytes, own_name_only
        self._headers, self._tls = headers, tls
        self._open: Collection[str] = {route.path for route in routes if route.open_to_all}
        self._token_check = TokenCheck(settings.token, settings.wrong_token_s) if settings.token else None
        self._parts: tuple[web.AppRunner, Gatekeeper] | None = None

    async def listen(self) -> int:
        """Start to answer, and return the port.

        Raises:
            OSError: the system refuses the address or the port.
        """
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: _note_fault(context.get("exception")))
        # a handler ends with its connection: a stream that waits for a picture would keep its place otherwise
        runner = web.AppRunner(
            self._application(),
            handle_signals=False,
            access_log=None,
            logger=_SILENT,
            handler_cancellation=True,
            shutdown_timeout=1.0,
        )
        await runner.setup()
        assert runner.server is not None
        settings = self._settings
        gatekeeper = Gatekeeper(
            runner.server,
            settings.head_s,
            most_waiting(settings.most_waiting),
            self._most_body_bytes,
            settings.answer_s,
        )
        self._parts = runner, gatekeeper
        return await gatekeeper.listen(settings.address, settings.port, self._tls)

    async def close(self) -> None:
        """Stop to answer."""
        if self._parts is not None:
            runner, gatekeeper = self._parts
            gatekeeper.close()
            await runner.cleanup()

    def _application(self) -> web.Application:
        async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._answer(request, handler)

        application = web.Application(
            middlewares=[web.middleware(answer)], client_max_size=max(1, self._most_body_bytes)
        )
        application.on_response_prepare.append(self._add_headers)
        for route in self._routes:
            if route.changes:
                application.router.add_post(route.path, route.handler)
            else:
                application.router.add_get(route.path, route.handler, allow_head=not route.streams)
        return application

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who may see, and answer in one line whatever happens: what a request holds is not for a log."""
        try:
            refused = None if request.path in self._open else await self._refused(request)
            return await handler(request) if refused is None else refused
        except web.HTTPException as answer:
            return web.Response(status=answer.status, text=f"{answer.reason.lower()}\n")
        except FieldLensError as error:
            return web.Response(status=409, text=f"{error}\n")
        except EOFError:
            return web.Response(status=503, text="the classifier has ended\n")
        except Exception as fault:  # aiohttp would write it down whole, with the request
            _note_fault(fault)
            return web.Response(status=503, text="the server had a fault\n")

    async def _refused(self, request: web.Request) -> web.StreamResponse | None:
        """Let in who shows the token or its cookie; without a token, this machine's own browser under its own name."""
        address = self._settings.address
        needs_own_name = self._token_check is None or self._own_name_only
        # another site's page could point its own name here; its Host header gives it away
        if needs_own_name and is_loopback(address) and not is_own_name(request.host, address):
            return web.Response(status=403, text="this page answers to localhost only\n")
        if request.method == "POST" and not _is_of_this_site(request):
            return web.Response(status=403, text="only a page of this site may change something\n")
        return await self._refused_without_token(request)

    async def _refused_without_token(self, request: web.Request) -> web.StreamResponse | None:
        if self._token_check is None:
            return None
        assert self._settings.token is not None
        cookie = cookie_for(self._settings.token)
        if same_token(request.cookies.get(self._cookie, ""), cookie):
            return self._to_page() if request.path == "/" and request.query_string else None
        given = request.query.get("token") or request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            if given and await self._token_check.fits(given, network_of(request.remote or "")):
                return None if request.path != "/" or "token" not in request.query else self._to_page(cookie)
        except TooManyGuesses:
            return web.Response(
                status=429, headers={"Retry-After": "1"}, text="too many wrong tokens; wait a second and try again\n"
            )
        return web.Response(status=401, text="open the address with its token, as the program printed it\n")

    async def _add_headers(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(self._headers)
        response.headers.pop("Server", None)

    def _to_page(self, cookie: str | None = None) -> web.Response:
        """Send on to the page without the token in its address."""
        response = web.Response(status=303, headers={"Location": "/"})
        if cookie is not None:
            response.set_cookie(self._cookie, cookie, httponly=True, samesite="Strict", max_age=30 * 86400)
        return response


async def listening(site: Site, settings: ServerSettings) -> int:
    """Let a site begin to answer; return its port.

    Raises:
        OutputError: the system refuses the address or the port.
    """
    try:
        return await site.listen()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(
            f"cannot listen on {settings.address} port {settings.port}: {reason}; try another one: --port 0"
        ) from error


def _is_of_this_site(request: web.Request) -> bool:
    """Tell whether a browser says that the request comes from a page of this very host and port."""
    return request.headers.get("Origin", "") in (f"http://{request.host}", f"https://{request.host}")  # or a tunnel


def _note_fault(fault: BaseException | None) -> None:
    """Name a fault by its kind, once: what came with it may hold a token."""
    _TOLD.note(f"the web server had a fault ({type(fault).__name__}) and goes on")


def most_waiting(wanted: int) -> int:
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
