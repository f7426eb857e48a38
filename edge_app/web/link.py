"""The link between the classifier and the web server, which is another process.

Python runs one thread at a time, and a server thread that waits for its turn with Python's lock in hand would hold up
the classifier. So the server is a process of its own, with the least priority, and asks: one byte on its standard
output is a question, the answer comes on its standard input. It asks for pictures only while somebody watches, and for
the next only when the last one is sent.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import struct
import subprocess
import threading
from dataclasses import asdict, dataclass
from typing import IO, Any

import cv2
import numpy as np

from edge_app.common.errors import OutputError
from edge_app.common.notices import note
from edge_app.common.own_process import python_command
from edge_app.display.caption import Caption
from edge_app.live.display_frame import DisplayFrame
from edge_app.photographs.decoder import Image
from edge_app.web.board import Board

PICTURE, STATE, HEALTH = b"p", b"s", b"h"
_LENGTHS = struct.Struct(">II")
_LARGEST_WIDTH = 1280  # of a picture for a browser
_START_S, _LEAVE_S, _PAUSE_S = 30.0, 5.0, 2.0


@dataclass(frozen=True)
class Settings:
    """What the server is told when it starts; not on its command line, where every user of the machine can read.

    Attributes:
        address: to listen on.
        port: 0: any free one.
        token: what viewers must show; None: none.
        stall_s: a viewer who takes nothing for so long is dropped.
    """

    address: str
    port: int
    token: str | None
    stall_s: float = 8.0


class ServerProcess:
    """Starts the server, answers it, and starts it again should it end.

    Args:
        board: what it may ask for.
        settings: of the server.
    """

    def __init__(self, board: Board, settings: Settings) -> None:
        self.settings = settings
        self._board = board
        self._sent: DisplayFrame | None = None
        self._stopping = threading.Event()
        self._process = self._started()
        self._thread = threading.Thread(target=self._answer, name="web link", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the server."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._input.close()
        try:
            self._process.wait(_LEAVE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._thread.join(_LEAVE_S)

    @property
    def process_id(self) -> int:
        """Of the server."""
        return self._process.pid

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    def _started(self) -> subprocess.Popen[bytes]:
        command = python_command("edge_app.web.server")
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asdict(self.settings)).encode() + b"\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        told: dict[str, Any] = json.loads(answer) if answer else {"error": "it ended at once"}
        if "error" in told:
            process.stdin.close()
            process.wait(_START_S)
            process.stdout.close()
            raise OutputError(
                f"--web cannot listen on {self.settings.address} port {self.settings.port}: {told['error']}; "
                "try another port: --web 8090"
            )
        self.settings = Settings(self.settings.address, told["port"], self.settings.token, self.settings.stall_s)
        return process

    def _answer(self) -> None:
        while not self._stopping.is_set():
            assert self._process.stdout is not None
            with self._process.stdout as questions, contextlib.suppress(OSError, ValueError):
                while question := questions.read(1):
                    _send(self._input, *self._reply(question))
            if not self._stopping.is_set():
                note(f"the web server ended (code {self._process.wait()}); it is started again")
                with contextlib.suppress(OSError):
                    self._input.close()
                self._restart()

    def _restart(self) -> None:
        while not self._stopping.wait(_PAUSE_S):
            with contextlib.suppress(OutputError):
                self._process, self._sent = self._started(), None
                return

    def _reply(self, question: bytes) -> tuple[bytes, bytes | memoryview]:
        if question == STATE:
            return json.dumps(self._board.state()).encode(), b""
        if question == HEALTH:
            return json.dumps(self._board.health()).encode(), b""
        shown = self._board.newest
        if shown is None or shown is self._sent:
            return b"", b""
        self._sent = shown
        image = np.ascontiguousarray(_small(shown.seen.image_bgr))
        return pickle.dumps((shown.caption, image.shape)), image.data.cast("B")


class Asking:
    """The server's end."""

    def __init__(self, questions: IO[bytes], answers: IO[bytes]) -> None:
        self._questions, self._answers = questions, answers
        self._lock = threading.Lock()

    def settings(self) -> Settings:
        """Return what the server is told first."""
        return Settings(**json.loads(self._answers.readline()))

    def tell(self, about: dict[str, Any]) -> None:
        """Say how the start went."""
        self._questions.write(json.dumps(about).encode() + b"\n")
        self._questions.flush()

    def text(self, question: bytes) -> str:
        """Return the answer to `STATE` or `HEALTH`, as JSON."""
        return self._ask(question)[0].decode()

    def picture(self) -> tuple[Caption, Image] | None:
        """Return the newest picture; None: nothing new."""
        head, body = self._ask(PICTURE)
        if not head:
            return None
        caption, shape = pickle.loads(head)  # our own parent wrote it
        return caption, np.frombuffer(body, np.uint8).reshape(shape)

    def _ask(self, question: bytes) -> tuple[bytes, bytes]:
        with self._lock:
            try:
                self._questions.write(question)
                self._questions.flush()
            except BrokenPipeError as error:
                raise EOFError("the classifier has ended") from error
            head, body = _LENGTHS.unpack(self._exactly(_LENGTHS.size))
            return self._exactly(head), self._exactly(body)

    def _exactly(self, length: int) -> bytes:
        content = self._answers.read(length)
        if len(content) < length:
            raise EOFError("the classifier has ended")
        return content


def _send(stream: IO[bytes], head: bytes, body: bytes | memoryview) -> None:
    stream.write(_LENGTHS.pack(len(head), len(body)) + head)
    stream.write(body)
    stream.flush()


def _small(image: Image) -> Image:
    height, width = image.shape[:2]
    if width <= _LARGEST_WIDTH:
        return image
    size = (_LARGEST_WIDTH, max(1, round(height * _LARGEST_WIDTH / width)))
    # averaging costs five times as much, and is needed only where pixels would be left out
    rule = cv2.INTER_AREA if width > 2 * _LARGEST_WIDTH else cv2.INTER_LINEAR
    smaller: Image = cv2.resize(image, size, interpolation=rule)
    return smaller
