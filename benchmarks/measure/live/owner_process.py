"""The owner of a device who opens its page again and again, as a process of its own.

Run as `python -m benchmarks.measure.live.owner_process PORT`. The end of standard input ends it; the process then
prints a line of JSON: the seconds from the first connection to the first bytes of a picture, for every time.
"""

from __future__ import annotations

import http.client
import json
import select
import sys
import time
from collections.abc import Sequence
from contextlib import closing

PAUSE_S = 0.5
GIVEN_UP_S = 30.0
_PARTS = ("/", "/page.css", "/page.js", "/state.json")
_PICTURES = "/stream.mjpg"
_FIRST_BYTES = 2048


def open_page(port: int) -> float:
    """Open the page, all its parts one after the other, and wait for a picture.

    Args:
        port: of the page on this machine.

    Returns:
        Seconds; `GIVEN_UP_S` if it did not open.
    """
    begin_s = time.perf_counter()
    try:
        for path in _PARTS:
            _fetch(port, path, None)
        _fetch(port, _PICTURES, _FIRST_BYTES)
    except (OSError, http.client.HTTPException):
        return GIVEN_UP_S
    return time.perf_counter() - begin_s


def _fetch(port: int, path: str, length: int | None) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=GIVEN_UP_S)) as connection:
        connection.request("GET", path)
        with closing(connection.getresponse()) as response:
            response.read(length)
            if response.status != http.client.OK:
                raise http.client.HTTPException(f"{path}: {response.status}")


def main(argv: Sequence[str] | None = None) -> int:
    """Open the page until standard input ends; print how long it took."""
    (port,) = (int(word) for word in (sys.argv[1:] if argv is None else argv))
    print("there", flush=True)
    opened_s = []
    while not select.select([sys.stdin], [], [], PAUSE_S)[0]:
        opened_s.append(open_page(port))
    print(json.dumps({"opened_s": opened_s}), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
