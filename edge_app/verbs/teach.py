"""`fieldlens app teach`: a classifier of one's own, by showing."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edge_app.common.command_line import HelpfulParser, advanced
from edge_app.verbs.live_options import (
    add_capture_options,
    add_frames,
    add_rotate,
    add_source,
    add_web,
    positive,
)

if TYPE_CHECKING:
    from edge_app.teaching.teach import TeachSettings

SUMMARY = "teach labels of your own by showing things to a camera"
DESCRIPTION = """Teach labels of your own by showing things to a camera, and see them live.

Hold 1 to 9 in the window, or the buttons of the page of --web (mouse, touch or keys), while you show a thing: frames
are saved in DIR, a folder per label. What looks like a frame that was kept is not kept again, so move it and turn it.
u takes the last burst back; t trains. Each start of the command is a sitting: accuracy is measured on sittings that
the head has not seen, so sit down twice, in another light or place.

Where a sitting before has left a model, that is kept as NAME-before.tflite, and a paired test on the frames of earlier
sittings says whether the new one is better, worse, or that it cannot be told.

Only the last layer is trained, on the features of a finished network: it takes a second or two, needs no TensorFlow,
and makes a .tflite file that runs wherever ours run. `fieldlens train DIR` makes a better one from the same
photographs, and `fieldlens convert backbone RUN` a file of its features for --backbone."""

EXAMPLES = """examples:
  fieldlens app teach cup,phone,nothing --out photos/desk --train
  fieldlens app teach cup,phone,nothing --out photos/desk --train --web
  fieldlens app teach cat,dog --source demo --out photos/drawn --train
  fieldlens app teach cup,phone --source cups.mp4 --label cup --out photos/desk
  fieldlens app models/desk.tflite --source 0"""


def add_arguments(parser: HelpfulParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("labels", metavar="LABELS", help="two or more, with commas: cup,phone,nothing")
    add_source(parser)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder of the photographs; continued where it exists"
    )
    parser.add_argument(
        "--train", action="store_true", help="learn by itself while frames come in, and show the new labels live"
    )
    parser.add_argument(
        "--model", type=Path, metavar="FILE", help="the .tflite file that is made (default: models/NAME OF DIR.tflite)"
    )
    parser.add_argument(
        "--goal", type=positive, default=40, metavar="N", help="photographs per label to aim at; more may be shown"
    )
    parser.add_argument(
        "--label", metavar="LABEL", help="every frame is of this label: for a film or a folder that shows only it"
    )
    advanced(
        parser.add_argument(
            "--backbone",
            type=Path,
            metavar="FILE",
            help="a file of ours whose features to learn from: float32, float16 or int8 (default: the starter)",
        )
    )
    add_rotate(parser)
    add_frames(parser)
    advanced(parser.add_argument("--budget", default="500MB", metavar="SIZE", help="largest size of DIR"))
    advanced(
        parser.add_argument("--overwrite", action="store_true", help="replace a --model that was not made by teaching")
    )
    add_capture_options(parser)
    parser.add_argument("--no-window", dest="window", action="store_false", help="open no window, even with a display")
    add_web(parser)


def run(arguments: argparse.Namespace) -> int:
    """Teach until the source ends or the user quits; print what came of it."""
    from edge_app.common.opencv_wheel import check_one_cv2_wheel

    check_one_cv2_wheel()
    from edge_app.teaching.teach import teach

    for sentence in teach(_settings(arguments)):
        print(sentence)
    return 0


def _settings(arguments: argparse.Namespace) -> TeachSettings:
    from edge_app.common.errors import UsageError
    from edge_app.live.region import Orientation
    from edge_app.sinks.collect import parse_size
    from edge_app.sources.frames import DEMO, CaptureOptions
    from edge_app.teaching.lesson import LessonSettings
    from edge_app.teaching.teach import TeachSettings, check_labels

    labels, always = check_labels(arguments.labels.split(",")), arguments.label
    if always is not None and always not in labels:
        raise UsageError(f"--label {always} is none of {', '.join(labels)}; name one of them")
    model = arguments.model or Path("models") / f"{arguments.out.resolve().name}.tflite"
    demo_fps = arguments.demo_fps or (_DEMO_FPS if arguments.source == DEMO and always is None else None)
    width, height = arguments.size
    options = CaptureOptions(width, height, arguments.camera_fps, arguments.pace, arguments.loop, demo_fps)
    if always is None:  # what somebody watches runs at its own rate
        options = replace(options, pace="real")
    return TeachSettings(
        lesson=LessonSettings(labels, model, arguments.goal, arguments.train, always),
        out=arguments.out,
        source=arguments.source,
        backbone=arguments.backbone,
        budget_bytes=parse_size(arguments.budget),
        orientation=Orientation(arguments.rotate),
        frames=arguments.frames,
        window=arguments.window,
        web=arguments.web,
        web_address=arguments.web_address,
        overwrite=arguments.overwrite,
        capture_options=options,
    )


_DEMO_FPS = 15.0  # of the drawn camera, while somebody watches
