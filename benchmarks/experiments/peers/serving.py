"""The worker's side of the conversation; standard library only, because workers live in other environments."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def serve(worker: Any) -> None:
    """Answer requests until stdin ends.

    A request is a line like `{"do": "load", "model": …}`: the method to call and its arguments. The answer is a line
    of JSON; `{"failed": …}` where the method raised.
    """
    answers = _only_ours()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(worker, request.pop("do"))(**request)
        except Exception as error:  # the other side makes a sentence of it
            answer = {"failed": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _only_ours() -> Any:
    """Keep stdout for answers: what native code prints there goes to stderr."""
    ours = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return ours


def peak_bytes() -> int:
    """Return the peak resident memory of this process (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError("this system does not tell the peak memory")
