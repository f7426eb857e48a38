"""Lines about frames: readable text on stdout, or JSON on stdout or in a file."""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from io import FileIO
from pathlib import Path
from typing import Self

from edge_app.common.errors import OutputError, describe_os_error
from edge_app.common.notices import escape_control, note
from edge_app.common.outputs import is_stream, refuse_existing, try_lock
from edge_app.display.display_frame import DisplayFrame
from edge_app.sources.frames import now_s

RATE_PERIOD_S = 5.0
"""Between two lines that say how fast it runs."""


class TextLinesSink:
    """Prints source, frame, label, score and latency: what there is to see without a window or a file.

    A program at the other end of a pipe gets a line per frame. A person at a terminal gets one when the label or the
    picture changes, and the rate every few seconds.

    Args:
        changes_only: whether a person reads; None: where stdout is a terminal.
        clock_s: a clock, seconds.
    """

    def __init__(self, changes_only: bool | None = None, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._changes_only = sys.stdout.isatty() if changes_only is None else changes_only
        self._clock_s = clock_s
        self._shown: tuple[str, str] | None = None
        self._frames = 0
        self._latency_ms = 0.0
        self._since_s = clock_s()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        pass

    def consume(self, display_frame: DisplayFrame) -> bool:
        """Print a line for the frame if there is news."""
        prediction = display_frame.classified.prediction
        shown = (prediction.source, display_frame.label)
        if shown != self._shown or not self._changes_only:
            self._print_label(display_frame)
        if self._changes_only:
            self._count(prediction.latency_ms, still=self._shown is None or shown[0] != self._shown[0])
        self._shown = shown
        return True

    def _print_label(self, display_frame: DisplayFrame) -> None:
        prediction = display_frame.classified.prediction
        where = f"{prediction.source} #{prediction.frame}"
        label = escape_control(display_frame.label)
        print(f"{where}  {label}  {display_frame.score:.1%}  {prediction.latency_ms:.1f} ms", flush=True)

    def _count(self, latency_ms: float, still: bool) -> None:
        """Print the rate when it is time; pictures of a folder have none, they are each a line."""
        self._frames += 1
        self._latency_ms += latency_ms
        now_s = self._clock_s()
        if now_s - self._since_s < RATE_PERIOD_S:
            return
        if not still:
            rate = self._frames / (now_s - self._since_s)
            print(f"{rate:.1f} frames/s, {self._latency_ms / self._frames:.1f} ms each", flush=True)
        self._frames, self._latency_ms, self._since_s = 0, 0.0, now_s


class JsonLinesSink:
    """Writes a JSON object per frame.

    A full disk ends the file, not the run: the lines written until then are kept.

    Args:
        target: a path, or `-` for stdout.
        overwrite: whether an existing file may be replaced.

    Raises:
        OutputError: the file exists, or cannot be written.
    """

    def __init__(self, target: str, overwrite: bool = False) -> None:
        self._path = None if target == "-" else Path(target)
        self._file: FileIO | None = None
        self._whole_bytes = 0
        if self._path is not None:
            refuse_existing(self._path, overwrite)

    def __enter__(self) -> Self:
        if self._path is not None:
            self._file = _open_for_lines(self._path)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._file is not None:
            self._file.close()

    def consume(self, display_frame: DisplayFrame) -> bool:
        """Write one line at once, so that a reader at the other end of a pipe is live as well."""
        line = json_line(display_frame)
        if self._path is None:
            sys.stdout.write(line)
            sys.stdout.flush()
        elif self._file is not None:
            self._append(self._path, self._file, line.encode())
        return True

    def _append(self, path: Path, file: FileIO, line: bytes) -> None:
        try:
            if not self._whole_bytes and not is_stream(path):
                file.truncate(0)  # an older file goes when there is something newer
            if file.write(line) < len(line):  # a disk takes what it has room for, and complains at the next line only
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._whole_bytes += len(line)
        except OSError as error:
            self._stop(file, error)

    def _stop(self, file: FileIO, fault: OSError) -> None:
        """End the file in mid-run, behind its last whole line, and keep it."""
        self._file = None
        why = f"`{self._path}` can no longer be written ({(fault.strerror or str(fault)).lower()})"
        with suppress(OSError):  # a FIFO has no length
            file.truncate(self._whole_bytes)
        with suppress(OSError):
            file.close()
        note(f"{why}: the file ends here and is kept; classifying continues")


def _open_for_lines(path: Path) -> FileIO:
    """Open a file under its own name, so that every line is there when it is written, whatever happens next."""
    try:
        if is_stream(path):
            if path.is_fifo():
                note(f"waiting for a reader of `{path}`")
            return FileIO(path, "w")
        path.parent.mkdir(parents=True, exist_ok=True)
        file = FileIO(path, "a")
        if not try_lock(file.fileno()):
            file.close()
            raise OutputError(f"`{path}` is being written by another run; choose another name")
        return file
    except OSError as error:
        error.filename = str(path)
        raise OutputError(describe_os_error(error)) from error


def json_line(display_frame: DisplayFrame) -> str:
    """Return a JSON object as a line: the raw scores of the frame, and the label shown, which may be smoothed.

    The loop shares its cores with the model, so names and labels are quoted once and kept; numbers are written as
    `json` writes them.
    """
    classified = display_frame.classified
    prediction, model = classified.prediction, classified.classifier.path.name
    top = ", ".join([f"[{_quoted(label)}, {round(score, 6)}]" for label, score in prediction.top])
    return (
        f'{{"time": "{_captured_at(classified.frame.captured_at_s)}", "model": {_quoted(model)}, '
        f'"source": {_quoted(prediction.source)}, "frame": {prediction.frame}, '
        f'"label": {_quoted(prediction.label)}, "score": {round(prediction.score, 6)}, '
        f'"shown": {_quoted(display_frame.label)}, "top": [{top}], '
        f'"latency_ms": {round(prediction.latency_ms, 4)}, "age_ms": {round(prediction.age_ms, 4)}}}\n'
    )


@lru_cache(maxsize=1024)
def _quoted(text: str) -> str:
    """Return a JSON string; control characters that JSON allows (C1, direction marks) are escaped as well.

    Lines may be printed on a terminal, which obeys some of them.
    """
    quoted = json.dumps(text, ensure_ascii=False)
    if quoted.isprintable():
        return quoted
    return "".join(character if character.isprintable() else json.dumps(character)[1:-1] for character in quoted)


def _captured_at(captured_at_s: float) -> str:
    """Return when a frame was captured, by the clock on the wall: ISO 8601, UTC."""
    second, millisecond = divmod(int((time.time() - (now_s() - captured_at_s)) * 1e3), 1000)
    return f"{_second(second)}.{millisecond:03d}+00:00"


@lru_cache(maxsize=1)
def _second(since_1970_s: int) -> str:
    return datetime.fromtimestamp(since_1970_s, UTC).strftime("%Y-%m-%dT%H:%M:%S")
