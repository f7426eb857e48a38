"""`fieldlens app run`: live labels from a `.tflite` file."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_app.common.command_line import HelpfulParser, advanced
from edge_app.verbs.input_options import add_input_options, stated_input

if TYPE_CHECKING:
    from edge_app.app import AppSettings

SUMMARY = "classify a camera, a video or pictures, live"
DESCRIPTION = """Classify what a camera, a video or pictures show, live.

`run` is implied. Without a MODEL the starter runs, a small model for cats and dogs that comes with the app. In the
window, h lists the keys. Without a display no window opens: labels are sent where --web, --jsonl and --save say, or
printed: on a terminal when the label changes, with the rate every 5 seconds, into a pipe or a file one line per
frame."""

EXAMPLES = """examples:
  fieldlens app
  fieldlens app --source demo
  fieldlens app models/pets/pets-int8.tflite --source 0
  fieldlens app models/pets/pets-int8.tflite --source clip.mp4 --save labelled.mp4 --jsonl -
  fieldlens app models/pets/pets-int8.tflite --source 0 --web --web-address 0.0.0.0
  fieldlens app models/pets/pets-int8.tflite --source 0 --collect field --when unsure"""


def add_arguments(run: HelpfulParser) -> None:
    """Add the arguments of this verb."""
    run.add_argument(
        "models",
        type=Path,
        nargs="*",
        metavar="MODEL",
        help=".tflite files; the key n switches to the next one (default: the starter)",
    )
    run.add_argument(
        "--source",
        default="0",
        help="camera number or device, `picamera`, rtsp://… or http://…, video, picture, folder, quoted glob pattern, "
        "or `demo` (drawn cats and dogs)",
    )
    _add_capture_options(run)
    run.add_argument("--labels", type=Path, metavar="FILE", help="one label per line, instead of the file's own")
    add_input_options(run)
    advanced(
        run.add_argument(
            "--threads", type=_positive, metavar="N", help="CPU threads (default: measured once per model)"
        )
    )
    advanced(
        run.add_argument("--frames", type=_positive, metavar="N", help="stop after N frames (default: at the end)")
    )
    labels = run.add_argument_group("labels")
    top = labels.add_argument(
        "--top-k", "--top", dest="top", type=_positive, default=5, metavar="K", help="labels per result"
    )
    advanced(top)
    labels.add_argument(
        "--threshold",
        type=_share,
        metavar="P",
        help="say `neither` if the best score is below P, from 0 to 1; 0: never (default: the model's own)",
    )
    smoothing = labels.add_argument(
        "--smoothing",
        type=_seconds,
        metavar="SECONDS",
        help="average scores over this time, so that the label does not flicker; 0: off (default: 0.3, pictures: 0)",
    )
    advanced(smoothing)
    labels.add_argument(
        "--roi",
        metavar="X,Y,W,H",
        help="classify only this part of the frame, in pixels, or as fractions if all are at most 1",
    )
    labels.add_argument(
        "--rotate", type=int, choices=(0, 90, 180, 270), default=0, help="rotate frames clockwise, in degrees"
    )
    labels.add_argument("--mirror", action="store_true", help="flip frames left to right")
    _add_output_arguments(run)


def _add_output_arguments(run: argparse.ArgumentParser) -> None:
    outputs = run.add_argument_group("outputs")
    outputs.add_argument("--no-window", dest="window", action="store_false", help="open no window, even with a display")
    outputs.add_argument("--jsonl", metavar="FILE", help="write one JSON object per frame; `-` is stdout")
    outputs.add_argument("--save", type=Path, metavar="VIDEO", help="write the annotated video (.mp4, .avi, .mkv)")
    outputs.add_argument("--overwrite", action="store_true", help="replace existing outputs")
    outputs.add_argument(
        "--web",
        type=_port,
        nargs="?",
        const=8080,
        metavar="PORT",
        help="serve a page with the live picture (port 8080, if none is given)",
    )
    outputs.add_argument(
        "--web-address",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address of --web; with 0.0.0.0, anyone with the printed token (or FIELDLENS_WEB_TOKEN) can watch",
    )
    on_change = outputs.add_argument(
        "--on-change",
        metavar="COMMAND",
        help="run this (without a shell) when the label changes, with FIELDLENS_LABEL and FIELDLENS_SCORE set",
    )
    advanced(on_change)
    outputs.add_argument(
        "--collect", type=Path, metavar="DIR", help="save frames in DIR, a folder per label, to train on"
    )
    advanced(
        outputs.add_argument(
            "--when",
            default="unsure",
            metavar="WHEN",
            help="which frames --collect saves: unsure, change or every:SECONDS",
        )
    )
    advanced(
        outputs.add_argument(
            "--collect-budget", default="500MB", metavar="SIZE", help="largest size of the folder of --collect"
        )
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the app until the source ends; print what was seen and how fast."""
    from edge_app.common.opencv_wheel import check_one_cv2_wheel

    check_one_cv2_wheel()
    from edge_app.app import run
    from edge_app.common.notices import note

    for sentence in run(_settings(vars(arguments))).sentences():
        note(sentence)
    return 0


def _add_capture_options(run: argparse.ArgumentParser) -> None:
    run.add_argument("--size", type=_size, default="640x480", metavar="WxH", help="frame size to ask the camera for")
    playing = advanced(run.add_argument_group("cameras and videos"))
    playing.add_argument(
        "--camera-fps", type=_rate, metavar="FPS", help="frame rate to ask the camera for (default: its own)"
    )
    playing.add_argument(
        "--pace",
        choices=("fast", "real"),
        default="fast",
        help="play a video as fast as possible with every frame, or in real time, dropping late frames",
    )
    playing.add_argument("--loop", action="store_true", help="start a video or pictures over at the end")
    playing.add_argument(
        "--demo-fps",
        type=_rate,
        metavar="FPS",
        help="let `demo` behave like a camera with this frame rate (default: no limit)",
    )


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text)
    if match is None or min(int(match[1]), int(match[2])) < 1:
        raise argparse.ArgumentTypeError(f"a size like 640x480 is needed, received `{text}`")
    return int(match[1]), int(match[2])


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0.01 <= rate <= 1000.0:
        raise argparse.ArgumentTypeError(f"frames per second from 0.01 to 1000 are needed, received `{text}`")
    return rate


def _models(given: Sequence[Path]) -> tuple[Path, ...]:
    """Return the models to run; whoever gives none learns which one it is."""
    from edge_app.common.errors import UsageError
    from edge_app.model.starter import introduce
    from edge_app.photographs.decoder import is_image_name
    from edge_app.sources.frames import DEMO

    for path in given:
        if str(path) == DEMO or str(path).isdigit() or is_image_name(path):
            raise UsageError(f"`{path}` is no model but a source; write: fieldlens app --source {path}")
    return tuple(given) or (introduce(),)


def _settings(arguments: dict[str, object]) -> AppSettings:
    from edge_app.app import AppSettings
    from edge_app.live.region import Orientation
    from edge_app.sinks.outputs import Outputs
    from edge_app.sources.frames import CaptureOptions

    values: dict[str, Any] = dict(arguments)
    outputs = Outputs(**{field.name: values.pop(field.name) for field in fields(Outputs)})
    orientation = Orientation(values.pop("rotate"), values.pop("mirror"))
    asked = {name: values.pop(name) for name in ("camera_fps", "pace", "loop", "demo_fps")}
    capture_options = CaptureOptions(*values.pop("size"), **asked)
    stated = stated_input(values)
    return AppSettings(
        stated=stated,
        models=_models(values.pop("models")),
        orientation=orientation,
        outputs=outputs,
        capture_options=capture_options,
        **values,
    )


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 is needed, received `{text}`")
    return int(text)


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port number up to 65535 is needed, received `{text}`")
    return int(text)


def _share(text: str) -> float:
    return _number(text, 1.0, "a number from 0 to 1")


def _seconds(text: str) -> float:
    return _number(text, 3600.0, "a number of seconds from 0")


def _number(text: str, largest: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= largest:
        raise argparse.ArgumentTypeError(f"{what} is needed, received `{text}`")
    return value
