"""A model that hangs or swells on one picture ends the run in a sentence; one that works is left alone."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from edge_app.common.errors import HungModelError
from edge_app.live.watchdog import Watchdog, resident_bytes

ROOT = Path(__file__).parent.parent.parent.parent


def working(since_s: float | None) -> Any:
    """Stand in for what runs a model that got a frame at this time."""
    return SimpleNamespace(working_since_s=since_s, path=Path("odd.tflite"))


def test_a_model_that_rests_or_has_just_begun_is_left_alone() -> None:
    Watchdog(working(None), clock_s=lambda: 1e6).look()
    Watchdog(working(10.0), time_limit_s=5.0, clock_s=lambda: 14.0).look()


def test_one_that_does_not_come_back_is_told() -> None:
    with pytest.raises(HungModelError, match=r"`odd.tflite` works on one picture for more than 5 s"):
        Watchdog(working(10.0), time_limit_s=5.0, clock_s=lambda: 16.0).look()


def test_one_that_swells_is_told() -> None:
    if not resident_bytes():
        assert sys.platform != "linux"
        return
    watchdog = Watchdog(working(10.0), memory_bytes=64 << 20, clock_s=lambda: 11.0)
    watchdog.look()
    swollen = bytearray(b"x" * (128 << 20))
    with pytest.raises(HungModelError, match=r"takes more than .* GB of memory for one picture"):
        watchdog.look()
    del swollen


def test_the_process_leaves_without_waiting_for_the_thread() -> None:
    code = """
import threading, time
from edge_app.common.command_line import run_program
from edge_app.common.errors import HungModelError
from edge_app.live.pipelined import pipelined

def idle():
    raise HungModelError("it hangs")

def items(stopping):
    yield 1

def body():
    for _ in pipelined(items, lambda item: time.sleep(600), idle):
        pass
    return 0

raise SystemExit(run_program(body))
"""
    begin_s = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "error: it hangs\n")
    assert time.monotonic() - begin_s < 300
