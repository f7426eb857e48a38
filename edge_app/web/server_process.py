"""The classifier's side of the live preview: the newest result, and the process that serves it."""

from __future__ import annotations

import contextlib
import json
import pickle
import subprocess
import threading
import time
from collections import deque
from dataclasses import asdict, replace
from typing import IO, Any, Protocol

import cv2
import numpy as np

from edge_app.common.errors import OutputError
from edge_app.common.notices import note
from edge_app.common.own_process import python_command
from edge_app.display.display_frame import DisplayFrame
from edge_app.live.explainer import Explainer
from edge_app.model.card import NEITHER
from edge_app.photographs.decoder import Image
from edge_app.web.link import ACT, EXPLAIN, EXPLAINED, HEALTH, LONGEST_ACT_BYTES, STATE, ServerSettings, send_answer

_LARGEST_WIDTH = 1280  # of a picture for a browser
_START_S, _STOP_S, _PAUSE_S = 30.0, 5.0, 2.0
HISTORY = 30
STALE_S = 10.0
"""After so long without a result the device is not healthy."""


class Buttons(Protocol):
    """What the buttons of a page do, and what it shows beside them; called in a thread of their own."""

    def state(self) -> dict[str, Any]:
        """Return what the page shows."""
        ...

    def act(self, what: str) -> None:
        """Do what was pressed; anything may be asked for."""
        ...


class PreviewState:
    """The newest result and a short history, for the page.

    The loop publishes, another thread reads; single assignments only, so that neither waits for the other.

    Args:
        buttons: of the page; None: it has none.
    """

    def __init__(self, buttons: Buttons | None = None) -> None:
        self.buttons = buttons
        self.newest: DisplayFrame | None = None
        self._frames = 0
        self._since_s = self._published_s = time.monotonic()
        self._history: deque[tuple[float, str, float]] = deque(maxlen=HISTORY)
        self._label: str | None = None

    def publish(self, display_frame: DisplayFrame) -> None:
        """Keep a result as the newest."""
        if display_frame.label != self._label:
            self._label = display_frame.label
            self._history.append((time.time(), display_frame.label, display_frame.score))
        self.newest = display_frame
        self._published_s = time.monotonic()
        self._frames += 1

    def state(self) -> dict[str, Any]:
        """Return the newest result and the history, as `state.json` has them."""
        newest, silent_s = self.newest, self.silent_s()
        about: dict[str, Any] = {
            "frames": self._frames,
            "up_s": round(time.monotonic() - self._since_s, 1),
            "silent_s": round(silent_s, 2),
            "history": [
                {"time": round(at_s, 3), "label": label, "score": round(score, 4)}
                for at_s, label, score in reversed(list(self._history))
            ],
        }
        if self.buttons is not None:
            about["teaching"] = self.buttons.state()
        return about if newest is None else about | _result(newest)

    def silent_s(self) -> float:
        """Return how long ago the last result came, seconds."""
        return time.monotonic() - self._published_s

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Return whether results keep coming, and how long ago the last one came."""
        silent_s = self.silent_s()
        healthy = self.newest is not None and silent_s < STALE_S
        return healthy, {"status": "ok" if healthy else "no frames", "silent_s": round(silent_s, 2)}


def _result(display_frame: DisplayFrame) -> dict[str, Any]:
    classified, timings = display_frame.classified, display_frame.overlay.timings
    return {
        "label": display_frame.label,
        "neither": display_frame.label == NEITHER,
        "score": round(display_frame.score, 4),
        "top": [[label, round(score, 4)] for label, score in display_frame.overlay.top],
        "source": classified.frame.source,
        "frame": classified.frame.number,
        "model": classified.classifier.path.name,
        "fps": round(timings.fps, 2),
        "dropped": timings.dropped,
        "times_ms": {
            "resize": round(timings.prepare_ms, 3),
            "model": round(timings.invoke_ms, 3),
            "scores": round(timings.scores_ms, 3),
            "frame to label": round(timings.latency_ms, 3),
            "capture to label": round(timings.age_ms, 3),
        },
    }


class ServerProcess:
    """Starts the server, answers its questions, and starts it again if it ends.

    Args:
        state: what it may ask for.
        settings: of the server.
    """

    def __init__(self, state: PreviewState, settings: ServerSettings) -> None:
        self.settings = settings
        self._state = state
        self._sent: DisplayFrame | None = None
        self._stopping = threading.Event()
        self._explainer = Explainer(note)
        self._process = self._start()
        self._thread = threading.Thread(target=self._answer_questions, name="web link", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the server."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._input.close()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._thread.join(_STOP_S)
        self._explainer.close()

    @property
    def process_id(self) -> int:
        """The process ID of the server."""
        return self._process.pid

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    def _start(self) -> subprocess.Popen[bytes]:
        command = python_command("edge_app.web.server")
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asdict(self.settings)).encode() + b"\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        told: dict[str, Any] = json.loads(answer) if answer else {"error": "the server ended at once"}
        if "error" in told:
            process.stdin.close()
            process.wait(_START_S)
            process.stdout.close()
            raise OutputError(
                f"--web cannot listen on {self.settings.address} port {self.settings.port}: {told['error']}; "
                "try another port: --web 8090"
            )
        self.settings = replace(self.settings, port=told["port"])
        return process

    def _answer_questions(self) -> None:
        while not self._stopping.is_set():
            assert self._process.stdout is not None
            with self._process.stdout as questions, contextlib.suppress(OSError, ValueError):
                while question := questions.read(1):
                    if question == ACT and self._state.buttons is not None:
                        self._state.buttons.act(questions.readline(LONGEST_ACT_BYTES).decode(errors="replace").strip())
                        question = STATE
                    send_answer(self._input, *self._reply(question))
            if not self._stopping.is_set():
                note(f"the web server ended unexpectedly (code {self._process.wait()}); restarting it")
                with contextlib.suppress(OSError):
                    self._input.close()
                self._restart()

    def _restart(self) -> None:
        while not self._stopping.wait(_PAUSE_S):
            with contextlib.suppress(OutputError):
                self._process, self._sent = self._start(), None
                return

    def _reply(self, question: bytes) -> tuple[bytes, bytes | memoryview]:
        if question == STATE:
            return json.dumps(self._state.state()).encode(), b""
        if question == HEALTH:
            return json.dumps(self._state.health()).encode(), b""
        if question in (EXPLAIN, EXPLAINED):
            return self._explained(anew=question == EXPLAIN)
        newest = self._state.newest
        if newest is None or newest is self._sent:
            return b"", b""
        self._sent = newest
        return _picture_of(_for_browsers(newest.classified.image_bgr), newest.overlay)

    def _explained(self, anew: bool) -> tuple[bytes, bytes | memoryview]:
        """Begin with the newest frame, and answer when it is explained."""
        if anew:
            self._explainer.forget()
        newest = self._state.newest
        found = None if newest is None else self._explainer.follow(True, newest.classified)
        if newest is None or self._explainer.failed:
            return pickle.dumps((None, ())), b""
        return (b"", b"") if found is None else _picture_of(found.image_bgr, found.explanation)


def _picture_of(image_bgr: Image, about: object) -> tuple[bytes, memoryview]:
    """Return what is said of a picture with its shape, and its bytes."""
    image = np.ascontiguousarray(image_bgr)
    return pickle.dumps((about, image.shape)), image.data.cast("B")


def _for_browsers(image: Image) -> Image:
    height, width = image.shape[:2]
    if width <= _LARGEST_WIDTH:
        return image
    size = (_LARGEST_WIDTH, max(1, round(height * _LARGEST_WIDTH / width)))
    # averaging costs five times as much, and is needed only where pixels would be left out
    rule = cv2.INTER_AREA if width > 2 * _LARGEST_WIDTH else cv2.INTER_LINEAR
    smaller: Image = cv2.resize(image, size, interpolation=rule)
    return smaller
