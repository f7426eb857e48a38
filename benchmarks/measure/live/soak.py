"""The app for hours on a camera that is dropped again and again: memory, threads, files, and how soon it is back.

The app does all that it can at once: JSON lines, the page with a viewer, and photographs to train on. App, camera and
viewer are processes of their own; this one pulls the plug, reads the JSON lines, and looks at `/proc`. Linux only.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure.live.camera_stand_in import CameraProcess
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now
from benchmarks.results.live import Sample, Soak
from edge_app.common.errors import SourceError
from edge_app.common.own_process import python_command
from edge_app.common.process_memory import status_bytes
from edge_app.common.tables import text_table
from edge_app.model.classifier import Classifier
from edge_app.photographs.splits import sha256_of

_SAMPLE_PERIOD_S = 5.0
_GONE_S = 3.0  # how long the camera stays away
_START_TIMEOUT_S = 60.0
_RECOVERY_TIMEOUT_S = 30.0
_LEAVE_TIMEOUT_S = 60.0
_COLLECT_EVERY_S = 2
_WANTED_GROWTH_MIB = 2.0
_WANTED_RECOVERY_S = 2.0


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
    Classifier(model)  # says what is wrong with the file before anything is started
    date, device = now(), examine_device()
    samples, recoveries_s = [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        CameraProcess(fps) as camera,
        _App(model, camera.address, Path(folder) / "collected") as app,
    ):
        app.wait_for_frames(1, _START_TIMEOUT_S)
        viewer = _Viewer(app.port())
        begin_s = time.monotonic()
        next_drop_s = drop_every_s
        while (passed_s := time.monotonic() - begin_s) < minutes * 60:
            if passed_s >= next_drop_s:
                next_drop_s += drop_every_s
                recoveries_s.append(_drop(camera, app))
            samples.append(app.sample(time.monotonic() - begin_s))
            step(passed_s)
            time.sleep(min(_SAMPLE_PERIOD_S, drop_every_s / 2))
        pictures_seen = viewer.end()
        exit_code, messages = app.end()
        collected = sum(1 for _ in Path(folder).rglob("*.jpg"))
    return Soak(
        date=date,
        device=device,
        file=model.name,
        sha256=sha256_of(model.read_bytes()),
        fps=fps,
        samples=tuple(samples),
        recoveries_s=tuple(recoveries_s),
        messages=tuple(messages),
        exit_code=exit_code,
        pictures_seen=pictures_seen,
        collected=collected,
    )


def soak_table(found: Soak) -> str:
    """Return what was reached beside what was wanted, as Markdown."""
    first, last = found.samples[0], found.samples[-1]
    threads = [sample.threads for sample in found.settled()]
    descriptors = [sample.descriptors for sample in found.settled()]
    recovery = f"{max(found.recoveries_s):.2f} s" if found.recoveries_s else "no drop"
    rows = [
        ("growth after it settled", f"≤ {_WANTED_GROWTH_MIB} MiB", f"{found.growth_bytes() / 2**20:.2f} MiB"),
        ("highest moment after it settled", "", f"{found.highest_moment_bytes() / 2**20:.2f} MiB above the first"),
        ("slowest recovery", f"≤ {_WANTED_RECOVERY_S} s", recovery),
        ("threads, settled: first, most, last", "no more at the end", _course(threads)),
        ("open files, settled: first, most, last", "no more at the end", _course(descriptors)),
        ("memory: first, last", "", f"{first.resident_bytes / 2**20:.1f}, {last.resident_bytes / 2**20:.1f} MiB"),
        ("exit code after Ctrl-C", "0", str(found.exit_code)),
    ]
    facts = f"{last.at_s / 60:.1f} minutes, {last.frames:,} frames labelled, {len(found.recoveries_s)} drops, "
    facts += f"{found.pictures_seen:,} pictures seen on the page, {found.collected:,} photographs collected"
    notice = found.messages[-1] if found.messages else ""
    return f"{facts}\n{notice}\n\n{text_table(('what', 'wanted', 'reached'), rows)}"


def _course(numbers: list[int]) -> str:
    return f"{numbers[0]}, {max(numbers)}, {numbers[-1]}"


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
    """`fieldlens app` with JSON lines, read by a thread, a page, and photographs that it collects."""

    def __init__(self, model: Path, address: str, collected: Path) -> None:
        self.frames = 0
        words = ["--source", address, "--no-window", "--jsonl", "-", "--web", "0"]
        words += ["--collect", str(collected), "--when", f"every:{_COLLECT_EVERY_S}"]
        command = python_command("edge_app", str(model), *words)
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._messages: list[str] = []
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
        self._messages.extend(line.rstrip("\n") for line in self._process.stderr)

    def wait_for_frames(self, frames: int, timeout_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self.frames >= frames or self._ended, timeout_s)
        if self.frames < frames:
            how = "ended" if self._ended else f"labelled none for {timeout_s:.0f} s"
            raise SourceError(
                f"the app {how} after {self.frames:,} frames: {'; '.join(self._messages[-3:]) or 'it wrote nothing'}"
            )

    def port(self) -> int:
        """Return the port of the page, as the app printed it.

        Raises:
            SourceError: it printed none.
        """
        for sentence in self._messages:
            if found := re.search(r"watch at http://127\.0\.0\.1:(\d+)/", sentence):
                return int(found[1])
        raise SourceError(f"the app serves no page: {'; '.join(self._messages[-3:])}")

    def sample(self, at_s: float) -> Sample:
        processes = [found for pid in _with_children(self._process.pid) if (found := _state(pid)) is not None]
        if not processes or self._process.poll() is not None:
            raise SourceError(f"the app ended after {at_s:.0f} s: {'; '.join(self._messages[-3:])}")
        resident, threads, descriptors = (sum(numbers) for numbers in zip(*processes, strict=True))
        return Sample(at_s, resident, threads, self.frames, descriptors)

    def end(self) -> tuple[int, list[str]]:
        """End it as systemd does; return the exit code (-9: it had to be killed) and what it wrote."""
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(_LEAVE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        for reader in self._readers:
            reader.join()
        return code, self._messages


class _Viewer:
    """Somebody who watches the page."""

    def __init__(self, port: int) -> None:
        command = python_command("benchmarks.measure.live.viewer_process", str(port), "1")
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._process.stdout.readline()  # that it watches

    def end(self) -> int:
        """Return how many pictures came."""
        said, _ = self._process.communicate(timeout=_LEAVE_TIMEOUT_S)
        return int(json.loads(said)["pictures"][0])


def _with_children(pid: int) -> list[int]:
    """Return a process and all that it started."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in _with_children(int(child)))]


def _state(pid: int) -> tuple[int, int, int] | None:
    """Return memory in bytes, threads and open descriptors of a process; None: it has ended."""
    resident_bytes = status_bytes("VmRSS", pid)
    if resident_bytes is None:  # also of one that ended, and nobody has asked for its code
        return None
    try:
        threads, descriptors = (sum(1 for _ in Path(f"/proc/{pid}/{what}").iterdir()) for what in ("task", "fd"))
    except OSError:
        return None
    return resident_bytes, threads, descriptors
