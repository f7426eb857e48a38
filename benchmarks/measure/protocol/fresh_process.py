"""One question to a fresh process: it gets a record as a line of JSON, answers with another one, and ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from benchmarks.results.json_records import from_json, to_json
from edge_app.common.errors import FieldLensError, HungModelError
from edge_app.common.own_process import python_command

RequestT = TypeVar("RequestT")
AnswerT = TypeVar("AnswerT")


class FreshProcessError(Exception):
    """A fresh process ended without an answer; the message is its last line."""


def ask_fresh_process(module: str, request: Any, answer: type[AnswerT], time_limit_s: float) -> AnswerT:
    """Start a module of ours in a process of its own and return its answer; whatever ends us ends it.

    Args:
        module: as in `benchmarks.measure.protocol.rounds`.
        request: a record (a dataclass).
        answer: its type, a dataclass.
        time_limit_s: after which it is ended.

    Raises:
        FreshProcessError: it failed, died or hung.
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
            answered, stderr = process.communicate(json.dumps(to_json(request)) + "\n", timeout=time_limit_s)
        except subprocess.TimeoutExpired:
            raise FreshProcessError(f"it did not end within {time_limit_s:.0f} s") from None
        finally:
            process.kill()  # no effect where it has ended
    if process.returncode != 0 or not answered:
        raise FreshProcessError(last_line(stderr))
    return from_json(answer, json.loads(answered))


def answer_as_fresh_process(request: type[RequestT], measure: Callable[[RequestT], Any]) -> int:
    """Be that process; return its exit code.

    Args:
        request: type of the record on standard input.
        measure: from the request to the record that is the answer.
    """
    try:
        found = measure(from_json(request, json.loads(sys.stdin.readline())))
    except HungModelError as error:
        print(error, file=sys.stderr, flush=True)
        os._exit(1)  # the runtime still computes in a thread, and would be torn down under it
    except FieldLensError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(to_json(found)), flush=True)
    return 0


def last_line(stderr: str) -> str:
    """Return the last line of what a process wrote to stderr."""
    return (stderr.strip().splitlines() or ["it was killed"])[-1].removeprefix("error: ")
