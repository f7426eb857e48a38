"""Connections that never finish a request (slowloris), as a process of its own.

Run as `python -m benchmarks.measure.live.slow_process PORT CONNECTIONS`. Each begins a request and adds a header line
every second; those that the server has cut are opened again. `connected` on standard output says that all were opened.
The end of standard input ends them; the process then prints a line of JSON: how many were opened in all.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import socket
import sys
from collections.abc import Sequence

ROUND_S = 1.0
_LESS_URGENT = 10
_OTHER_FILES = 64


def hold(port: int, connections: int) -> dict[str, int]:
    """Hold connections until standard input ends.

    Args:
        port: of the page on this machine.
        connections: at the same time, as far as the server lets them.

    Returns:
        `opened`: how many there were in all.
    """
    held = [_opened(port) for _ in range(connections)]
    opened = connections
    print("connected", flush=True)
    while not select.select([sys.stdin], [], [], ROUND_S)[0]:
        for place, connection in enumerate(held):
            try:
                connection.send(b"X-a: b\r\n")
            except OSError:
                connection.close()
                held[place] = _opened(port)
                opened += 1
    for connection in held:
        connection.close()
    return {"opened": opened}


def _opened(port: int) -> socket.socket:
    connection = socket.socket()
    connection.settimeout(0.05)
    with contextlib.suppress(OSError):  # the next round opens it again
        connection.connect(("127.0.0.1", port))
        connection.send(f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\n".encode())
    return connection


def main(argv: Sequence[str] | None = None) -> int:
    """Hold connections; print how many were opened."""
    port, connections = (int(word) for word in (sys.argv[1:] if argv is None else argv))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, connections + _OTHER_FILES)), hard))
    os.nice(_LESS_URGENT)  # on a real device this work is done elsewhere
    print(json.dumps(hold(port, connections)), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
