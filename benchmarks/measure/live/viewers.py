"""What people who watch the page of `--web` cost the classifier."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Literal, Self

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
from edge_app.live.watchdog import watch
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image
from edge_app.sources.frames import Frame, Pacer, now_s
from edge_app.sources.opening import EveryFrame
from edge_app.web.sink import WebSink

CAMERA_FPS = 30.0
_DRAWINGS = 30
_WARM_S = 1.0
_SMOOTHING_S = 0.3


def measure_viewers(
    model: Path, out: Path, viewers: int, seconds: float, pairs: int, threads: int | None, idle: int = 0
) -> None:
    """Run the live loop with nobody and with `viewers` watching, in turn; print a table and write every number.

    Args:
        model: a `.tflite` file.
        out: JSON.
        viewers: how many watch.
        seconds: of a block.
        pairs: of blocks, for each way of feeding; their order is turned from pair to pair.
        threads: of the CPU; None: the usual number.
        idle: connections that never finish a request while there are viewers.

    Raises:
        FieldLensError: the model cannot be used, or there is no web extra.
    """
    date, device = now(), examine_device()
    frame_classifier = FrameClassifier([model], lambda path: watch(Classifier(path, threads)))
    camera = DrawnCamera(0, 640, 480)
    drawings = [camera.frame(10 * number)[0] for number in range(_DRAWINGS)]
    blocks = []
    with WebSink(port=0) as page, Progress("blocks", 4 * pairs) as progress:
        for fed in ("camera", "always ready"):
            for watching in turns(viewers, pairs):
                blocks.append(_block(frame_classifier, page, drawings, fed, watching, idle if watching else 0, seconds))
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
            page_s = max((value for block in some for value in block.page_s), default=None)
            opened = "" if page_s is None else f"{page_s:.2f}"
            rows.append((fed, name, f"{fps:.1f}", f"{ratio:.3f}", f"{latency_ms:.2f}", f"{pictures:.0f}", opened))
    headings = ("frames", "watched by", "fps", "of nobody's", "frame to label, ms", "pictures/s sent")
    return text_table((*headings, "page opened after at most, s"), rows)


def _block(
    frame_classifier: FrameClassifier,
    page: WebSink,
    drawings: list[Image],
    fed: str,
    viewers: int,
    idle: int,
    seconds: float,
) -> Block:
    watching = _Others("viewer", page.port, viewers) if viewers else None
    slow = _Others("slow", page.port, idle) if idle else None
    owner = _Others("owner", page.port) if idle else None
    stretch = _TimedSink(seconds)
    drawn = EveryFrame(_Drawings(drawings, Pacer(CAMERA_FPS) if fed == "camera" else None))
    LiveLoop(drawn, frame_classifier, [page, stretch], LabelSmoother(_SMOOTHING_S)).run()
    opens, held, seen = (one.leave() if one else {} for one in (owner, slow, watching))
    latencies_s = tuple(stretch.latencies_s)
    return Block(
        *(fed, viewers, len(latencies_s), stretch.duration_s, latencies_s),
        pictures=sum(seen.get("pictures", [])),
        viewers_cpu_s=seen.get("cpu_s", 0.0),
        idle=idle,
        idle_opened=held.get("opened", 0),
        page_s=tuple(opens.get("opened_s", [])),
    )


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


class _Others:
    """People who come to the page, in a process of their own."""

    def __init__(self, who: str, port: int, *counts: int) -> None:
        command = python_command(f"benchmarks.measure.live.{who}_process", str(port), *map(str, counts))
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._process.stdout.readline()  # they are there

    def leave(self) -> dict[str, Any]:
        """Return what they tell."""
        answer, _ = self._process.communicate(timeout=60)  # closes its input
        told: dict[str, Any] = json.loads(answer)
        return told
