"""Silencing what C++ libraries write past Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SHOW_VARIABLE = "FIELDLENS_NATIVE_LOG"
"""Environment variable: set to anything, nothing is silenced."""


@contextmanager
def quiet_native_stderr() -> Iterator[None]:
    """Drop what is written to stderr inside the block, by Python too; errors that matter come as exceptions.

    LiteRT greets with `INFO: Created TensorFlow Lite XNNPACK delegate`, TensorFlow with drivers that it did not find.
    """
    sys.stderr.flush()
    try:
        saved = -1 if os.environ.get(SHOW_VARIABLE) else os.dup(2)
    except OSError:  # no stderr at all
        saved = -1
    if saved < 0:
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(saved, 2)
        os.close(saved)
