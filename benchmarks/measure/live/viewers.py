"""What people who watch the page of `--web` cost the classifier."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Literal, Self

from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, write_result
from benchmarks.results.live import Block, Viewers
from edge_app.app import LiveLoop
from edge_app.common.own_process import python_command
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table
from edge_app.demo.drawn_pets import DrawnCamera
from edge_app.display.display_frame import DisplayFrame
from edge_app.display.smoothing import LabelSmoother
from edge_app.live.frame_classifier import FrameClassifier
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image
from edge_app.sources.frames import Frame, Pacer, now_s
from edge_app.sources.opening import EveryFrame
from edge_app.web.sink import WebSink

CAMERA_FPS = 30.0
_DRAWINGS = 30
_WARM_S = 1.0
_SMOOTHING_S = 0.3


def measure_viewers(model: Path, out: Path, viewers: int, seconds: float, pairs: int, threads: int | None) -> None:
    """Run the live loop with nobody and with `viewers` watching, in turn; print a table and write every number.

    Args:
        model: a `.tflite` file.
        out: JSON.
        viewers: how many watch.
        seconds: of a block.
        pairs: of blocks, for each way of feeding; their order is turned from pair to pair.
        threads: of the CPU; None: the usual number.

    Raises:
        FieldLensError: the model cannot be used, or there is no web extra.
    """
    date, device = now(), examine_device()
    frame_classifier = FrameClassifier([model], lambda path: Classifier(path, threads))
    camera = DrawnCamera(0, 640, 480)
    drawings = [camera.frame(10 * number)[0] for number in range(_DRAWINGS)]
    blocks = []
    with WebSink(port=0) as page, Progress("blocks", 4 * pairs) as progress:
        for fed in ("camera", "always ready"):
            for watching in turns(viewers, pairs):
                blocks.append(_block(frame_classifier, page, drawings, fed, watching, seconds))
                progress.step(f"{fed}, {watching} viewers: {blocks[-1].fps:.1f} fps")
    print(table(blocks))
    write_result(out, Viewers(date, device, model.name, threads, tuple(blocks)))
    print(f"result  {out}")


def turns(viewers: int, pairs: int) -> list[int]:
    """Return how many watch in each block: 0, n, n, 0, 0, n, … so that a machine that warms up favours neither."""
    return [watching for pair in range(pairs) for watching in ((0, viewers) if pair % 2 == 0 else (viewers, 0))]


def table(blocks: list[Block]) -> str:
    """Return medians over blocks, and what viewers change."""
    rows = []
    for fed in dict.fromkeys(block.fed for block in blocks):
        alone = [block for block in blocks if block.fed == fed and block.viewers == 0]
        watched = [block for block in blocks if block.fed == fed and block.viewers > 0]
        for name, some in (("nobody", alone), (f"{watched[0].viewers} viewers", watched)):
            latency_ms = statistics.median(value for block in some for value in block.latencies_s) * 1e3
            fps = statistics.median(block.fps for block in some)
            ratio = fps / statistics.median(block.fps for block in alone)
            pictures = statistics.median(block.pictures / block.duration_s for block in some)
            rows.append((fed, name, f"{fps:.1f}", f"{ratio:.3f}", f"{latency_ms:.2f}", f"{pictures:.0f}"))
    return text_table(("frames", "watched by", "fps", "of nobody's", "frame to label, ms", "pictures/s sent"), rows)


def _block(
    frame_classifier: FrameClassifier, page: WebSink, drawings: list[Image], fed: str, viewers: int, seconds: float
) -> Block:
    watching = _ViewerProcess(page.port, viewers) if viewers else None
    stretch = _TimedSink(seconds)
    drawn = EveryFrame(_Drawings(drawings, Pacer(CAMERA_FPS) if fed == "camera" else None))
    LiveLoop(drawn, frame_classifier, [page, stretch], LabelSmoother(_SMOOTHING_S)).run()
    pictures, viewers_cpu_s = (0, 0.0) if watching is None else watching.leave()
    latencies_s = tuple(stretch.latencies_s)
    return Block(fed, viewers, len(latencies_s), stretch.duration_s, latencies_s, pictures, viewers_cpu_s)


class _Drawings:
    """Drawings without end, at the pace of a camera or as fast as they are asked for."""

    live: Literal[False] = False
    stills = False
    fps = CAMERA_FPS

    def __init__(self, images: list[Image], pacer: Pacer | None) -> None:
        self.skipped: list[str] = []
        self._images, self._pacer = images, pacer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def frames(self) -> Iterator[Frame]:
        for number in count():
            captured_at_s = now_s() if self._pacer is None else self._pacer.wait()
            yield Frame(self._images[number % len(self._images)], "drawings", number, captured_at_s)


class _TimedSink:
    """Notes the latency of every frame after a warm-up, and ends the loop when its time is over."""

    def __init__(self, seconds: float) -> None:
        self.latencies_s: list[float] = []
        self.duration_s = 0.0
        self._begin_s, self._seconds = now_s() + _WARM_S, seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def consume(self, display_frame: DisplayFrame) -> bool:
        self.duration_s = now_s() - self._begin_s
        if self.duration_s >= 0.0:
            self.latencies_s.append(display_frame.classified.prediction.latency_ms * 1e-3)
        return self.duration_s < self._seconds


class _ViewerProcess:
    def __init__(self, port: int, viewers: int) -> None:
        command = python_command("benchmarks.measure.live.viewer_process", str(port), str(viewers))
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._process.stdout.readline()  # they are there

    def leave(self) -> tuple[int, float]:
        """Return how many pictures were seen, and the processor time."""
        answer, _ = self._process.communicate(timeout=30)  # closes its input
        seen = json.loads(answer)
        return sum(seen["pictures"]), float(seen["cpu_s"])
