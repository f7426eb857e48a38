"""`python -m benchmarks`: how good and how fast files are on this device."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from edge_app.command_line import HelpfulParser, run_program, with_implied_verb

VERBS = ("run", "demo", "resizing", "pipeline")

_DESCRIPTION = """Measure .tflite files on this device.

`run` is implied. Measures start-up, warm latency of the bare run and of the whole way from a 640x480 frame to the
label, peak memory, size, and accuracy on photographs. Of PHOTOS only the test split counts, which no model trained by
FieldLens has seen. Writes result.json with every raw time, table.md and plot.png."""

_EXAMPLES = """examples:
  python -m benchmarks models/pets/*.tflite --photos photos
  python -m benchmarks model.tflite --labels labels.txt --threads 2 --out results/mine"""

_DEMO = """Run the whole chain once: train, convert, benchmark, classify a clip.

Without --photos it trains a small network on drawn cats and dogs. Needs the train install."""

_RESIZING = """Compare bilinear with area resizing on full-size photographs, as they are and enlarged to 1080p.

Only photographs count whose names are in the test split of the run that trained the models."""

_PIPELINE = """Compare our input pipeline with Keras' ImageDataGenerator.flow_from_directory.

Both read the same files without keeping decoded pixels, flip, rotate, zoom and shift them at 160 pixels, and take turns
on all cores. The images that they make are compared too. Needs the train install, pillow and scipy."""

_PIPELINE_EXAMPLES = """examples:
  python -m benchmarks pipeline --photos photos --out results/input_pipeline.json
  python -m benchmarks pipeline --photos photos --rounds 3 --seconds 1 --out /tmp/quick.json"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs."""
    parser = HelpfulParser(prog="python -m benchmarks", description=_DESCRIPTION, epilog=_EXAMPLES)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    run = verbs.add_parser("run", help="measure files (implied)", description=_DESCRIPTION, epilog=_EXAMPLES)
    run.add_argument("models", type=Path, nargs="+", metavar="MODEL", help=".tflite files")
    run.add_argument("--photos", type=Path, metavar="DIR", help="labelled photographs, for the accuracy")
    run.add_argument("--all-photos", action="store_true", help="judge on all of them, not on the test split alone")
    run.add_argument("--labels", type=Path, metavar="FILE", help="one label per line, instead of the files' own")
    run.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: usable cores, at most 4)")
    run.add_argument("--runs", type=int, default=200, metavar="N", help="warm runs of each kind per file, at least")
    run.add_argument("--seconds", type=float, default=5.0, metavar="S", help="of warm runs per file, at least")
    run.add_argument("--out", type=Path, metavar="DIR", help="where the results go (default: results/DATE-TIME)")
    run.add_argument("--overwrite", action="store_true", help="replace existing results")
    demo = verbs.add_parser("demo", help="run the whole chain once", description=_DEMO)
    demo.add_argument("--photos", type=Path, metavar="DIR", help="your photographs instead of drawings")
    demo.add_argument("--out", type=Path, default=Path("demo"), metavar="DIR", help="where everything goes; replaced")
    resizing = verbs.add_parser("resizing", help="bilinear against area resizing", description=_RESIZING)
    resizing.add_argument("models", type=Path, nargs="+", metavar="MODEL", help=".tflite files with our card")
    resizing.add_argument("--splits", type=Path, required=True, metavar="CSV", help="splits.csv of their run")
    resizing.add_argument("--photos", type=Path, required=True, metavar="DIR", help="the photographs in full size")
    resizing.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    resizing.add_argument("--overwrite", action="store_true", help="replace an existing result")
    _add_pipeline(verbs)
    others = {
        "demo": "run the whole chain once",
        "resizing": "compare bilinear with area resizing",
        "pipeline": "compare our input pipeline with Keras'",
    }
    parser.imply(run, others)
    return parser


def _add_pipeline(verbs: Any) -> None:
    pipeline = verbs.add_parser(
        "pipeline", help="our input pipeline against Keras'", description=_PIPELINE, epilog=_PIPELINE_EXAMPLES
    )
    pipeline.add_argument("--photos", type=Path, required=True, metavar="DIR", help="a folder per class")
    pipeline.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    pipeline.add_argument("--rounds", type=int, default=6, metavar="N", help="turns of each pipeline")
    pipeline.add_argument("--seconds", type=float, default=2.0, metavar="S", help="of each turn, at least")
    pipeline.add_argument("--overwrite", action="store_true", help="replace an existing result")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code."""
    words = with_implied_verb(sys.argv[1:] if argv is None else argv, VERBS)
    arguments = build_parser().parse_args(words or ["--help"])
    bodies = {"run": _run, "demo": _demo, "resizing": _resizing, "pipeline": _pipeline}
    return run_program(lambda: bodies[arguments.verb](arguments))


def _run(arguments: argparse.Namespace) -> int:
    from edge_app.atomic import refuse_existing
    from edge_app.opencv_wheel import check_one_cv2_wheel

    check_one_cv2_wheel()
    out = arguments.out or Path("results") / f"{datetime.now():%Y%m%d-%H%M%S}"
    refuse_existing(out / "result.json", arguments.overwrite)
    from benchmarks.measure import measure
    from benchmarks.output import show_and_write
    from edge_app.model_card import read_labels_file

    result = measure(
        arguments.models,
        photographs=arguments.photos,
        all_photographs=arguments.all_photos,
        threads=arguments.threads,
        runs=arguments.runs,
        seconds=arguments.seconds,
        labels=None if arguments.labels is None else read_labels_file(arguments.labels),
    )
    show_and_write(result, out)
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    from benchmarks.workstation.demo import run_demo

    return run_demo(arguments.photos, arguments.out)


def _resizing(arguments: argparse.Namespace) -> int:
    from benchmarks.workstation.resizing import run_resizing

    return run_resizing(
        arguments.models, arguments.photos, arguments.splits, arguments.out, overwrite=arguments.overwrite
    )


def _pipeline(arguments: argparse.Namespace) -> int:
    from edge_app.native_output import quiet_native_stderr

    with quiet_native_stderr():
        from benchmarks.workstation.input_pipeline import run_input_pipeline

    return run_input_pipeline(
        arguments.photos, arguments.out, arguments.rounds, arguments.seconds, overwrite=arguments.overwrite
    )


if __name__ == "__main__":
    raise SystemExit(main())
