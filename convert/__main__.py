"""`python -m convert`: a trained run to files that run on devices."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from edge_app.command_line import HelpfulParser, run_program, with_implied_verb
from edge_app.errors import MissingDependencyError, RunFolderError
from edge_app.native_output import quiet_native_stderr

VERBS = ("run",)

_DESCRIPTION = """Convert a run folder to .tflite files, and prove that they agree with the Keras model.

`run` is implied. Makes a float32 and a full-integer int8 file that carry labels, preprocessing and their own measured
accuracy, and a report. Of a run by `train compress` the files are named for its method, and what it promised is counted
in each; a run that was trained with rounding gives the int8 file alone. A file that disagrees with the Keras model is
kept under another name, and the exit code is 1. A folder that is named like a verb is written ./run."""

_EXAMPLES = """examples:
  python -m convert runs/pets
  python -m convert runs/pets --out models/pets --overwrite"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs."""
    parser = HelpfulParser(prog="python -m convert", description=_DESCRIPTION, epilog=_EXAMPLES)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    run = verbs.add_parser("run", help="convert (implied)", description=_DESCRIPTION, epilog=_EXAMPLES)
    run.add_argument("run", type=Path, metavar="RUN", help="folder made by `python -m train`")
    run.add_argument("--out", type=Path, metavar="DIR", help="folder of the files (default: models/ and RUN's name)")
    run.add_argument("--photos", type=Path, metavar="DIR", help="where the photographs are now, if they moved")
    run.add_argument("--overwrite", action="store_true", help="replace an existing folder")
    parser.imply(run, {})
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code."""
    words = with_implied_verb(sys.argv[1:] if argv is None else argv, VERBS)
    arguments = build_parser().parse_args(words or ["--help"])
    return run_program(lambda: _run(arguments))


def _run(arguments: argparse.Namespace) -> int:
    out = arguments.out or Path("models") / arguments.run.resolve().name
    _check_early(arguments.run, out, arguments.overwrite)
    with quiet_native_stderr():
        from convert.job import convert, refuse_disagreement
    from convert.report import HEAD, table_rows
    from edge_app.text_table import text_table

    bundle = convert(arguments.run, out, arguments.overwrite, arguments.photos)
    print(text_table(HEAD, table_rows(bundle)))
    print(f"report  {out / 'report.html'}")
    refuse_disagreement(bundle.files, out)
    print(f"next    python -m edge_app {out / bundle.files[-1].file} --source 0")
    return 0


def _check_early(run: Path, out: Path, overwrite: bool) -> None:
    """What can be said before TensorFlow takes five seconds to start."""
    from edge_app.atomic import refuse_existing
    from edge_app.opencv_wheel import check_one_cv2_wheel

    check_one_cv2_wheel()
    if not (run / "run.json").is_file():
        what = "is no run folder (no run.json)" if run.exists() else "does not exist"
        raise RunFolderError(f"`{run}` {what}; give a folder made by `python -m train`")
    refuse_existing(out, overwrite)
    for package in ("tensorflow", "flatbuffers"):
        if find_spec(package) is None:
            raise MissingDependencyError(f"`{package}` is not installed; converting needs: pip install -e '.[train]'")


if __name__ == "__main__":
    raise SystemExit(main())
