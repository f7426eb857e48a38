"""Promises of the preview's gate, over real sockets: any bytes, any number of connections, and no secret in a log."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_app.web.access import cookie_for, is_own_name, same_token
from edge_app.web.gate import MOST_ANSWERED, Refusal, clean_head, network_of
from edge_app.web.link import ServerSettings
from edge_app.web.server_process import PreviewState, ServerProcess
from tests.edge_app.display.display_examples import display_example

TOKEN = "S3CRET-token"
MOST_WAITING = 256
END = b"\r\nHost: localhost\r\n\r\n"


@contextlib.contextmanager
def serving(token: str | None = TOKEN, head_s: float = 10.0, wrong_token_s: float = 0.01) -> Iterator[int]:
    """A preview with a result; its port."""
    state = PreviewState()
    state.publish(display_example())
    about = ServerSettings("127.0.0.1", 0, token, head_s=head_s, most_waiting=MOST_WAITING, wrong_token_s=wrong_token_s)
    server = ServerProcess(state, about)
    try:
        yield server.settings.port
        assert server._process.poll() is None, "the server has died"
    finally:
        server.stop()


def answer(port: int, request: bytes, from_address: str = "127.0.0.1") -> bytes:
    """Everything that comes back, until the server closes."""
    with socket.create_connection(("127.0.0.1", port), 20, (from_address, 0)) as connection:
        received = b""
        with contextlib.suppress(ConnectionError):  # more was sent than the server read
            connection.sendall(request)
            while piece := connection.recv(1 << 16):
                received += piece
        return received


def status(port: int, request: bytes, from_address: str = "127.0.0.1") -> int:
    """The status; 0: nothing came back."""
    found = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer(port, request, from_address))
    return 0 if found is None else int(found[1])


HOSTILE = [
    (b"GET / HTTP/1.1\r\nHost: x\r\nCookie: fieldlens=\xff", 401),
    (b'GET / HTTP/1.1\r\nHost: x\r\nCookie: fieldlens=\xed\xa0\x80; a="\\377', 401),
    (b"GET / HTTP/1.1\r\nHost: \xff\r\nAuthorization: Bearer \xff\xfe", 401),
    (b"GET /?token=%ff%00%ed%a0%80 HTTP/1.1\r\nHost: x", 401),
    (b"GET /%ff%00/..%2f HTTP/1.1\r\nHost: x", 401),
    (b"GET //[::1?token=S3CRET-token HTTP/1.1\r\nHost: x", 404),
    (b"GET http://[::1/?token=S3CRET-token HTTP/1.1\r\nHost: x", 400),
    (b"GET http://localhost:99999999/?token=S3CRET-token HTTP/1.1\r\nHost: x", 400),
    (b"GET /?token=S3CRET-token\xff HTTP/1.1\r\nHost: x", 400),
    (b"GET / HTTP/9.9\r\nHost: x", 400),
    (b"GET / HTTP/1.1\r\nHost : x", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\nA: S3CRET-token\x00", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: S3CRET-token", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked", 400),
    (b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nExpect: S3CRET-token", 401),
    (b"POST /?token=S3CRET-token HTTP/1.1\r\nHost: x", 405),
    (b"OPTIONS * HTTP/1.1\r\nHost: x", 400),
    (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x", 431),
    (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 3000 + b"Host: x", 431),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    (b"\r\nGET / HTTP/1.1\r\nHost: x", 400),
    (b"\x00" * 2000, 400),
]


def test_whatever_bytes_come_before_login_the_answer_is_one_line_and_the_log_is_empty(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with serving() as port:
        for request, expected in HOSTILE:
            received = answer(port, request + b"\r\n\r\n")
            head, _, body = received.partition(b"\r\n\r\n")
            assert int(head.split(b" ")[1]) == expected, request[:60]
            assert body.count(b"\n") == 1, request[:60]
            assert b"Traceback" not in body
            assert b"Cross-Origin-Resource-Policy: same-origin" in head
            assert b"Content-Security-Policy: default-src 'none'" in head
        assert status(port, f"GET /?token={TOKEN} HTTP/1.1".encode() + END) == 303
    assert capfd.readouterr().err == ""


PIECES = st.sampled_from(
    b"GET |HEAD |/|/health|?token=|%|%ff|[|]|//|@|:|#|\\| | HTTP/1.1| HTTP/1.0|\r\n|\n|\r|\x00|Host: |"
    b'Cookie: |fieldlens=|localhost|Authorization: |Bearer |Basic |Content-Length: |0|-1|Expect: 100-continue|;|"|'
    b"Connection: |Upgrade|Transfer-Encoding: chunked|\xff|\xed\xa0\x80|\t|S3CRET-tokem".split(b"|")
)
REQUESTS = st.one_of(
    st.lists(PIECES | st.binary(max_size=6), max_size=24).map(b"".join),
    st.tuples(st.sampled_from([b"GET /", b"HEAD /health", b"GET /?token="]), st.lists(PIECES, max_size=6))
    .map(lambda made: made[0] + b"".join(made[1]) + b" HTTP/1.1\r\nHost: x\r\nCookie: fieldlens=")
    .flatmap(lambda begin: st.binary(max_size=20).map(lambda rest: begin + rest)),
)


def test_no_malformed_request_makes_the_server_fail_speak_up_or_let_anyone_in(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with serving(wrong_token_s=0.0) as port:

        @settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(REQUESTS)
        def refused(request: bytes) -> None:
            found = status(port, request + b"\r\n\r\n")
            assert 400 <= found < 500 or (found in (200, 503) and b"/health" in request), found  # 503: no label yet

        refused()
    assert capfd.readouterr().err == ""


@given(st.binary(max_size=200) | REQUESTS)
def test_what_reaches_the_http_server_is_a_clean_request(head: bytes) -> None:
    try:
        passed = clean_head(head)
    except Refusal:
        return
    assert re.fullmatch(
        rb"(GET|HEAD) /[!-~]* HTTP/1\.[01]\r\n((host|cookie|authorization): [\t\x20-\x7e\x80-\xff]*\r\n){0,3}"
        rb"Connection: close\r\n\r\n",
        passed,
    )


def test_only_the_headers_that_are_read_get_through() -> None:
    head = b"GET /events HTTP/1.1\r\nHOST: localhost\r\nAccept: */*\r\ncookie:\ta=b \r\nConnection: keep-alive"
    assert clean_head(head) == (b"GET /events HTTP/1.1\r\nhost: localhost\r\ncookie: a=b\r\nConnection: close\r\n\r\n")


def test_a_request_that_does_not_become_complete_is_ended() -> None:
    with serving(head_s=0.3) as port:
        begin_s = time.monotonic()
        assert status(port, b"") == 408
        assert status(port, b"GET / HTTP/1.1\r\nHost: local") == 408
        assert time.monotonic() - begin_s >= 0.6


def test_idle_connections_however_many_keep_nobody_out(capfd: pytest.CaptureFixture[str]) -> None:
    with serving() as port, contextlib.ExitStack() as idle:
        connections = []
        for number in range(MOST_WAITING + 150):
            connections.append(idle.enter_context(socket.create_connection(("127.0.0.1", port), 20)))
            connections[-1].sendall(b"GET / HTTP/1.1\r\nX-%d: " % number)
        assert status(port, f"GET /?token={TOKEN} HTTP/1.1".encode() + END) == 303
        assert sum(_is_cut(connection) for connection in connections) == 150 + 1
        assert not _is_cut(connections[-1])
    assert capfd.readouterr().err == ""


def _is_cut(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_those_who_have_most_connections_lose_them_first() -> None:
    with serving() as port, contextlib.ExitStack() as idle:
        patient = idle.enter_context(socket.create_connection(("127.0.0.1", port), 20, ("127.0.0.3", 0)))
        for _ in range(MOST_WAITING + 20):
            idle.enter_context(socket.create_connection(("127.0.0.1", port), 20, ("127.0.0.2", 0)))
        patient.sendall(b"GET /health HTTP/1.1" + END)
        assert patient.recv(20).startswith(b"HTTP/1.1 200 ")


def test_refused_connections_take_no_place_from_those_who_ask_properly() -> None:
    with serving(head_s=2.0) as port, contextlib.ExitStack() as others:
        for request in (b"nonsense", b""):  # these are refused at once, those when their time is over
            for _ in range(100):
                other = others.enter_context(socket.create_connection(("127.0.0.1", port), 20))
                other.sendall(request)
        assert status(port, f"GET /?token={TOKEN} HTTP/1.1".encode() + END) == 303
        assert other.recv(12) == b"HTTP/1.1 408"
        assert status(port, f"GET /?token={TOKEN} HTTP/1.1".encode() + END) == 303


def test_a_flood_behind_a_request_is_cut() -> None:
    with serving(None) as port, socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.sendall(b"GET /events HTTP/1.1" + END)
        with pytest.raises(ConnectionError):
            for _ in range(1000):
                connection.sendall(b"x" * 65536)


def test_wrong_tokens_are_slowed_and_the_cookie_is_not() -> None:
    login, cookie = f"GET /?token={TOKEN} HTTP/1.1".encode(), f"Cookie: fieldlens={cookie_for(TOKEN)}".encode()
    with serving(wrong_token_s=3.0) as port, contextlib.ExitStack() as guesses:
        for _ in range(4):
            guess = guesses.enter_context(socket.create_connection(("127.0.0.1", port), 20))
            guess.sendall(b"GET /?token=wrong HTTP/1.1" + END)
        begin_s = time.monotonic()
        while status(port, b"GET /?token=wrong5 HTTP/1.1" + END) != 429:  # until the four have been read
            assert time.monotonic() - begin_s < 2.0
        assert status(port, login + END) == 429  # or the guesser would know at once
        assert status(port, b"GET / HTTP/1.1\r\n" + cookie + END) == 200
        assert status(port, login + END, "127.0.0.2") == 303
        assert guess.recv(20).startswith(b"HTTP/1.1 401 ")
        assert time.monotonic() - begin_s > 1.0
        assert status(port, login + END) == 303


def test_streams_leave_a_place_for_those_who_have_none() -> None:
    request = f"GET /events HTTP/1.1\r\nAuthorization: Bearer {TOKEN}".encode() + END
    with serving() as port, contextlib.ExitStack() as streams:

        def opened(address: str) -> bytes:
            stream = streams.enter_context(socket.create_connection(("127.0.0.1", port), 20, (address, 0)))
            stream.sendall(request)
            return stream.recv(12)

        assert {opened("127.0.0.1") for _ in range(64)} == {b"HTTP/1.1 200"}
        assert opened("127.0.0.1") == b"HTTP/1.1 503"
        assert opened("127.0.0.9") == b"HTTP/1.1 200"
        assert MOST_ANSWERED == 64  # streams do not count as answers
        assert status(port, request.replace(b"/events", b"/")) == 200


@pytest.mark.parametrize(
    ("host", "own"),
    [
        *(("localhost", True), ("LOCALHOST:8080", True), ("127.0.0.1:9", True), ("[::1]:8080", True), ("[::1]", True)),
        *(("127.0.0.5:8080", True), ("127.0.0.6", False), ("evil.example", False), ("localhost.evil.example", False)),
        *(("localhost:8080:evil.example", False), ("[::1]evil.example", False), ("localhost@evil.example", False)),
        *(
            ("localhost:", False),
            ("", False),
            ("localhost:8080/", False),
            ("[localhost", False),
            ("localhost\xff", False),
        ),
    ],
)
def test_the_host_is_checked_to_the_letter(host: str, own: bool) -> None:
    assert is_own_name(host, "127.0.0.5") is own


def test_a_token_is_compared_whatever_it_is_made_of() -> None:
    assert not same_token("\udcff", TOKEN)
    assert not same_token("\ud800", TOKEN)
    assert same_token("geheim-Ü", "geheim-Ü")
    assert TOKEN not in cookie_for(TOKEN)


def test_a_household_is_one_network() -> None:
    assert network_of("192.168.1.5") == "192.168.1.5" == network_of("::ffff:192.168.1.5")
    assert network_of("2001:db8::1") == network_of("2001:db8::2:3") != network_of("2001:db8:0:1::1")
    assert network_of("fe80::1%eth0") == "fe80::/64"


def test_fewer_may_wait_where_the_system_allows_fewer_files(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    from edge_app.web import site

    limits = [(1024, 524_288)]
    monkeypatch.setattr(resource, "getrlimit", lambda _what: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _what, wanted: limits.append(wanted))
    assert site.most_waiting(2048) == 2048
    assert limits[-1] == (2304, 524_288)
    limits[:] = [(256, 1024)]
    assert site.most_waiting(2048) == 768
    limits[:] = [(4096, resource.RLIM_INFINITY)]
    assert site.most_waiting(2048) == 2048
    assert limits[-1] == (4096, resource.RLIM_INFINITY)
