"""The stand-in camera in a process of its own, which can be killed and started again."""

from __future__ import annotations

import json
import subprocess
from typing import Self

from edge_app.common.errors import SourceError
from edge_app.common.own_process import python_command


class CameraProcess:
    """A camera at `address`; entering starts it.

    Args:
        fps: pictures a second.
    """

    def __init__(self, fps: float) -> None:
        self.fps = fps
        self.port = 0
        self.first_due_s = 0.0
        self._process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        """Where its stream is; the same after a restart."""
        return f"http://127.0.0.1:{self.port}/video"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, and wait until it listens.

        Raises:
            SourceError: it does not.
        """
        command = python_command("benchmarks.measure.live.camera_stand_in", str(self.port), str(self.fps))
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            self.kill()
            raise SourceError(
                "the camera stand-in did not start; run: python -m benchmarks.measure.live.camera_stand_in 0 30"
            )
        told = json.loads(line)
        self.port, self.first_due_s = int(told["port"]), float(told["first_due_s"])

    def kill(self) -> None:
        """End it at once, as a pulled plug does."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
