"""Our side of the conversation with a worker in another environment."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

from edge_app.common.errors import MissingDependencyError, PeerError

ROOT = Path(__file__).parent.parent.parent.parent
"""Where `python -m benchmarks…` finds our packages."""

PEERS_PYTHON = Path(".venv-peers") / "bin" / "python"
"""Made by `make peers`, in the repository's root."""

TFLITE_RUNTIME_PYTHON = Path(".venv-tflite-runtime") / "bin" / "python"
"""Made by `make peers` too, where there is a Python 3.11."""


def peers_python(given: Path | None = None, usual: Path = PEERS_PYTHON) -> Path:
    """Return the interpreter of a peers' environment.

    Args:
        given: by the user; None: the one that `make peers` makes.
        usual: where that is, below the repository's root.

    Raises:
        MissingDependencyError: it is not there.
    """
    python = given or ROOT / usual
    if not python.is_file():
        raise MissingDependencyError(f"there is no peers' environment (`{python}`); make it with: make peers")
    return python.absolute()  # not resolved: a virtual environment is known by the link


class WorkerProcess:
    """A worker that lives until the block ends.

    Args:
        module: as in `benchmarks.experiments.peers.workers.mediapipe_worker`.
        python: of its environment; None: this one.

    Attributes:
        begin_s: `time.perf_counter()` just before its process was started.

    Raises:
        PeerError: the worker died or failed; from `ask`.
    """

    def __init__(self, module: str, python: Path | None = None) -> None:
        self._module = module
        self._command = [str(python or sys.executable), "-m", module]

    def __enter__(self) -> Self:
        self._complaints = tempfile.TemporaryFile("w+")
        self.begin_s = time.perf_counter()
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
            start_new_session=True,  # Ctrl-C is for us; the worker ends with its stdin
        )
        return self

    def __exit__(self, *_error: object) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._complaints.close()

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Call a method of the worker and return its answer.

        Raises:
            PeerError: it died or failed.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        answer: dict[str, Any] = json.loads(line) if line else {"failed": self._last_complaint()}
        if "failed" in answer:
            raise PeerError(f"`{self._module}` failed at {do}: {answer['failed']}; try `make peers` again")
        return answer

    def _last_complaint(self) -> str:
        self._complaints.seek(0)
        lines = self._complaints.read().strip().splitlines()
        return lines[-1] if lines else "its process ended"
