"""`python -m benchmarks`: how good and how fast files are on this device."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from edge_app.command_line import HelpfulParser, run_program, with_implied_verb

VERBS = ("run", "demo", "resizing", "neither")

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

_NEITHER = """Compare heads trained with and without pictures of anything else (outlier exposure).

Trains heads on features of MobileNetV2. Some classes of the pictures of anything else are shown in training; how well
the best score tells photographs from the unseen classes, from drawn scenes and from textures is the result (AUROC),
beside the accuracy. Needs the train install."""

_NEITHER_EXAMPLES = """examples:
  python -m benchmarks neither --photos photos --neither flowers --out results/neither.json
  python -m benchmarks neither --photos photos --neither flowers --exposed 2 --seeds 1 --out neither.json"""


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
    neither = verbs.add_parser(
        "neither", help="with and without outlier exposure", description=_NEITHER, epilog=_NEITHER_EXAMPLES
    )
    neither.add_argument("--photos", type=Path, required=True, metavar="DIR", help="photographs of the classes")
    neither.add_argument("--neither", type=Path, required=True, metavar="DIR", help="anything else, a folder per class")
    neither.add_argument("--exposed", type=int, default=3, metavar="N", help="classes of it that are shown in training")
    neither.add_argument("--weights", default="imagenet", metavar="WHICH", help="imagenet, none, or an .h5 file")
    neither.add_argument("--seeds", type=int, default=3, metavar="N", help="heads of each kind")
    neither.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    neither.add_argument("--overwrite", action="store_true", help="replace an existing result")
    others = {
        "demo": "run the whole chain once",
        "resizing": "compare bilinear with area resizing",
        "neither": "compare training with and without pictures of anything else",
    }
    parser.imply(run, others)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code."""
    words = with_implied_verb(sys.argv[1:] if argv is None else argv, VERBS)
    arguments = build_parser().parse_args(words or ["--help"])
    bodies = {"run": _run, "demo": _demo, "resizing": _resizing, "neither": _neither}
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


def _neither(arguments: argparse.Namespace) -> int:
    from edge_app.native_output import quiet_native_stderr

    with quiet_native_stderr():
        from benchmarks.workstation.neither import run_neither

    return run_neither(
        arguments.photos,
        arguments.neither,
        exposed=arguments.exposed,
        weights=arguments.weights,
        seeds=arguments.seeds,
        out=arguments.out,
        overwrite=arguments.overwrite,
    )


if __name__ == "__main__":
    raise SystemExit(main())
