"""A web server on this machine that misbehaves on request: for the tests of `fetch`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """What the server has and how it behaves; `requests` holds (range, if-range) of each one."""

    content: bytes
    etag: str = '"first"'
    knows_ranges: bool = True
    tells_size: bool = True
    claimed_bytes: int = 0  # instead of the true size
    statuses: list[int] = field(default_factory=list)  # of the next answers
    close_after: list[int] = field(default_factory=list)  # bytes of the next bodies
    requests: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""


@contextmanager
def serving(served: Served) -> Iterator[Served]:
    """Serve it at `served.url` while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked, condition = self.headers.get("Range", ""), self.headers.get("If-Range", "")
            served.requests.append((asked, condition))
            if served.statuses and (status := served.statuses.pop(0)) != 200:
                self.send_error(status)
                return
            start = 0
            if asked and served.knows_ranges and condition in ("", served.etag):
                start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(served.content):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(served.content) - 1}/{len(served.content)}")
            if served.etag:
                self.send_header("ETag", served.etag)
            body = served.content[start:]
            if served.tells_size:
                self.send_header("Content-Length", str(served.claimed_bytes or len(body)))
            self.end_headers()
            self.wfile.write(body[: served.close_after.pop(0)] if served.close_after else body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}/pets.zip"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
