"""`fieldlens bench experiment sensitivity`: how well `compare` sees."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.verbs.output_folder import MEASUREMENTS

SUMMARY = "measure how small a difference `compare` finds, and how often it is wrong"
DESCRIPTION = """Compare a file with itself, and with itself plus a delay, many times.

A repetition is a small benchmark: in each of its fresh processes, the file, the same file loaded again, and the file
with a busy wait inside the timed region take turns. The goal is that the same file is called "cannot tell" at least 95
times in 100, the delayed one "slower" at least 90 times in 100, and the same file in separate runs "cannot tell" at
least 95 times in 100. 100 repetitions of a 1 ms model take about 16 minutes on two quiet cores. Every repetition is
saved at once; after Ctrl-C, --resume continues."""

EXAMPLES = """examples:
  fieldlens bench experiment sensitivity models/pets/pets-int8.tflite
  fieldlens bench experiment sensitivity model.tflite --repetitions 20 --delay 0.02 --out measurements/s.json
  fieldlens bench experiment sensitivity models/pets/pets-int8.tflite --resume"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("model", type=Path, metavar="MODEL", help=".tflite file; with one of 1 ms or less it is quick")
    parser.add_argument("--repetitions", type=int, default=100, metavar="N", help="small benchmarks")
    parser.add_argument(
        "--rounds", type=int, default=8, metavar="N", help="fresh processes of each, as many as `run` uses"
    )
    parser.add_argument("--seconds", type=float, default=0.15, metavar="S", help="per file and round")
    parser.add_argument(
        "--delay", type=float, default=0.05, metavar="SHARE", help="to insert, as a share of the file's median latency"
    )
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="CPU threads")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all random choices")
    out = "where the result goes, with a plot beside it"
    parser.add_argument("--out", type=Path, default=MEASUREMENTS / "sensitivity.json", metavar="JSON", help=out)
    parser.add_argument("--resume", action="store_true", help="continue an interrupted experiment")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Repeat; write after each repetition; print a table."""
    from benchmarks.experiments.sensitivity.experiment import Sensitivity, SensitivityOptions, begin
    from benchmarks.experiments.sensitivity.runs import go_on, show
    from benchmarks.results.envelope import read_result
    from edge_app.common.errors import UsageError
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from edge_app.common.outputs import refuse_existing
    from edge_app.model.classifier import Classifier
    from edge_app.photographs.splits import sha256_of

    check_one_cv2_wheel()
    options = SensitivityOptions(
        arguments.repetitions,
        arguments.rounds,
        arguments.seconds,
        delay=arguments.delay,
        threads=arguments.threads,
        seed=arguments.seed,
    )
    Classifier(arguments.model, arguments.threads)  # says what is wrong with the file before anything starts
    sha256 = sha256_of(arguments.model.read_bytes())
    if arguments.resume and arguments.out.exists():
        found = read_result(arguments.out, Sensitivity)
        if (found.sha256, found.options) != (sha256, options):
            raise UsageError(f"`{arguments.out}` is of another file or other settings; give those, or use --overwrite")
    else:
        refuse_existing(arguments.out, arguments.overwrite)
        found = begin(arguments.model, sha256, options)
    return show(*go_on(found, arguments.model, arguments.out), arguments.out)
