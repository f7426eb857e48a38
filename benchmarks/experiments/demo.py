"""The main job once, from pictures to live labels: what `make demo` runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.measure.accuracy.measure import choose_photographs
from benchmarks.results.envelope import read_result
from benchmarks.results.latency import LatencyResult
from benchmarks.results.validity import invalid_reasons
from benchmarks.statistics.summary import summarize
from edge_app.common.atomic_files import atomic_file
from edge_app.common.errors import FieldLensError, OutputError, PhotographError
from edge_app.common.own_process import python_command
from edge_app.common.progress import Progress, human_time
from edge_app.common.tables import text_table
from edge_app.demo.drawn_pets import FRAMES_PER_PET, DrawnCamera, write_drawings
from edge_app.photographs.decoder import Image, read_photograph
from edge_app.photographs.folders import find_photographs
from train.models.architectures.mobilenet_v2 import MOBILENET_V2
from train.models.registry import can_get_weights

CLIP_WIDTH, CLIP_HEIGHT, CLIP_FPS = 640, 480, 15.0
_PETS = 6
_SLIDES, _FRAMES_PER_SLIDE = 12, 15

_DRAWINGS = 3000
_DRAWN_TRAINING = ("--recipe", "custom_cnn", "--image-size", "64", "--epochs", "15")
_NO_WEIGHTS_TRAINING = ("--recipe", "custom_cnn", "--epochs", "25")
_MEASURING = ("--seconds", "3")


class DemoError(FieldLensError):
    """A step of the demo failed; it has said why."""


@dataclass(frozen=True)
class Places:
    """Where the demo puts what it makes.

    Attributes:
        root: of everything.
        name: of the run and of its files.
    """

    root: Path
    name: str

    @property
    def drawings(self) -> Path:
        """Of the drawn pets."""
        return self.root / "drawings"

    @property
    def run(self) -> Path:
        """The run folder."""
        return self.root / "runs" / self.name

    @property
    def models(self) -> Path:
        """The bundle."""
        return self.root / "models" / self.name

    @property
    def int8(self) -> Path:
        """The file that is for devices."""
        return self.models / f"{self.name}-int8.tflite"

    @property
    def results(self) -> Path:
        """The benchmark."""
        return self.root / "results"


def run_demo(photographs: Path | None, out: Path) -> int:
    """Train, convert, benchmark, classify a clip, and show one table.

    Args:
        photographs: a folder, or None for drawn pets.
        out: everything goes here; what an earlier demo left is replaced.

    Raises:
        FieldLensError: a step failed.
    """
    start_s = time.monotonic()
    places = Places(out, "pets" if photographs is None else artifact_name(photographs))
    training = _training_words(photographs)
    pictures = photographs or _draw(places.drawings)
    _step("1 of 4: train", "train", str(pictures), *training, "--out", str(places.run), "--overwrite")
    converting = ("--recipes", "float32,int8", "--out", str(places.models), "--overwrite")
    _step("2 of 4: convert", "convert", str(places.run), *converting)
    files = sorted(str(path) for path in places.models.glob("*.tflite"))
    measuring = ("--photos", str(pictures), "--out", str(places.results), "--overwrite", *_MEASURING)
    _step("3 of 4: benchmark", "benchmarks", *files, *measuring)
    clip, video, lines = out / "clip.mp4", out / "labelled.mp4", out / "labels.jsonl"
    write_clip(clip, drawn_frames() if photographs is None else slide_frames(photographs))
    words = ("--source", str(clip), "--no-window", "--save", str(video), "--jsonl", str(lines), "--overwrite")
    _step("4 of 4: classify a clip", "edge_app", str(places.int8), *words)
    table = summary_table(read_result(places.results / "result.json", LatencyResult))
    print(f"\nDone in {human_time(time.monotonic() - start_s)}.\n\n{table}\n")
    for what, path in (
        ("training report", places.run / "report.html"),
        ("conversion report", places.models / "report.html"),
        ("benchmark", places.results / "plot.png"),
        ("video", video),
        ("labels", lines),
    ):
        print(f"{what:18}{path}")
    print(f"{'live':18}{shlex.join([_python(), '-m', 'edge_app', str(places.int8), '--source', '0'])}")
    return 0


def artifact_name(photographs: Path) -> str:
    """Return what the run and its files are called: as the photographs, in characters that need no quotes."""
    folder = photographs.absolute() if photographs.name not in ("", "..") else photographs.resolve()
    return re.sub(r"[^\w.-]+", "-", folder.stem if folder.is_file() else folder.name).strip("-.") or "photographs"


def summary_table(result: LatencyResult) -> str:
    """Return file, accuracy, size and latency; where the times may not be believed, also that and why."""
    invalid = invalid_reasons(result)
    mark = " INVALID" if invalid else ""
    rows = [
        (
            Path(file.file).name,
            "" if file.accuracy is None else str(file.accuracy),
            f"{file.size_bytes / 1e6:.2f}",
            f"{summarize(file.frame_to_label_s).median_s * 1e3:.2f}{mark}",
        )
        for file in result.files
    ]
    table = text_table(("file", "accuracy (95 % interval)", "MB", "frame→label, ms"), rows)
    return "\n".join([table, *(f"INVALID: {reason}" for reason in invalid)])


def drawn_frames() -> Iterator[Image]:
    """Yield frames of the drawn camera, (480, 640, 3) uint8 BGR."""
    camera = DrawnCamera(1, CLIP_WIDTH, CLIP_HEIGHT)
    for number in range(_PETS * FRAMES_PER_PET):
        yield camera.frame(number)[0]


def slide_frames(photographs: Path) -> Iterator[Image]:
    """Yield test photographs, each for a second, fitted into (480, 640, 3) uint8 BGR."""
    files = choose_photographs(photographs, everything=False).files
    for path, _ in files[:: max(1, len(files) // _SLIDES)][:_SLIDES]:
        try:
            slide = fitted(read_photograph(path))
        except PhotographError:
            continue
        for _ in range(_FRAMES_PER_SLIDE):
            yield slide


def fitted(image_bgr: Image) -> Image:
    """Scale a picture into the frame, black around it."""
    scale = min(CLIP_WIDTH / image_bgr.shape[1], CLIP_HEIGHT / image_bgr.shape[0])
    size = (max(1, round(image_bgr.shape[1] * scale)), max(1, round(image_bgr.shape[0] * scale)))
    frame = np.zeros((CLIP_HEIGHT, CLIP_WIDTH, 3), np.uint8)
    left, top = (CLIP_WIDTH - size[0]) // 2, (CLIP_HEIGHT - size[1]) // 2
    frame[top : top + size[1], left : left + size[0]] = cv2.resize(image_bgr, size, interpolation=cv2.INTER_LINEAR)
    return frame


def write_clip(path: Path, frames: Iterator[Image]) -> int:
    """Write an .mp4.

    Returns:
        the number of frames.

    Raises:
        OutputError: it cannot be written.
    """
    written = 0
    with atomic_file(path) as temporary:
        writer = cv2.VideoWriter(str(temporary), cv2.VideoWriter.fourcc(*"mp4v"), CLIP_FPS, (CLIP_WIDTH, CLIP_HEIGHT))
        if not writer.isOpened():
            raise OutputError(f"this OpenCV cannot write `{path}`; install another cv2 wheel")
        try:
            for frame in frames:
                writer.write(frame)
                written += 1
        finally:
            writer.release()
    return written


def _python() -> str:
    """How to call this Python from here."""
    here = Path.cwd()
    executable = Path(sys.executable)
    return str(executable.relative_to(here)) if executable.is_relative_to(here) else str(executable)


def _training_words(photographs: Path | None) -> tuple[str, ...]:
    if photographs is None:
        print("No PHOTOS given: this demo uses drawings of cats and dogs, made by our own code.", flush=True)
        return _DRAWN_TRAINING
    find_photographs(photographs)  # a wrong folder is told before anything is started
    if can_get_weights(MOBILENET_V2):
        return ("--recipe", MOBILENET_V2.name)
    print("The ImageNet weights of MobileNetV2 are not to be had here: the custom CNN is trained instead.", flush=True)
    return _NO_WEIGHTS_TRAINING


def _draw(folder: Path) -> Path:
    if len(list(folder.glob("*/*.jpg"))) != _DRAWINGS:
        with Progress("drawing pets", _DRAWINGS) as progress:
            write_drawings(folder, _DRAWINGS, progress=lambda done, _: progress.reach(done))
    return folder


def _step(title: str, program: str, *words: str) -> None:
    """Run one of our programs as a user would, in a process of its own."""
    print(f"\n— {title}: python -m {program} {shlex.join(words)}", flush=True)
    code = subprocess.run(python_command(program, *words), check=False).returncode
    if code != 0:
        raise DemoError(f"the demo ended at step {title} (exit code {code})")
