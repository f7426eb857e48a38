"""The processes of the fuzz command: each reads damaged files, one after another, as our programs do.

Their death is what the command looks for, so they are processes of their own, forked where the system can from one that
has imported what every reader needs.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import signal
import sys
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

from benchmarks.experiments.fuzz.readers import READERS
from benchmarks.measure.protocol.cold_start import peak_bytes
from edge_app.common.errors import FieldLensError

_START_LIMIT_S = 120.0
_MOST_ADDRESSES = 16 << 30  # bytes: what would take the machine with it ends in a MemoryError instead


@dataclass(frozen=True)
class Opened:
    """How a process ended with a file.

    Attributes:
        found: a word about what was read; empty where nothing was.
        sentence: of the error; empty where there is none.
        traceback: of an exception that is no `FieldLensError`; empty where there is none.
        exit_code: 0, or negative the signal that ended the process; None: it hung and was ended.
        memory_bytes: at its peak, above the process's own where that has loaded TensorFlow.
        before: how many files the same process had read before.
    """

    found: str = ""
    sentence: str = ""
    traceback: str = ""
    exit_code: int | None = 0
    memory_bytes: int = 0
    before: int = 0


class ReadingProcesses:
    """Starts processes that read files; a new one after each death, and after every `batch` files.

    Args:
        cache: the user's cache folder for them.
        time_limit_s: after which a process hangs.
        batch: files that one process reads.
        tensorflow: whether it loads TensorFlow first; memory is then counted from there.
    """

    def __init__(self, cache: Path, time_limit_s: float, batch: int = 1, tensorflow: bool = False) -> None:
        self._cache, self._time_limit_s = cache, time_limit_s
        self._batch, self._tensorflow = batch, tensorflow
        forking = "forkserver" in multiprocessing.get_all_start_methods()
        self._context: Any = multiprocessing.get_context("forkserver" if forking else "spawn")
        if forking:
            self._context.set_forkserver_preload([__name__])
        self._process: Any = None
        self._pipe: Any = None
        self._read = 0
        self.own_bytes = 0
        """Memory of a process that has loaded TensorFlow; 0 without."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._end()

    def open(self, reader: str, path: Path) -> Opened:
        """Let a process read a file.

        Args:
            reader: a key of `READERS`.
            path: of the file.
        """
        if self._process is None:
            self._start()
        before, self._read = self._read, self._read + 1
        try:
            self._pipe.send((reader, path))
            if not self._pipe.poll(self._time_limit_s):
                self._end()
                return Opened(exit_code=None, before=before)
            found, sentence, trace, most_bytes = self._pipe.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return Opened(exit_code=self._end(self._time_limit_s) or 255, before=before)  # 0: it left without a word
        code = self._end(self._time_limit_s) if self._read == self._batch else 0
        return Opened(found, sentence, trace, code, max(0, most_bytes - self.own_bytes), before)

    def afresh(self) -> None:
        """Let the next file be read by a new process."""
        self._end()

    def _start(self) -> None:
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(target=read_files, args=(theirs, self._cache, self._tensorflow))
        self._process.start()
        theirs.close()
        self._read = 0
        self.own_bytes = int(self._pipe.recv()) if self._tensorflow and self._pipe.poll(_START_LIMIT_S) else 0

    def _end(self, patience_s: float = 0.0) -> int | None:
        """End the process; return its exit code, None where it would not end by itself in time."""
        if self._process is None:
            return 0
        with contextlib.suppress(OSError):
            self._pipe.send(None)
        self._process.join(patience_s)
        code: int | None = self._process.exitcode
        self._process.kill()
        self._process.join()
        self._pipe.close()
        self._process = self._pipe = None
        return code


def read_files(pipe: Connection, cache: Path, tensorflow: bool) -> None:
    """Read files until there are no more; tell of each what was found, sentence, traceback and peak of memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which ends us
    os.environ["XDG_CACHE_HOME"] = str(cache)
    _hush()
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_ADDRESSES, resource.RLIM_INFINITY))
    if tensorflow:
        pipe.send(_load_tensorflow())
    while (asked := pipe.recv()) is not None:
        reader, path = asked
        _forget_peak()
        pipe.send((*_read(reader, path), peak_bytes()))
    pipe.close()


def _read(reader: str, path: Path) -> tuple[str, str, str]:
    try:
        return READERS[reader](path), "", ""
    except FieldLensError as error:
        return "", str(error) or type(error).__name__, ""
    except Exception:
        return "", "", traceback.format_exc()


def _hush() -> None:
    """Send what libraries and readers print to nowhere, as `run_program` would have it printed."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8", errors="backslashreplace")  # noqa: PTH123, SIM115  # for as long as we live


def _load_tensorflow() -> int:
    """Load TensorFlow and what loads runs; return the memory that this takes."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    import convert.quantize.tflite  # noqa: F401  # its memory is not the file's
    import train.models.loading
    import train.models.trained_run  # noqa: F401  # likewise

    tf.constant(0.0)
    return peak_bytes()


def _forget_peak() -> None:
    """Let the kernel count the peak of memory from here on; where it does not, from the start of the process."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
