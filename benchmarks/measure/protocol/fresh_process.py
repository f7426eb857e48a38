"""One question to a fresh process: it gets a line of JSON, answers with one, and ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from benchmarks.measure.protocol.memory import FreshProcessError
from edge_app.common.errors import FieldLensError
from edge_app.common.own_process import python_command


def ask_fresh_process(module: str, request: dict[str, Any], time_limit_s: float) -> dict[str, Any]:
    """Start a module of ours in a process of its own and return its answer; whatever ends us ends it.

    Args:
        module: as in `benchmarks.measure.protocol.round_process`.
        request: for its standard input.
        time_limit_s: after which it is ended.

    Raises:
        FreshProcessError: it failed, died or hung; the message is its last line.
    """
    with subprocess.Popen(
        python_command(module),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for us
    ) as process:
        try:
            told, complaint = process.communicate(json.dumps(request) + "\n", timeout=time_limit_s)
        except subprocess.TimeoutExpired:
            raise FreshProcessError(f"it did not end within {time_limit_s:.0f} s") from None
        finally:
            process.kill()  # no effect where it has ended
    if process.returncode != 0 or not told:
        raise FreshProcessError((complaint.strip().splitlines() or ["it was killed"])[-1])
    answer: dict[str, Any] = json.loads(told)
    return answer


def answer_as_fresh_process(measure: Callable[[dict[str, Any]], Any]) -> int:
    """Be that process; return its exit code.

    Args:
        measure: from the request to a record (a dataclass), which is the answer.
    """
    try:
        found = measure(json.loads(sys.stdin.readline()))
    except FieldLensError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(asdict(found)), flush=True)
    return 0
