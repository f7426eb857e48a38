"""`fieldlens app run`: live labels from a `.tflite` file."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_app.common.command_line import HelpfulParser, advanced
from edge_app.verbs.default_model import default_model
from edge_app.verbs.input_options import add_input_options, stated_input
from edge_app.verbs.live_options import (
    add_capture_options,
    add_frames,
    add_rotate,
    add_source,
    add_web,
    number_within,
    positive,
)

if TYPE_CHECKING:
    from edge_app.app import AppSettings

SUMMARY = "classify a camera, a video or pictures, live"
DESCRIPTION = """Classify what a camera, a video or pictures show, live.

`run` is implied. Without a MODEL the starter runs, a small model for cats and dogs that comes with the app; with
`--source demo` it is the demo's own, for drawn pets. In the window, h lists the keys. Without a display no window
opens: labels are sent where --web, --jsonl and --save say, or printed: on a terminal when the label changes, with the
rate every 5 seconds, into a pipe or a file one line per frame."""

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
    add_source(run)
    add_capture_options(run)
    run.add_argument("--labels", type=Path, metavar="FILE", help="one label per line, instead of the file's own")
    add_input_options(run)
    advanced(
        run.add_argument("--threads", type=positive, metavar="N", help="CPU threads (default: measured once per model)")
    )
    add_frames(run)
    labels = run.add_argument_group("labels")
    top = labels.add_argument(
        "--top-k", "--top", dest="top", type=positive, default=5, metavar="K", help="labels per result"
    )
    advanced(top)
    labels.add_argument(
        "--threshold",
        type=number_within(0.0, 1.0, "a number"),
        metavar="P",
        help="say `neither` if the best score is below P, from 0 to 1; 0: never (default: the model's own)",
    )
    smoothing = labels.add_argument(
        "--smoothing",
        type=number_within(0.0, 3600.0, "a number of seconds"),
        metavar="SECONDS",
        help="average scores over this time, so that the label does not flicker; 0: off (default: 0.3, pictures: 0)",
    )
    advanced(smoothing)
    labels.add_argument(
        "--roi",
        metavar="X,Y,W,H",
        help="classify only this part of the frame, in pixels, or as fractions if all are at most 1",
    )
    add_rotate(labels)
    labels.add_argument("--mirror", action="store_true", help="flip frames left to right")
    _add_output_arguments(run)


def _add_output_arguments(run: argparse.ArgumentParser) -> None:
    outputs = run.add_argument_group("outputs")
    outputs.add_argument("--no-window", dest="window", action="store_false", help="open no window, even with a display")
    outputs.add_argument("--jsonl", metavar="FILE", help="write one JSON object per frame; `-` is stdout")
    outputs.add_argument("--save", type=Path, metavar="VIDEO", help="write the annotated video (.mp4, .avi, .mkv)")
    outputs.add_argument("--overwrite", action="store_true", help="replace existing outputs")
    add_web(outputs)
    on_change = outputs.add_argument(
        "--on-change",
        metavar="COMMAND",
        help="run this (without a shell) when the label changes, with FIELDLENS_LABEL and FIELDLENS_SCORE set",
    )
    advanced(on_change)
    mqtt = outputs.add_argument(
        "--mqtt",
        metavar="ADDRESS",
        help="tell a broker the label: mqtt://HOST or mqtts://HOST[:PORT][/DEVICE]; Home Assistant shows the device by "
        "itself (user and password: FIELDLENS_MQTT_USER, FIELDLENS_MQTT_PASSWORD)",
    )
    advanced(mqtt)
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


def _models(given: Sequence[Path], source: object) -> tuple[Path, ...]:
    """Return the models to run; whoever gives none learns which one it is."""
    from edge_app.common.errors import UsageError
    from edge_app.photographs.decoder import is_image_name
    from edge_app.sources.frames import DEMO

    for path in given:
        if str(path) == DEMO or str(path).isdigit() or is_image_name(path):
            raise UsageError(f"`{path}` is no model but a source; write: fieldlens app --source {path}")
    return tuple(given) or (default_model(source),)


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
        models=_models(values.pop("models"), values["source"]),
        orientation=orientation,
        outputs=outputs,
        capture_options=capture_options,
        **values,
    )
