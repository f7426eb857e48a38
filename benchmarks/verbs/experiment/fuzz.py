"""`fieldlens bench experiment fuzz`: damaged and hostile files of every kind."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge_app.common.command_line import HelpfulParser

SUMMARY = "read damaged and hostile files of every kind"
DESCRIPTION = """Damage files of every kind that users hand in and read them as the programs do.

Each file must work or be refused in one sentence. The kinds are pictures, films, archives (ZIP files of photographs),
models, cards (model cards, manifests and results), runs (run folders; needs TensorFlow) and labels. Intact files are
made first, or named for models and runs, and then damaged in depth: truncated, bits flipped, regions moved, fields and
sizes replaced, entries and values made hostile. Processes of their own read them with the functions of train, convert,
app and bench. The exit code is 1 if such a process crashed, hung, ended with a traceback, or took more than 500 MB
(runs: 300 MB above TensorFlow's own). Ctrl-C ends early and keeps what was found."""

EXAMPLES = """examples:
  fieldlens bench experiment fuzz --kind pictures,films --seed 0 --out measurements/fuzz.json
  fieldlens bench experiment fuzz models/pets/pets-int8.tflite --mutations 2000
  fieldlens bench experiment fuzz --kind labels --mutations 200 --save-failures broken"""


def add_arguments(parser: HelpfulParser) -> None:
    """Add the arguments of this verb."""
    models = "intact .tflite files, which take turns (default: the starter); without --kind, models alone are damaged"
    parser.add_argument("models", type=Path, nargs="*", metavar="MODEL", help=models)
    kinds = "pictures, films, archives, models, cards, runs or labels, several with commas; all where none is named"
    parser.add_argument("--kind", metavar="NAMES", help=kinds)
    counts = "damaged files per kind (default: pictures, models 5000; archives, cards 2000; films 1000; others 500)"
    parser.add_argument("--mutations", type=int, metavar="N", help=counts)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all random choices")
    finished = "finished run to damage (default: train a tiny one)"
    parser.add_argument("--run", dest="run_folder", type=Path, metavar="RUN", help=finished)
    failures = "folder for files that were not survived"
    parser.add_argument("--save-failures", dest="keep", type=Path, metavar="DIR", help=failures)
    parser.say_moved(keep="--save-failures")
    parser.add_argument("--out", type=Path, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Damage and read; print and write the result."""
    from edge_app.common.errors import UsageError
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from edge_app.common.outputs import refuse_existing

    if (arguments.mutations is not None and arguments.mutations < 1) or arguments.seed < 0:
        raise UsageError("--mutations must be above 0, and --seed not below")
    check_one_cv2_wheel()
    if arguments.out is not None:
        refuse_existing(arguments.out, arguments.overwrite)
    from benchmarks.experiments.fuzz.kinds import chosen_kinds
    from benchmarks.experiments.fuzz.report import fuzz_table, write_fuzz
    from benchmarks.experiments.fuzz.run import FAILURES, fuzz
    from edge_app.common.progress import Progress

    kinds = chosen_kinds(arguments.kind, arguments.mutations, arguments.models, arguments.run_folder)
    with Progress("reading damaged files", sum(kind.mutations for kind in kinds)) as progress:
        found = fuzz(kinds, arguments.seed, progress.step, arguments.keep)
    print(fuzz_table(found))
    if arguments.out is not None:
        write_fuzz(arguments.out, found)
        print(f"results  {arguments.out}")
    return 1 if found.total(*FAILURES) else 0
