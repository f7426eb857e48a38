"""The app for hours on a camera that is dropped again and again: memory, threads, and how soon it is back.

The app and the camera are processes of their own; this one pulls the plug, reads the JSON lines, and looks at
`/proc`. Linux only.
"""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure.live.camera_process import CameraProcess
from edge_app.common.errors import SourceError
from edge_app.common.own_process import python_command
from edge_app.model.classifier import Classifier

SETTLED_S = 300.0
"""Growth counts from here on: caches and pools are full by then."""

_SAMPLE_PERIOD_S = 5.0
_GONE_S = 3.0  # how long the camera stays away
_START_TIMEOUT_S = 60.0
_RECOVERY_TIMEOUT_S = 30.0
_LEAVE_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Sample:
    """The app at one moment.

    Attributes:
        at_s: since the first label.
        resident_bytes: its memory.
        threads: of the process.
        frames: labelled so far.
    """

    at_s: float
    resident_bytes: int
    threads: int
    frames: int


@dataclass
class Soak:
    """What a long run came to.

    Attributes:
        fps: of the camera.
        samples: every few seconds.
        recoveries_s: per drop: from the camera's return to the next label.
        told: what the app said on stderr.
        exit_code: of the app.
    """

    fps: float
    samples: list[Sample] = field(default_factory=list)
    recoveries_s: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    exit_code: int = 0

    def growth_bytes(self) -> int:
        """Return by how much the memory grew at its worst after it had settled; a short run has a third for that."""
        settled_s = min(SETTLED_S, self.samples[-1].at_s / 3)
        later = [sample.resident_bytes for sample in self.samples if sample.at_s >= settled_s]
        return max(later) - later[0]


def soak(model: Path, minutes: float, drop_every_s: float, fps: float, step: Callable[[float], None]) -> Soak:
    """Run the app on a camera that drops.

    Args:
        model: a `.tflite` file.
        minutes: to run.
        drop_every_s: from one drop to the next, seconds.
        fps: of the camera.
        step: gets the seconds that have passed.

    Raises:
        SourceError: the app or the camera does not start, or the app does not come back.
        ModelFileError: the model cannot be used.
    """
    found = Soak(fps)
    Classifier(model)  # says what is wrong with the file before anything is started
    with CameraProcess(fps) as camera, _App(model, camera.address) as app:
        app.wait_for_frames(1, _START_TIMEOUT_S)
        begin_s = time.monotonic()
        next_drop_s = drop_every_s
        while (passed_s := time.monotonic() - begin_s) < minutes * 60:
            if passed_s >= next_drop_s:
                next_drop_s += drop_every_s
                found.recoveries_s.append(_drop(camera, app))
            found.samples.append(app.sample(time.monotonic() - begin_s))
            step(passed_s)
            time.sleep(min(_SAMPLE_PERIOD_S, drop_every_s / 2))
        found.exit_code, found.told = app.end()
    return found


def _drop(camera: CameraProcess, app: _App) -> float:
    """Pull the plug, wait, put it back; return how long the next label took."""
    camera.kill()
    time.sleep(_GONE_S)
    frames = app.frames
    camera.start()
    back_s = time.monotonic()
    app.wait_for_frames(frames + 1, _RECOVERY_TIMEOUT_S)
    return time.monotonic() - back_s


class _App:
    """`python -m edge_app` with JSON lines, read by a thread."""

    def __init__(self, model: Path, address: str) -> None:
        self.frames = 0
        command = python_command("edge_app", str(model), "--source", address, "--no-window", "--jsonl", "-")
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._told: list[str] = []
        self._ended = False
        self._changed = threading.Condition()
        self._readers = [threading.Thread(target=work, daemon=True) for work in (self._count, self._listen)]

    def __enter__(self) -> _App:
        for reader in self._readers:
            reader.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _count(self) -> None:
        assert self._process.stdout is not None
        for _ in self._process.stdout:
            with self._changed:
                self.frames += 1
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        self._told.extend(line.rstrip("\n") for line in self._process.stderr)

    def wait_for_frames(self, frames: int, timeout_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self.frames >= frames or self._ended, timeout_s)
        if self.frames < frames:
            how = "ended" if self._ended else f"labelled none for {timeout_s:.0f} s"
            raise SourceError(f"the app {how} after {self.frames:,} frames: {'; '.join(self._told[-3:]) or 'no word'}")

    def sample(self, at_s: float) -> Sample:
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            raise SourceError(f"the app ended after {at_s:.0f} s: {'; '.join(self._told[-3:])}") from None
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        if "VmRSS" not in facts:  # a process that ended and was not waited for
            raise SourceError(f"the app ended after {at_s:.0f} s: {'; '.join(self._told[-3:])}")
        return Sample(at_s, int(facts["VmRSS"].split()[0]) * 1024, int(facts["Threads"]), self.frames)

    def end(self) -> tuple[int, list[str]]:
        """End it as systemd does; return the exit code (-9: it had to be killed) and what was said."""
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(_LEAVE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        for reader in self._readers:
            reader.join()
        return code, self._told
