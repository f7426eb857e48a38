"""The app in a fresh process that tells its peak memory at the end.

Run as `python -m benchmarks.measure.live.app_start WORDS…`, it does what `fieldlens app WORDS…` does, and then
writes one more line to stderr: `peak_memory_bytes=N`. It imports nothing that the app does not.
"""

from __future__ import annotations

import sys

from edge_app.__main__ import main

PEAK = "peak_memory_bytes="
"""Begins the last line on stderr."""


def _be_the_app() -> int:
    code = main(sys.argv[1:])
    from benchmarks.measure.protocol.cold_start import peak_bytes

    print(f"{PEAK}{peak_bytes()}", file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    raise SystemExit(_be_the_app())
