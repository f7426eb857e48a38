"""`python -m benchmarks run`: how good and how fast files are on this device."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from benchmarks.time_span import time_span_s
from benchmarks.verbs import sustained
from edge_app.errors import UsageError

SUMMARY = "measure files"
DESCRIPTION = """Measure .tflite files on this device.

`run` is implied. Measures start-up, warm latency of the bare run and of the whole way from a 640x480 frame to the
label, peak memory, size, and accuracy on photographs. Of these only the test split counts, which no model trained by
FieldLens has seen; every photograph is shown to all files, which are compared photograph by photograph. Writes
result.json with every raw time, table.md and plot.png."""

EXAMPLES = """examples:
  python -m benchmarks run --photos photos
  python -m benchmarks models/pets/*.tflite --photos photos
  python -m benchmarks models/pets/*.tflite --photos photos --neither flowers
  python -m benchmarks model.tflite --labels labels.txt --threads 2 --out results/mine"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument(
        "models", type=Path, nargs="*", metavar="MODEL", help=".tflite files (default: the app's starter)"
    )
    parser.add_argument("--photos", type=Path, metavar="DIR", help="labelled photographs, for the accuracy")
    parser.add_argument("--all-photos", action="store_true", help="judge on all of them, not on the test split alone")
    parser.add_argument(
        "--neither",
        type=Path,
        metavar="DIR",
        help="pictures of anything else: how well files say `neither` (with --photos)",
    )
    parser.add_argument("--labels", type=Path, metavar="FILE", help="one label per line, instead of the files' own")
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: usable cores, at most 4)")
    parser.add_argument("--runs", type=int, default=200, metavar="N", help="warm runs of each kind per file, at least")
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="of warm runs per file, at least")
    parser.add_argument(
        "--sustained",
        type=time_span_s,
        metavar="TIME",
        help="instead: run back to back for so long, as `sustained` does",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the results go (default: results/DATE-TIME)")
    parser.add_argument("--overwrite", action="store_true", help="replace existing results")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from edge_app.atomic import refuse_existing
    from edge_app.opencv_wheel import check_one_cv2_wheel

    if arguments.neither is not None and arguments.photos is None:
        raise UsageError("--neither needs --photos DIR too: `neither` is told from photographs that have a label")
    if arguments.sustained is not None:
        if arguments.photos is not None:
            raise UsageError("--sustained measures no accuracy; leave out --photos, or measure it in a run of its own")
        return sustained.run_for(arguments, arguments.sustained)
    check_one_cv2_wheel()
    out = arguments.out or Path("results") / f"{datetime.now():%Y%m%d-%H%M%S}"
    refuse_existing(out / "result.json", arguments.overwrite)
    from benchmarks.measure import measure
    from benchmarks.output import show_and_write
    from edge_app.model_card import read_labels_file
    from edge_app.starter import introduce

    result = measure(
        arguments.models or [introduce()],
        photographs=arguments.photos,
        all_photographs=arguments.all_photos,
        threads=arguments.threads,
        runs=arguments.runs,
        seconds=arguments.seconds,
        neither=arguments.neither,
        labels=None if arguments.labels is None else read_labels_file(arguments.labels),
    )
    show_and_write(result, out)
    return 0
