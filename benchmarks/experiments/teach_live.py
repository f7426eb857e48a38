"""What recording costs the live labels, in turns; and a script that teaches three labels as somebody at a board does.

Both need the edge install only. The camera is drawn beforehand: cats, dogs, and the places where they sit.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self
from urllib.request import Request, urlopen

import cv2
import numpy as np

from benchmarks.measure.live.camera_stand_in import StandInCamera
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, write_result
from benchmarks.results.teach_live import (
    COSTS_HEAD,
    LEARNING,
    LIVE,
    STARTS_HEAD,
    WAYS,
    FirstLabels,
    TeachLive,
    Turn,
    cost_rows,
    derived_from,
    start_rows,
)
from edge_app.app import LiveLoop
from edge_app.common.errors import PeerError
from edge_app.common.notices import note
from edge_app.common.outputs import refuse_existing
from edge_app.common.own_process import python_command
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table
from edge_app.demo.drawn_pets import FRAMES_PER_PET, DrawnCamera
from edge_app.demo.scenes import expose, random_background, random_exposure
from edge_app.display.display_frame import DisplayFrame
from edge_app.live.frame_classifier import FrameClassifier
from edge_app.model.starter import STARTER
from edge_app.photographs.decoder import Image
from edge_app.sources.frames import NoticeHandler, Pacer
from edge_app.sources.opening import open_frame_stream
from edge_app.teaching.album import Album
from edge_app.teaching.backbone import Backbone
from edge_app.teaching.learning import TaughtHead
from edge_app.teaching.lesson import Lesson, LessonSettings
from edge_app.teaching.taught_classifier import TaughtClassifier
from edge_app.teaching.teach import LessonSink

LABELS = ("cat", "dog", "nothing")

_WIDTH, _HEIGHT = 640, 480
_STEP = 5  # frames of the film from one picture to the next: a pet that moves as fast as hands do
_OTHERS, _OTHERS_STEP = 60, 15  # pictures that judge, of each label: three of each pet
_EARLIER = 20  # photographs of each other label that were there before a turn
_CAMERA_FPS = 15.0  # of the camera that things are held up to
_REPEAT_S = 0.3  # the page's own
_JPEG_QUALITY = 90
_PATIENCE_S = 120.0
_SETTLED_S = 1.0  # after another thing is shown: smoothing, and the state that the page keeps for a while


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        rounds: of turns, one of each way.
        turn_s: length of a turn.
        fps: of the camera in them.
        starts: from nothing to a label.
        fetch_s: in which a thing is fetched, before each time that it is held up.
        hold_s: for which it is held up.
        look_s: for which each label is shown at the end, with pictures that it was not taught with.
    """

    rounds: int
    turn_s: float
    fps: float
    starts: int
    fetch_s: float
    hold_s: float
    look_s: float = 5.0


def run_teach_live(plan: Plan, out: Path, overwrite: bool) -> int:
    """Measure; print the tables, write the raw result.

    Raises:
        FieldLensError: the program does not start, or never tells a label.
    """
    refuse_existing(out, overwrite)
    device, date = examine_device(), now()
    backbone = Backbone(STARTER)
    pictures = [*_film(int(plan.fps * (plan.turn_s + 2)))]
    turns = list[Turn]()
    with Progress("turns", plan.rounds * len(WAYS)) as progress:
        for number in range(plan.rounds):
            for way in (*WAYS[number % 3 :], *WAYS[: number % 3]):
                turns.append(_turn(pictures, backbone, way, plan))
                progress.step()
    starts = tuple(_first_labels(plan) for _ in range(plan.starts))
    has_tensorflow = importlib.util.find_spec("tensorflow") is not None
    result = TeachLive(date, device, has_tensorflow, plan.fps, LABELS, tuple(turns), starts)
    write_result(out, result, derived_from(result), digits=5)
    print(text_table(COSTS_HEAD, cost_rows(result)))
    print(text_table(STARTS_HEAD, start_rows(result)))
    print(f"result  {out}")
    return 0


def _film(count: int) -> Iterator[Image]:
    """Yield pictures of pets of which none looks like another, (480, 640, 3) uint8 BGR."""
    camera = DrawnCamera(0, _WIDTH, _HEIGHT)
    return (camera.frame(number * _STEP)[0] for number in range(count))


def _turn(pictures: Sequence[Image], backbone: Backbone, way: str, plan: Plan) -> Turn:
    labels, heads = ("pet", "dark"), list[TaughtHead]()
    with tempfile.TemporaryDirectory() as folder, Album(Path(folder) / "turn", 10**9) as album:
        model = Path(folder) / "turn.tflite"
        always = None if way == LIVE else labels[0]
        lesson = Lesson(LessonSettings(labels, model, 40, way == LEARNING, always), album, backbone, heads.append)
        for picture in pictures[:_EARLIER]:
            lesson.remember(1, picture // 2, "earlier")
        watching = _Watching(plan.turn_s)
        untaught = TaughtClassifier(backbone, labels, None, model)
        with open_frame_stream(_Camera(pictures, plan.fps), note) as stream:
            LiveLoop(stream, FrameClassifier([model], lambda _: untaught), [LessonSink(lesson), watching]).run()
        lesson.wait()
        return watching.turn(way, lesson.counts()[0], len(heads))


class _Camera:
    """A live source of pictures that are in memory.

    Args:
        pictures: from the first to the last, and again.
        fps: of it.
    """

    live: Literal[True] = True
    name = "pictures"

    def __init__(self, pictures: Sequence[Image], fps: float) -> None:
        self.fps = fps
        self._pictures, self._number, self._pacer = pictures, 0, Pacer(fps)

    def open(self, _on_notice: NoticeHandler) -> Self:
        """Begin."""
        return self

    def read(self) -> tuple[Image, float]:
        """Wait for the next picture; see `Device`."""
        picture = self._pictures[self._number % len(self._pictures)]
        self._number += 1
        return picture, self._pacer.wait()

    def release(self) -> None:
        """Do nothing."""


class _Watching:
    """A sink that counts labelled frames for some seconds, then ends the run; the first second is for warming up.

    Args:
        seconds: that are counted.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._begin_s = time.perf_counter() + 1.0
        self._seen: list[tuple[float, int, float]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def consume(self, display_frame: DisplayFrame) -> bool:
        """Count a frame."""
        classified = display_frame.classified
        at_s = time.perf_counter()
        if at_s >= self._begin_s:
            self._seen.append((at_s, classified.frame.number, classified.prediction.latency_ms))
        return at_s < self._begin_s + self._seconds

    def turn(self, way: str, kept: int, learned: int) -> Turn:
        """Return what was counted."""
        (first_s, first, _), (last_s, last, _) = self._seen[0], self._seen[-1]
        times_ms = tuple(latency_ms for _, _, latency_ms in self._seen)
        return Turn(way, last_s - first_s, last - first + 1, len(self._seen), kept, learned, times_ms)


def _first_labels(plan: Plan) -> FirstLabels:
    """Teach three labels, through the page, at a camera that shows what is held up."""
    shown = int(plan.hold_s * _CAMERA_FPS)
    films = [_encoded(label, shown) for label in LABELS]
    others = [_encoded(label, _OTHERS, first=1000, step=_OTHERS_STEP) for label in LABELS]
    camera = StandInCamera(0, _CAMERA_FPS, films[-1])
    thread = threading.Thread(target=camera.serve_forever, daemon=True)
    thread.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            start_s = time.perf_counter()
            with _teaching(Path(folder), f"http://127.0.0.1:{camera.port}/video") as page:
                page.state()
                page_s = time.perf_counter() - start_s
                hands_s = sum(_held_up(page, camera, place, film, plan) for place, film in enumerate(films))
                return _judged(page, camera, others, plan.look_s, (start_s, page_s, hands_s))
    finally:
        camera.shut()


def _encoded(label: str, count: int, first: int = 0, step: int = _STEP) -> list[bytes]:
    """Return JPEGs of a label: of pets from the number `first` on, or of places where none sits."""
    found, number, camera = list[Image](), first * FRAMES_PER_PET, DrawnCamera(1, _WIDTH, _HEIGHT)
    while len(found) < count:
        if label not in ("cat", "dog"):
            random = np.random.default_rng((first, len(found)))
            place = random_background(random, _WIDTH, _HEIGHT)
            found.append(expose(place, random_exposure(random, _WIDTH, _HEIGHT), random))
            continue
        image, shown = camera.frame(number)
        if shown == label:
            found.append(image)
        number += step if shown == label else FRAMES_PER_PET
    quality = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    return [cv2.imencode(".jpg", image, quality)[1].tobytes() for image in found]


class _Page:
    """The page of a sitting.

    Args:
        address: with its slash.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    def state(self) -> Any:
        """Return what the page shows."""
        with urlopen(f"{self._address}state.json", timeout=_PATIENCE_S) as answer:
            return json.load(answer)

    def act(self, what: str) -> None:
        """Press a button."""
        own = {"Origin": self._address.rstrip("/")}
        urlopen(Request(f"{self._address}act/{what}", b"", own), timeout=_PATIENCE_S).close()


def _held_up(page: _Page, camera: StandInCamera, place: int, film: list[bytes], plan: Plan) -> float:
    """Fetch a thing, hold it up and press its button meanwhile; return how long the hands took, seconds."""
    start_s = time.perf_counter()
    camera.pictures = film
    time.sleep(plan.fetch_s)
    until_s = time.perf_counter() + plan.hold_s
    while time.perf_counter() < until_s:
        page.act(f"hold/{place}")
        time.sleep(_REPEAT_S)
    page.act("release")
    return time.perf_counter() - start_s


def _judged(
    page: _Page,
    camera: StandInCamera,
    others: list[list[bytes]],
    look_s: float,
    so_far: tuple[float, float, float],
) -> FirstLabels:
    start_s, page_s, hands_s = so_far
    labels_s, right, looks = 0.0, 0, 0
    for label, film in zip(LABELS, others, strict=True):
        camera.pictures = film
        begin_s = time.perf_counter()
        while page.state()["label"] != label:
            if time.perf_counter() - begin_s > _PATIENCE_S:
                raise PeerError(f"`fieldlens teach` has not told {label} in {_PATIENCE_S:.0f} s; hold it up for longer")
            time.sleep(0.1)
        labels_s += time.perf_counter() - begin_s
    total_s = time.perf_counter() - start_s
    kept = tuple(one["kept"] for one in page.state()["teaching"]["classes"])
    for label, film in zip(LABELS, others, strict=True):
        camera.pictures = film
        time.sleep(_SETTLED_S)
        until_s = time.perf_counter() + look_s
        while time.perf_counter() < until_s:
            looks, right = looks + 1, right + (page.state()["label"] == label)
            time.sleep(0.25)
    return FirstLabels(page_s, hands_s, labels_s, total_s, kept, right / looks)


@contextmanager
def _teaching(folder: Path, source: str) -> Iterator[_Page]:
    words = [
        ",".join(LABELS),
        "--source",
        source,
        "--out",
        str(folder / "desk"),
        "--model",
        str(folder / "desk.tflite"),
    ]
    command = python_command("edge_app", "teach", *words, "--train", "--web", "0", "--no-window")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr is not None
        try:
            told = []
            for line in program.stderr:
                told.append(line.strip())
                if address := re.search(r"watch at (http://\S+)", line):
                    threading.Thread(target=program.stderr.read, daemon=True).start()  # or its pipe would fill
                    yield _Page(address[1])
                    return
            raise PeerError(f"`fieldlens teach` ended before its page was there: {' '.join(told)}; see what it says")
        finally:
            program.terminate()
            program.wait()
