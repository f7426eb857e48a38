"""A broker of our own on this machine, which can be killed, stalled and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from benchmarks.experiments.loopback_port import free_port
from edge_app.common.errors import MissingDependencyError, PeerError

_START_S = 10.0
_PLACES = os.pathsep.join(("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"))  # not on everybody's PATH


def mosquitto() -> str:
    """Return the program.

    Raises:
        MissingDependencyError: it is not installed.
    """
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path=_PLACES)
    if found is None:
        raise MissingDependencyError("mosquitto, the broker, is not installed; on Debian: sudo apt install mosquitto")
    return found


class Broker:
    """Mosquitto on a loopback port; it remembers nothing between two starts.

    Args:
        folder: for its settings.
        settings: more lines of them; the default lets everybody in.
    """

    def __init__(self, folder: Path, settings: Sequence[str] = ("allow_anonymous true",)) -> None:
        self.port = free_port()
        self._file = folder / "mosquitto.conf"
        self._file.write_text(
            "\n".join([f"listener {self.port} 127.0.0.1", "persistence false", "user root", *settings])
        )
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.kill()

    def start(self) -> float:
        """Start it, wait until it listens; return when it did (`time.monotonic()`).

        Raises:
            PeerError: it does not.
        """
        self._process = subprocess.Popen([mosquitto(), "-c", str(self._file)], stderr=subprocess.DEVNULL)
        until_s = time.monotonic() + _START_S
        while time.monotonic() < until_s and self._process.poll() is None:
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", self.port)) == 0:
                    return time.monotonic()
            time.sleep(0.01)
        self.kill()
        raise PeerError(f"mosquitto does not listen on port {self.port}; try: mosquitto -v -c {self._file}")

    def kill(self) -> None:
        """End it at once, as a pulled plug does."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def stall(self, stalled: bool) -> None:
        """Let it stand still with its connections open, or go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP if stalled else signal.SIGCONT)
