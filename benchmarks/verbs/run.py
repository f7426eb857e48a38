"""`fieldlens bench run`: how good and how fast files are on this device."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from benchmarks.verbs import sustained
from benchmarks.verbs.time_span import time_span_s
from edge_app.common.errors import UsageError

SUMMARY = "measure files"
DESCRIPTION = """Measure .tflite files on this device.

`run` is implied. Every round is a fresh process in which all files take turns, in an order drawn from the seed; each
file first runs until its times are steady. Measured are start-up, warm latency of the bare run and of the whole way
from a 640x480 frame to the label and its stages, throughput, memory, size, and accuracy on photographs. Of these only
the test split counts, which no model trained by FieldLens has seen; every photograph is shown to all files, which are
compared photograph by photograph. Warns where the numbers are doubtful or invalid.

Writes result.json with every raw time, table.md and plot.png. Ctrl-C keeps the rounds that were finished."""

EXAMPLES = """examples:
  fieldlens bench run --photos photos
  fieldlens bench models/pets/*.tflite --photos photos
  fieldlens bench models/pets/*.tflite --photos photos --neither flowers
  fieldlens bench model.tflite --threads 1,2,4 --workers 1,2
  fieldlens bench model.tflite --strict --rounds 5 --out results/strict
  fieldlens bench model.tflite --labels labels.txt --threads 2 --out results/mine"""


def numbers(text: str) -> tuple[int, ...]:
    """Read `1,2,4`."""
    try:
        return tuple(int(word) for word in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is no list of numbers; write it as in 1,2,4") from None


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
    threads = "CPU threads, or several numbers to try each (default: usable cores, at most 4)"
    parser.add_argument("--threads", type=numbers, metavar="N[,N…]", help=threads)
    parser.add_argument("--rounds", type=int, default=8, metavar="N", help="fresh processes, better not fewer than 5")
    parser.add_argument("--runs", type=int, default=200, metavar="N", help="warm runs of each kind per file, at least")
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="of warm runs per file, at least")
    parser.add_argument(
        "--sustained",
        type=time_span_s,
        metavar="TIME",
        help="instead: run back to back for so long, as `sustained` does",
    )
    workers = "interpreters at the same time, for throughput"
    parser.add_argument("--workers", type=numbers, default="1", metavar="N[,N…]", help=workers)
    strict = "add one stream of at least 1,024 queries and 60 s per file, as MLPerf's single stream"
    parser.add_argument("--strict", action="store_true", help=strict)
    parser.add_argument("--seed", type=int, metavar="N", help="of the orders (default: drawn, and recorded)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the results go (default: results/DATE-TIME)")
    parser.add_argument("--overwrite", action="store_true", help="replace existing results")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from edge_app.common.atomic_files import refuse_existing
    from edge_app.common.command_line import INTERRUPTED
    from edge_app.common.opencv_wheel import check_one_cv2_wheel

    if arguments.neither is not None and arguments.photos is None:
        raise UsageError("--neither needs --photos DIR too: `neither` is told from photographs that have a label")
    if arguments.sustained is not None:
        if arguments.photos is not None:
            raise UsageError("--sustained measures no accuracy; leave out --photos, or measure it in a run of its own")
        return sustained.run_for(arguments, arguments.sustained)
    check_one_cv2_wheel()
    out = arguments.out or Path("results") / f"{datetime.now():%Y%m%d-%H%M%S}"
    refuse_existing(out / "result.json", arguments.overwrite)
    from benchmarks.measure.protocol.measure import measure
    from benchmarks.measure.protocol.report import show_and_write
    from edge_app.model.card import read_labels_file
    from edge_app.model.starter import introduce

    result = measure(
        arguments.models or [introduce()],
        photographs=arguments.photos,
        all_photographs=arguments.all_photos,
        threads=arguments.threads,
        runs=arguments.runs,
        seconds=arguments.seconds,
        neither=arguments.neither,
        labels=None if arguments.labels is None else read_labels_file(arguments.labels),
        rounds=arguments.rounds,
        workers=arguments.workers,
        seed=arguments.seed,
        strict=arguments.strict,
    )
    show_and_write(result, out)
    return INTERRUPTED if result.partial else 0
