"""`python -m edge_app`: live labels from a `.tflite` file."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from edge_app.command_line import HelpfulParser, run_program, with_implied_verb

VERBS = ("run", "cameras", "doctor")

_DESCRIPTION = """Classify what a camera, a video or pictures show, live.

`run` is implied. Without a display nothing opens: labels are printed, or go where --save and --jsonl say."""

_EXAMPLES = """examples:
  python -m edge_app models/pets/pets-int8.tflite --source 0
  python -m edge_app models/pets/pets-int8.tflite --source clip.mp4 --save labelled.mp4 --jsonl -"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs."""
    parser = HelpfulParser(prog="python -m edge_app", description=_DESCRIPTION, epilog=_EXAMPLES)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    run = verbs.add_parser("run", help="classify a source (implied)", description=_DESCRIPTION, epilog=_EXAMPLES)
    run.add_argument("model", type=Path, metavar="MODEL", help="a .tflite file")
    run.add_argument(
        "--source",
        default="0",
        help="camera number or device, `picamera`, rtsp://… or http://…, video, picture, folder, quoted glob pattern, "
        "or `demo` (drawn cats and dogs)",
    )
    _add_wishes(run)
    run.add_argument("--labels", type=Path, metavar="FILE", help="one label per line, instead of the file's own")
    run.add_argument("--threads", type=_positive, metavar="N", help="CPU threads (default: usable cores, at most 4)")
    run.add_argument("--top", type=_positive, default=5, metavar="K", help="labels per prediction")
    run.add_argument("--save", type=Path, metavar="VIDEO", help="write the annotated video (.mp4, .avi, .mkv)")
    run.add_argument("--jsonl", metavar="FILE", help="write one JSON object per frame; `-` is stdout")
    run.add_argument("--frames", type=_positive, metavar="N", help="end after so many frames (default: at the end)")
    run.add_argument("--no-window", dest="window", action="store_false", help="open no window, even with a display")
    run.add_argument("--overwrite", action="store_true", help="replace existing outputs")
    verbs.add_parser("cameras", help="list the cameras of this machine", description="List the cameras.")
    verbs.add_parser("doctor", help="tell what this machine has", description="Tell what this machine has and lacks.")
    parser.imply(run, {"cameras": "list the cameras of this machine", "doctor": "tell what this machine has"})
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code."""
    words = with_implied_verb(sys.argv[1:] if argv is None else argv, VERBS)
    arguments = vars(build_parser().parse_args(words or ["--help"]))
    verb = arguments.pop("verb")
    bodies = {"cameras": _cameras, "doctor": _doctor}
    return run_program(bodies.get(verb, lambda: _run(arguments)), interrupted=0)


def _run(arguments: dict[str, object]) -> int:
    from edge_app.opencv_wheel import check_one_cv2_wheel

    check_one_cv2_wheel()
    from edge_app.app import Settings, note, run
    from edge_app.sources import Wishes

    asked = {name: arguments.pop(name) for name in ("camera_fps", "pace", "loop", "demo_fps")}
    wishes = Wishes(*arguments.pop("size"), **asked)  # type: ignore  # the parser's names and types are the wishes'
    summary = run(Settings(**arguments, wishes=wishes))  # type: ignore[arg-type]  # likewise the settings'
    for sentence in summary.sentences():
        note(sentence)
    return 0


def _add_wishes(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "--size", type=_size, default=(640, 480), metavar="WxH", help="asked of a camera (default: 640x480)"
    )
    run.add_argument("--camera-fps", type=_rate, metavar="FPS", help="asked of a camera (default: its own choice)")
    run.add_argument(
        "--pace",
        choices=("fast", "real"),
        default="fast",
        help="a video: every frame as fast as possible, or in real time, where late frames are dropped",
    )
    run.add_argument("--loop", action="store_true", help="begin a video or pictures again at the end")
    run.add_argument(
        "--demo-fps", type=_rate, metavar="FPS", help="let `demo` behave like a camera of this rate (default: no limit)"
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


def _cameras() -> int:
    from edge_app.sources.why_no_camera import list_cameras

    lines = list_cameras()
    print("\n".join(lines) if lines else "no camera found; `--source demo` needs none")
    return 0


def _doctor() -> int:
    from edge_app.doctor import examine

    lines, healthy = examine()
    print("\n".join(lines))
    return 0 if healthy else 1


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 is needed, received `{text}`")
    return int(text)


if __name__ == "__main__":
    raise SystemExit(main())
