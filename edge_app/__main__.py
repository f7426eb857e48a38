"""`python -m edge_app`: live labels from a `.tflite` file."""

from __future__ import annotations

import argparse
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
        help="camera number, video, picture, folder, quoted glob pattern, or `demo` (drawn cats and dogs)",
    )
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

    summary = run(Settings(**arguments))  # type: ignore[arg-type]  # the parser's names and types are the settings'
    if summary.skipped:
        note(f"skipped {len(summary.skipped)} pictures:")
        for sentence in summary.skipped:
            note(f"  {sentence}")
    if summary.frames > 1:
        middle = sorted(summary.latencies_ms)[len(summary.latencies_ms) // 2]
        note(f"{summary.frames:,} frames, median {middle:.1f} ms from frame to label")
    return 0


def _cameras() -> int:
    from edge_app.sources.camera import list_cameras

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
