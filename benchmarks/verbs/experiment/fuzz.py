"""`fieldlens bench experiment fuzz`: damaged and hostile model files."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "open damaged and hostile model files"
DESCRIPTION = """Damage .tflite files and let the app open each: it must say what is wrong, and live.

Files are cut, bits flipped, regions swapped, offsets, lengths, shapes and indices of tensors replaced, the archive
behind the model damaged, the card and the labels made hostile. Each goes to a process that does what the app does:
check, trial in a child, one frame. The command ends with code 1 if that process crashed, hung, or ended with a
traceback. Ctrl-C ends early and keeps what was found."""

EXAMPLES = """examples:
  fieldlens bench experiment fuzz models/pets/pets-int8.tflite --mutations 2000 --seed 0 --out results/fuzz.json
  fieldlens bench experiment fuzz a.tflite b.tflite --mutations 200 --keep broken"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL", help="whole .tflite files; they take turns")
    parser.add_argument("--mutations", type=int, default=2000, metavar="N", help="damaged files, all together")
    parser.add_argument("--seed", type=int, default=0, help="of the damage: the same seed damages the same way")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the files that the app did not stand")
    parser.add_argument("--out", type=Path, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Damage and open; print and write the result."""
    from edge_app.common.atomic_files import refuse_existing
    from edge_app.common.errors import UsageError
    from edge_app.common.opencv_wheel import check_one_cv2_wheel

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
