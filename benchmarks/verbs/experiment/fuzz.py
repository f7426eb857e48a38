"""`fieldlens bench experiment fuzz`: damaged and hostile model files."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge_app.common.command_line import HelpfulParser

SUMMARY = "open damaged and hostile model files"
DESCRIPTION = """Damage .tflite files and let the app open them: it must say what is wrong and survive.

Files are truncated, bits flipped, regions swapped, offsets, lengths, shapes and tensor indices replaced, the archive
after the model damaged, and the card and the labels made hostile. Each file is opened by a process that does what the
app does: check, trial in a child process, one frame. The exit code is 1 if that process crashed, hung, or ended with a
traceback. Ctrl-C ends early and keeps what was found."""

EXAMPLES = """examples:
  fieldlens bench experiment fuzz models/pets/pets-int8.tflite --mutations 2000 --seed 0 --out measurements/fuzz.json
  fieldlens bench experiment fuzz a.tflite b.tflite --mutations 200 --save-failures broken"""


def add_arguments(parser: HelpfulParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL", help="intact .tflite files, which take turns")
    parser.add_argument("--mutations", type=int, default=2000, metavar="N", help="damaged files in total")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all random choices")
    failures = "folder for files that the app did not survive"
    parser.add_argument("--save-failures", dest="keep", type=Path, metavar="DIR", help=failures)
    parser.say_moved(keep="--save-failures")
    parser.add_argument("--out", type=Path, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Damage and open; print and write the result."""
    from edge_app.common.errors import UsageError
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from edge_app.common.outputs import refuse_existing

    if arguments.mutations < 1 or arguments.seed < 0:
        raise UsageError("--mutations must be above 0, and --seed not below")
    check_one_cv2_wheel()
    if arguments.out is not None:
        refuse_existing(arguments.out, arguments.overwrite)
    from benchmarks.experiments.fuzz.report import fuzz_table, write_fuzz
    from benchmarks.experiments.fuzz.run import FAILURES, fuzz
    from edge_app.common.progress import Progress

    with Progress("opening damaged files", arguments.mutations) as progress:
        found = fuzz(arguments.models, arguments.mutations, arguments.seed, progress.step, arguments.keep)
    print(fuzz_table(found))
    if arguments.out is not None:
        write_fuzz(arguments.out, found)
        print(f"results  {arguments.out}")
    return 1 if any(found.total(outcome) for outcome in FAILURES) else 0
