"""What stands between the network and the HTTP server: who may be connected, and which bytes get through.

A preview needs little of HTTP, so little is let in: one request for each connection, `GET` or `HEAD`, no body, and of
the headers only those that the server reads; where a page may change something, also `POST` with a small body of the
length that it states. Everything else is answered here, in one line, and never reaches aiohttp's parser. A connection
that has not asked for anything yet may be cut at any time to make room for a new one, so that idle connections, however
many, keep nobody out.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import ssl
from collections.abc import Callable
from http import HTTPStatus
from typing import cast

MOST_ANSWERED = 64
"""Connections whose answer is on its way, streams and refusals not counted."""
_MOST_LINGERING = 64
"""Refused connections that may read why; more are closed at once."""
_LINGER_S = 1.0
_LONGEST_HEAD_BYTES = 8192
_MOST_AFTERWARDS_BYTES = 1 << 16
_ACCEPTED_AT_ONCE = 32
"""Far fewer than may wait: a request that came with its connection is read before newer ones could push it out."""
_BACKLOG = 1024

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Of every answer."""

_READ_HEADERS = (b"host", b"cookie", b"authorization")
_READ_OF_POST = (*_READ_HEADERS, b"origin", b"content-length")
_REQUEST_LINE = re.compile(rb"([A-Z]{1,16}) (/[!-~]{0,2047}) HTTP/1\.[01]")
_CLEAN_LENGTH = re.compile(rb"\r\ncontent-length: ([0-9]+)\r\n")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)")


class Refusal(Exception):  # noqa: N818 (an answer, not an error)
    """A request that is answered at the gate.

    Args:
        status: of HTTP.
        sentence: the answer's text.
    """

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


def clean_head(head: bytes, most_body_bytes: int = 0) -> bytes:
    """Return a request as the server may see it.

    Args:
        head: request line and headers, without the empty line at the end; any bytes.
        most_body_bytes: of a `POST`; 0: none is answered.

    Returns:
        The same request, complete, with the headers that the server reads and `Connection: close`.

    Raises:
        Refusal: it is not a request that this page answers.
    """
    first, *lines = head.split(b"\r\n")
    asked = _REQUEST_LINE.fullmatch(first)
    if asked is None:
        raise Refusal(HTTPStatus.BAD_REQUEST, "this is not a request for a page")
    posts = asked[1] == b"POST" and most_body_bytes > 0
    if asked[1] not in (b"GET", b"HEAD") and not posts:
        raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "only GET is answered")
    read, kept = _READ_OF_POST if posts else _READ_HEADERS, dict[bytes, bytes]()
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header is None:
            raise Refusal(HTTPStatus.BAD_REQUEST, "a header is malformed")
        name, value = header[1].lower(), header[2].rstrip(b" \t")
        if name == b"transfer-encoding" or (name == b"content-length" and value != b"0" and not posts):
            raise Refusal(HTTPStatus.BAD_REQUEST, "a request for a page has no body")
        if name in kept:
            raise Refusal(HTTPStatus.BAD_REQUEST, "a header is there twice")
        if name in read:
            kept[name] = value
    if posts:
        _check_length(kept.get(b"content-length", b""), most_body_bytes)
    passed = [first, *(name + b": " + value for name, value in kept.items()), b"Connection: close"]
    return b"\r\n".join(passed) + b"\r\n\r\n"


def _check_length(value: bytes, most_bytes: int) -> None:
    if re.fullmatch(rb"[0-9]{1,9}", value) is None:
        raise Refusal(HTTPStatus.LENGTH_REQUIRED, "a request that changes something states its length")
    if int(value) > most_bytes:
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {most_bytes:,} bytes are taken")


def _stated_length(head: bytes) -> int:
    """Return how many bytes follow a clean head."""
    stated = _CLEAN_LENGTH.search(head)
    return int(stated[1]) if stated else 0


def network_of(address: str) -> str:
    """Return whose address this is: itself, or of IPv6 the network, because a household has 2⁶⁴ addresses there."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))


class Gatekeeper:
    """Knows every connection, and makes room.

    Args:
        new_server: makes the protocol that answers requests (aiohttp's).
        head_s: a request must be complete after this time.
        most_waiting: connections that have not asked for anything yet.
        most_body_bytes: of a request that changes something; 0: none is taken.
        answer_s: an answer must be received after this time.
    """

    def __init__(
        self,
        new_server: Callable[[], asyncio.Protocol],
        head_s: float,
        most_waiting: int,
        most_body_bytes: int = 0,
        answer_s: float = 20.0,
    ) -> None:
        self.new_server, self.head_s, self._most_waiting = new_server, head_s, most_waiting
        self.most_body_bytes, self.answer_s = most_body_bytes, answer_s
        self._waiting: dict[str, dict[Connection, None]] = {}
        self._answered: set[Connection] = set()
        self._lingering: set[Connection] = set()
        self._listening: asyncio.Server | None = None

    async def listen(self, address: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Start to accept connections, and return the port.

        Args:
            address: to listen on.
            port: 0: any free one.
            tls: encrypts every connection; those that are not agreed on within `head_s` are ended, and not counted.

        Raises:
            OSError: the system refuses the address or the port.
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Connection(self),
            address,
            port,
            backlog=_ACCEPTED_AT_ONCE,
            ssl=tls,
            ssl_handshake_timeout=None if tls is None else self.head_s,
        )
        self._listening = server
        for listening in server.sockets:
            with listening.dup() as same:
                same.listen(_BACKLOG)  # what waits for its turn in the system; asyncio has one number for both
        return int(server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Accept no more connections, and end those there are."""
        if self._listening is not None:
            self._listening.close()
        waiting = [connection for of_network in self._waiting.values() for connection in of_network]
        for connection in [*waiting, *self._answered, *self._lingering]:
            connection.cut()

    def arrived(self, connection: Connection) -> None:
        """Take in a connection; cut the oldest of those who have most, if too many wait."""
        self._waiting.setdefault(connection.network, {})[connection] = None
        if sum(map(len, self._waiting.values())) > self._most_waiting:
            most = max(self._waiting.values(), key=len)
            next(iter(most)).cut()

    def asked(self, connection: Connection) -> bool:
        """Note that a connection waits for an answer now; False: there are too many of these."""
        self._forget_waiting(connection)
        if len(self._answered) >= MOST_ANSWERED:
            return False
        self._answered.add(connection)
        return True

    def refused(self, connection: Connection) -> bool:
        """Note that a connection was refused; False: too many of these linger."""
        self._forget_waiting(connection)
        if len(self._lingering) >= _MOST_LINGERING:
            return False
        self._lingering.add(connection)
        return True

    def left(self, connection: Connection) -> None:
        """Forget a connection, or one that a stream has counted on its own account."""
        self._forget_waiting(connection)
        self._answered.discard(connection)
        self._lingering.discard(connection)

    def _forget_waiting(self, connection: Connection) -> None:
        of_network = self._waiting.get(connection.network, {})
        of_network.pop(connection, None)
        if not of_network:
            self._waiting.pop(connection.network, None)


class Connection(asyncio.Protocol):
    """One connection: collects a request, hands it to the server, and passes on what the system says about the line.

    Args:
        gatekeeper: who is asked for room.
    """

    def __init__(self, gatekeeper: Gatekeeper) -> None:
        self._gatekeeper = gatekeeper
        self._head = bytearray()
        self._afterwards_bytes = self._body_left_bytes = 0
        self._asked = False
        self._server: asyncio.Protocol | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a place among those who wait."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self.network = network_of(str(peer[0])) if peer else ""
        self._end = asyncio.get_running_loop().call_later(self._gatekeeper.head_s, self._too_late)
        self._gatekeeper.arrived(self)

    def data_received(self, data: bytes) -> None:
        """Collect the request; what follows it is thrown away."""
        if self._asked:
            self._pass_on(data)
            return
        self._head += data
        end = self._head.find(b"\r\n\r\n")
        if end > _LONGEST_HEAD_BYTES or (end < 0 and len(self._head) > _LONGEST_HEAD_BYTES):
            self._refuse(Refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the request is too long"))
        elif not self._head[:1].isupper():  # as of a browser that was told https
            self._refuse(Refusal(HTTPStatus.BAD_REQUEST, "this is not a request for a page"))
        elif end >= 0:
            try:
                self._ask(clean_head(bytes(self._head[:end]), self._gatekeeper.most_body_bytes))
                self._pass_on(bytes(self._head[end + len(b"\r\n\r\n") :]))
            except Refusal as refusal:
                self._refuse(refusal)

    def _pass_on(self, data: bytes) -> None:
        """Hand the server the body that was stated, and nothing behind it."""
        body, behind = data[: self._body_left_bytes], data[self._body_left_bytes :]
        if body and self._server is not None:
            self._body_left_bytes -= len(body)
            self._server.data_received(body)
        self._afterwards_bytes += len(behind)
        if self._afterwards_bytes > _MOST_AFTERWARDS_BYTES:
            self.cut()

    def _ask(self, head: bytes) -> None:
        if not self._gatekeeper.asked(self):
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "too many are asking at once; try again in a moment")
        self._asked = True
        self._end_after(self._gatekeeper.answer_s, self.cut)
        self._body_left_bytes = _stated_length(head)
        self._server = self._gatekeeper.new_server()
        self._server.connection_made(self._transport)
        self._server.data_received(head)

    def stay(self) -> None:
        """Keep the line as long as the server likes: for streams, which are counted elsewhere."""
        self._end.cancel()
        self._gatekeeper.left(self)

    def cut(self) -> None:
        """End at once, whatever is still to be sent."""
        self._gatekeeper.left(self)  # at once: the system tells us only in the next round
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self._end.cancel()
        self._gatekeeper.left(self)
        if self._server is not None:
            self._server.connection_lost(exc)

    def pause_writing(self) -> None:
        """Tell the server that the line is full."""
        if self._server is not None:
            self._server.pause_writing()

    def resume_writing(self) -> None:
        """Tell the server that the line is free again."""
        if self._server is not None:
            self._server.resume_writing()

    def _too_late(self) -> None:
        self._refuse(Refusal(HTTPStatus.REQUEST_TIMEOUT, f"no request within {self._gatekeeper.head_s:g} s"))

    def _refuse(self, refusal: Refusal) -> None:
        self._asked = True
        self._transport.write(plain_answer(refusal))
        if self._gatekeeper.refused(self):
            if self._transport.can_write_eof():  # TLS cannot
                self._transport.write_eof()
            self._end_after(_LINGER_S, self.cut)  # closing at once would take the answer back where more was sent
        else:
            self._transport.close()

    def _end_after(self, seconds: float, end: Callable[[], None]) -> None:
        self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(seconds, end)


def plain_answer(refusal: Refusal) -> bytes:
    """Return a refusal as HTTP."""
    body = f"{refusal.sentence}\n".encode()
    about = HEADERS | {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    head = f"HTTP/1.1 {refusal.status.value} {refusal.status.phrase}\r\n"
    return (head + "".join(f"{name}: {value}\r\n" for name, value in about.items()) + "\r\n").encode() + body
