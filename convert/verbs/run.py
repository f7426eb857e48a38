"""`python -m convert run`: a run folder to files that are proven to agree with the Keras model."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

from edge_app.errors import MissingDependencyError, RunFolderError
from edge_app.native_output import quiet_native_stderr

SUMMARY = "convert a run, and prove that its files agree with the Keras model"
DESCRIPTION = """Convert a run folder to .tflite files, and prove that they agree with the Keras model.

`run` is implied. Makes a float32 and a full-integer int8 file that carry labels, preprocessing and their own measured
accuracy, and a report. Of a run by `train compress` the files are named for its method, and what it promised is counted
in each; a run that was trained with rounding gives the int8 file alone. A file that disagrees with the Keras model is
kept under another name, and the exit code is 1. A folder that is named like a verb is written ./run."""

EXAMPLES = """examples:
  python -m convert runs/pets
  python -m convert runs/pets --out models/pets --overwrite"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("run", type=Path, metavar="RUN", help="folder made by `python -m train`")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the files (default: models/ and RUN's name)")
    parser.add_argument("--photos", type=Path, metavar="DIR", help="where the photographs are now, if they moved")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing folder")


def run(arguments: argparse.Namespace) -> int:
    """Convert, and print the table."""
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
