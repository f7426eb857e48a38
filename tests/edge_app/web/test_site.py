"""Promises of sites that may change something, over real sockets: only their own pages do, and small bodies alone."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
from collections.abc import Iterator

import pytest

from edge_app.common.errors import DataError
from edge_app.web.access import cookie_for
from edge_app.web.gate import Refusal, clean_head
from edge_app.web.link import ServerSettings

TOKEN = "S3CRET-token"
MOST_BYTES = 100


@pytest.fixture
def heard() -> list[bytes]:
    """The bodies that reached the handler."""
    return []


@pytest.fixture
def port(heard: list[bytes]) -> Iterator[int]:
    """A site that takes notes, on this machine, with a token."""
    from aiohttp import web

    from edge_app.web.site import Route, Site

    async def note(request: web.Request) -> web.StreamResponse:
        heard.append(await request.read())
        if heard[-1] == b"no":
            raise DataError("`no` cannot be noted; say yes")
        return web.Response(text="noted\n")

    async def page(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="the page\n")

    routes = [Route("/", page), Route("/note", note, changes=True)]
    settings = ServerSettings("127.0.0.1", 0, TOKEN, wrong_token_s=0.01)
    loop, ports = asyncio.new_event_loop(), list[int]()
    site = Site(settings, routes, "notes", MOST_BYTES, own_name_only=True)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        ports.append(asyncio.run_coroutine_threadsafe(site.listen(), loop).result(10))
        yield ports[0]
    finally:
        asyncio.run_coroutine_threadsafe(site.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def ask(port: int, head: str, *pieces: bytes, login: bool = True, host: str = "") -> tuple[int, str]:
    """Send a request in pieces; return status and text."""
    cookie = f"Cookie: notes={cookie_for(TOKEN)}\r\n" if login else ""
    begin = f"{head} HTTP/1.1\r\nHost: {host or f'127.0.0.1:{port}'}\r\n{cookie}"
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.sendall(begin.encode())
        received = b""
        with contextlib.suppress(ConnectionError):
            for piece in pieces or (b"\r\n",):
                connection.sendall(piece)
            while part := connection.recv(1 << 16):
                received += part
    found = re.match(rb"HTTP/1\.[01] (\d{3}) ", received)
    return (0 if found is None else int(found[1])), received.rpartition(b"\r\n\r\n")[2].decode()


def post(port: int, body: bytes, origin: str | None = None, login: bool = True) -> tuple[int, str]:
    origin = f"http://127.0.0.1:{port}" if origin is None else origin
    headers = f"Origin: {origin}\r\nContent-Length: {len(body)}\r\n\r\n"
    return ask(port, "POST /note", headers.encode(), body, login=login)


def test_a_page_of_the_site_may_change_something(port: int, heard: list[bytes]) -> None:
    assert post(port, b"one") == (200, "noted\n")
    assert heard == [b"one"]


def test_a_refusal_of_the_program_is_told_in_its_sentence(port: int) -> None:
    assert post(port, b"no") == (409, "`no` cannot be noted; say yes\n")


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null", "", "http://127.0.0.1:PORT.x"])
def test_pages_of_other_sites_change_nothing(port: int, heard: list[bytes], origin: str) -> None:
    assert post(port, b"two", origin.replace("PORT", str(port)))[0] == 403
    assert heard == []


def test_without_the_token_nothing_is_changed_and_the_page_of_another_name_is_not_shown(
    port: int, heard: list[bytes]
) -> None:
    assert post(port, b"three", login=False)[0] == 401
    assert ask(port, "GET /", host="evil.example")[0] == 403
    assert ask(port, "GET /") == (200, "the page\n")
    assert heard == []


def test_what_follows_the_stated_body_never_reaches_the_server(port: int, heard: list[bytes]) -> None:
    headers = f"Origin: http://127.0.0.1:{port}\r\nContent-Length: 4\r\n\r\n".encode()
    second = b"POST /note HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
    assert ask(port, "POST /note", headers, b"fo", b"ur" + second) == (200, "noted\n")
    assert heard == [b"four"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("", 411),
        ("Content-Length: many\r\n", 411),
        (f"Content-Length: {MOST_BYTES + 1}\r\n", 413),
        ("Content-Length: 1\r\nContent-Length: 2\r\n", 400),
        ("Transfer-Encoding: chunked\r\n", 400),
    ],
)
def test_a_body_without_one_small_length_is_refused_at_the_gate(
    port: int, heard: list[bytes], headers: str, status: int
) -> None:
    assert ask(port, "POST /note", f"{headers}\r\n".encode(), b"0123")[0] == status
    assert heard == []


def test_where_nothing_can_be_changed_there_is_no_post() -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nOrigin: y\r\nContent-Length: 1"
    with pytest.raises(Refusal, match="only GET"):
        clean_head(head)
    assert clean_head(head, 1).count(b"\r\n") == 6
