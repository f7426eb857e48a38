"""The app's process of the fuzz command: it opens one file and labels one frame, as the app does.

Its death is what the command looks for, so it is a process of its own, forked where the system can from one that has
imported everything.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.measure.protocol.latency import camera_frames
from edge_app.common.errors import FieldLensError
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image

THREADS = 2


@dataclass(frozen=True)
class Opened:
    """How the app's process ended with a file.

    Attributes:
        label: of the frame; empty where there is none.
        sentence: of the error; empty where there is none.
        traceback: of an exception that is no `FieldLensError`; empty where there is none.
        exit_code: 0, or negative the signal that ended the process; None: it hung and was ended.
    """

    label: str = ""
    sentence: str = ""
    traceback: str = ""
    exit_code: int | None = 0


class AppProcesses:
    """Starts the app's processes.

    Args:
        cache: the user's cache folder for them.
        time_limit_s: after which a process hangs.
    """

    def __init__(self, cache: Path, time_limit_s: float) -> None:
        self._cache, self._time_limit_s = cache, time_limit_s
        self._frame_bgr = camera_frames()[0]
        forking = "forkserver" in multiprocessing.get_all_start_methods()
        self._context = multiprocessing.get_context("forkserver" if forking else "spawn")
        if forking:
            self._context.set_forkserver_preload([__name__])

    def open(self, model: Path) -> Opened:
        """Let a process open a file and label a frame."""
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=be_the_app, args=(theirs, model, self._frame_bgr, self._cache))  # type: ignore[attr-defined]  # the base context's stub lacks it
        process.start()
        theirs.close()
        try:
            if not ours.poll(self._time_limit_s):
                return Opened(exit_code=None)
            told = _told(ours)
            process.join(self._time_limit_s)
            return Opened(*told, exit_code=process.exitcode)
        finally:
            process.kill()
            process.join()
            ours.close()


def _told(ours: Connection) -> tuple[str, str, str]:
    """Return what the process said; one that died said nothing."""
    try:
        told: tuple[str, str, str] = ours.recv()
        return told
    except EOFError:
        return "", "", ""


def be_the_app(pipe: Connection, model: Path, frame_bgr: Image, cache: Path) -> None:
    """Open a file and label a frame; tell label, sentence and traceback."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which ends us
    os.environ["XDG_CACHE_HOME"] = str(cache)
    label = sentence = trace = ""
    try:
        label = Classifier(model, THREADS).classify(frame_bgr).label
    except FieldLensError as error:
        sentence = str(error)
    except Exception:
        trace = traceback.format_exc()
    pipe.send((label, sentence, trace))
    pipe.close()
