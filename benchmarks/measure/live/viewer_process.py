"""People who watch the page of `--web`, as a process of its own.

Run as `python -m benchmarks.measure.live.viewer_process PORT VIEWERS`. Each viewer reads the stream with the labels on
it and throws it away, as fast as it comes. `watching` on standard output says that all are there. The end of standard
input ends them; the process then prints a line of JSON: pictures and bytes of each viewer, and processor time.
"""

from __future__ import annotations

import json
import os
import resource
import selectors
import socket
import sys
from collections.abc import Sequence

STREAM = "/stream.mjpg"
_BOUNDARY = b"--fieldlens-frame"
_CHUNK_BYTES = 1 << 17
_LESS_URGENT = 10


def watch(port: int, viewers: int) -> dict[str, object]:
    """Watch until standard input ends.

    Args:
        port: of the page on this machine.
        viewers: connections.

    Returns:
        `pictures` and `read_bytes`, a number per viewer, and `cpu_s`.
    """
    pictures, read_bytes = [0] * viewers, [0] * viewers
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin, selectors.EVENT_READ, None)
        for place in range(viewers):
            selector.register(_connected(port), selectors.EVENT_READ, place)
        print("watching", flush=True)
        while True:
            for key, _ in selector.select():
                if key.data is None:
                    used = resource.getrusage(resource.RUSAGE_SELF)
                    cpu_s = used.ru_utime + used.ru_stime
                    return {"pictures": pictures, "read_bytes": read_bytes, "cpu_s": cpu_s}
                content = key.fileobj.recv(_CHUNK_BYTES)  # type: ignore[union-attr]  # the others are sockets
                pictures[key.data] += content.count(_BOUNDARY)
                read_bytes[key.data] += len(content)
                if not content:
                    selector.unregister(key.fileobj)


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(f"GET {STREAM} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
    return connection


def main(argv: Sequence[str] | None = None) -> int:
    """Watch; print what was seen."""
    port, viewers = (int(word) for word in (sys.argv[1:] if argv is None else argv))
    os.nice(_LESS_URGENT)  # on a real device the viewers' work is done elsewhere
    print(json.dumps(watch(port, viewers)), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
