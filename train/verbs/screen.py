"""`fieldlens train screen`: what is wrong with a folder of photographs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from edge_app.common.errors import RunFolderError
from edge_app.common.trust import add_trust_option

if TYPE_CHECKING:
    from edge_app.model.run_folder import TrainedRun
    from train.screening.screening import Screening

SUMMARY = "find broken, duplicate and mislabelled photographs"
DESCRIPTION = """Check a folder of photographs for problems. Nothing is changed or deleted.

Finds corrupt files, wrong file extensions, exact duplicates, near duplicates (the same photograph resized, recompressed
or mirrored; nine in ten of those cropped by 5 %, a quarter of those cropped by 10 %), duplicates that are in two splits
or have two labels, and tiny, elongated and blank pictures, and shows the balance of the classes. With --run, the model
of a finished run points out likely wrong labels: photographs where it is confident of another label, and where in the
picture it sees that one. It has learned the labels of the training split, wrong ones included, so it finds fewer there.
Without --run, 8,000 photographs of 200×200 pixels take 12 seconds on 2 cores."""

EXAMPLES = """examples:
  fieldlens train screen photos/pets
  fieldlens train screen photos/pets --run runs/pets --out screening/pets --overwrite"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("photographs", type=Path, metavar="PHOTOS", help="folder of photographs, or a .zip of it")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder for screening.html and .json (default: screening/ and the name of PHOTOS)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing DIR")
    parser.add_argument("--run", type=Path, metavar="RUN", help="run folder whose model is asked about wrong labels")
    add_trust_option(parser)
    parser.add_argument(
        "--smallest", type=int, default=64, metavar="PX", help="pictures whose shorter side is below this count as tiny"
    )


def run(arguments: argparse.Namespace) -> int:
    """Look, write the report, and print the summary."""
    from edge_app.common.atomic_files import atomic_folder
    from edge_app.common.outputs import held, refuse_existing
    from edge_app.common.tables import text_table
    from edge_app.model.run_folder import read_trained_run
    from edge_app.photographs.folders import find_photographs
    from edge_app.photographs.zip_files import unpacked
    from train.models.trained_run import load_predictor
    from train.screening.report import SCREENING_FILE, SUMMARY_HEAD, write_screening
    from train.screening.screening import refuse_other_labels, screen

    arguments.photographs = unpacked(arguments.photographs)
    out = arguments.out or Path("screening") / arguments.photographs.resolve().name
    refuse_existing(out, arguments.overwrite, SCREENING_FILE, (arguments.photographs, arguments.run))
    folder = find_photographs(arguments.photographs)
    print("\n".join([str(folder), *folder.unread_sentences()]), flush=True)
    judge, predict = None, None
    if arguments.run is not None:
        judge = read_trained_run(arguments.run)
        refuse_other_labels(folder, judge)
        predict = load_predictor(judge)
    found = screen(folder, judge, predict, arguments.smallest)
    with held(out), atomic_folder(out, arguments.overwrite, SCREENING_FILE) as temporary:
        write_screening(temporary, found, _heat(found, judge))
    print(text_table(SUMMARY_HEAD, found.summary_rows()))
    if found.judge_saw_all:
        print(f"note: {found.about_judge()}")
    print(f"report  {out / 'screening.html'}")
    return 0


def _heat(found: Screening, judge: TrainedRun | None) -> Mapping[str, bytes]:
    """Return pictures of what speaks for the predicted label, of the likely label errors that the report shows."""
    if judge is None or not found.label_issues:
        return {}
    from train.models.loading import load_model
    from train.run_folder.mistakes import heat_of_doubts
    from train.screening.report import SHOWN

    try:
        model = load_model(judge.path / "model.h5")
    except RunFolderError:  # of a TF Hub module that is gone; the SavedModel that was asked needs none
        return {}
    return heat_of_doubts(found.label_issues[:SHOWN], found.folder.root, judge, model)
