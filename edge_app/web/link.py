"""The link between the classifier's process and the web server's: what both ends know.

Python runs one thread at a time, and a server thread waiting for its turn while holding Python's lock would hold up the
classifier. So the server is a process of its own, with the lowest priority, and asks: one byte on its standard output
is a question, and the answer comes on its standard input. It asks for pictures only while somebody watches, and for the
next one only when the last one is sent.
"""

from __future__ import annotations

import ipaddress
import json
import pickle
import struct
import threading
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from edge_app.common.errors import FieldLensError, UsageError
from edge_app.display.overlay import Overlay
from edge_app.model.occlusion import Explained
from edge_app.photographs.decoder import Image

PICTURE, STATE, HEALTH, EXPLAIN, EXPLAINED, ACT = b"p", b"s", b"h", b"e", b"f", b"a"
"""The questions; after the last one comes a line: what a page asks to do."""

LONGEST_ACT_BYTES = 64

_LENGTHS = struct.Struct(">II")


@dataclass(frozen=True)
class ServerSettings:
    """What the server is told when it starts; not on its command line, which every user of the machine can read.

    Attributes:
        address: to listen on.
        port: 0: any free one.
        token: what viewers must show; None: none.
        stall_s: a viewer who receives nothing for this long is disconnected.
        head_s: a request must be complete after this time.
        most_waiting: connections that have not asked for anything yet, fewer where the system allows fewer files.
        wrong_token_s: a wrong token is answered after this time.
        answer_s: an answer that is no stream must be received after this time.
        acting: whether the page has buttons that change something.
    """

    address: str
    port: int
    token: str | None
    stall_s: float = 8.0
    head_s: float = 10.0
    most_waiting: int = 2048
    wrong_token_s: float = 1.0
    answer_s: float = 20.0
    acting: bool = False


def is_loopback(address: str) -> bool:
    """Tell whether only this machine can reach an address.

    Raises:
        UsageError: it is not an IP address.
    """
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError as error:
        raise UsageError(
            f"the address `{address}` is not an IP address; give one of this machine's, or 0.0.0.0 for all of them"
        ) from error


class ClassifierLink:
    """The server's end: asks the classifier's process, in which `ServerProcess` answers."""

    def __init__(self, questions: IO[bytes], answers: IO[bytes]) -> None:
        self._questions, self._answers = questions, answers
        self._lock = threading.Lock()

    def read_settings(self) -> ServerSettings:
        """Return what the server is told first."""
        return ServerSettings(**json.loads(self._answers.readline()))

    def report_start(self, about: dict[str, Any]) -> None:
        """Report the port, or why the server cannot listen."""
        self._questions.write(json.dumps(about).encode() + b"\n")
        self._questions.flush()

    def text(self, question: bytes) -> str:
        """Return the answer to `STATE` or `HEALTH`, as JSON."""
        return self._ask(question)[0].decode()

    def act(self, what: str) -> str:
        """Let the classifier's process do something; return its state afterwards, as JSON."""
        return self._ask(ACT + what.encode() + b"\n")[0].decode()

    def picture(self) -> tuple[Overlay, Image] | None:
        """Return the newest picture; None: nothing new."""
        head, body = self._ask(PICTURE)
        if not head:
            return None
        overlay, shape = pickle.loads(head)  # our own parent wrote it
        return overlay, np.frombuffer(body, np.uint8).reshape(shape)

    def explained(self, anew: bool) -> Explained | None:
        """Return why a frame has its label; None: not known yet.

        Args:
            anew: ask about the newest frame, not the one that was asked about before.

        Raises:
            FieldLensError: it cannot be found out.
        """
        head, body = self._ask(EXPLAIN if anew else EXPLAINED)
        if not head:
            return None
        explanation, shape = pickle.loads(head)
        if explanation is None:
            raise FieldLensError("this label cannot be explained: no frame has come yet, or the program says why not")
        return Explained(np.frombuffer(body, np.uint8).reshape(shape), explanation)

    def _ask(self, question: bytes) -> tuple[bytes, bytes]:
        with self._lock:
            try:
                self._questions.write(question)
                self._questions.flush()
            except BrokenPipeError as error:
                raise EOFError("the classifier has ended") from error
            head, body = _LENGTHS.unpack(self._read_exactly(_LENGTHS.size))
            return self._read_exactly(head), self._read_exactly(body)

    def _read_exactly(self, length: int) -> bytes:
        content = self._answers.read(length)
        if len(content) < length:
            raise EOFError("the classifier has ended")
        return content


def send_answer(stream: IO[bytes], head: bytes, body: bytes | memoryview) -> None:
    """Answer a question; an empty head means that there is nothing new."""
    stream.write(_LENGTHS.pack(len(head), len(body)) + head)
    stream.write(body)
    stream.flush()
