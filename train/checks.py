"""What can be said in a moment, before TensorFlow takes five seconds to start."""

from __future__ import annotations

from pathlib import Path

from edge_app.common.errors import DataError, OutputError
from edge_app.common.installing import refuse_missing
from edge_app.common.outputs import refuse_existing, refuse_held
from edge_app.model.foreign_code.gate import refuse_foreign_run
from edge_app.model.run_folder import RUN_FILE, refuse_no_run
from edge_app.photographs.folders import find_photographs
from train.data.outliers import find_outliers


def check_before_training(
    photographs: Path, out: Path, overwrite: bool, teacher: Path | None = None, neither: Path | None = None
) -> None:
    """Refuse early what would be refused late.

    Raises:
        DataError: a folder is missing or holds nothing to train on, or the pictures of anything else are among the
            photographs.
        RunFolderError: the teacher is not a run folder.
        ForeignCodeError: the teacher carries code, and the user has not said --trust.
        OutputError: the run folder exists, is the teacher's, or is among the photographs.
        MissingDependencyError: the train extra is not installed.
    """
    if not photographs.exists():
        raise DataError(f"`{photographs}` does not exist; give a folder of photographs")
    if neither is not None and (photographs.resolve() in (neither.resolve(), *neither.resolve().parents)):
        raise DataError(
            f"the pictures of anything else `{neither}` are among the photographs `{photographs}`, where they are of a "
            "class; move them to a folder beside it"
        )
    if photographs.resolve() in (out.resolve(), *out.resolve().parents):
        raise OutputError(
            f"`{out}` is inside the photographs `{photographs}`, where its plots would be taken for a class; choose "
            "a folder beside it"
        )
    if teacher is not None and teacher.resolve() == out.resolve():
        raise OutputError(f"`{out}` is the teacher and would be replaced by its student; choose another --out")
    refuse_existing(out, overwrite, RUN_FILE, (photographs, teacher, neither))
    refuse_held(out)
    find_photographs(photographs)
    if neither is not None:
        find_outliers(neither)
    if teacher is not None:
        refuse_no_run(teacher)
        refuse_foreign_run(teacher)
    refuse_missing(("tensorflow", "tf_keras", "matplotlib"), "train")


def check_before_compressing(run: Path, out: Path, overwrite: bool) -> None:
    """Refuse early what would be refused late.

    Raises:
        RunFolderError: there is no such run.
        ForeignCodeError: it carries code, and the user has not said --trust.
        OutputError: the run folder to make exists, or is the one to start from.
        MissingDependencyError: the train extra is not installed.
    """
    refuse_no_run(run)
    if run.resolve() == out.resolve():
        raise OutputError(f"`{out}` is the run to start from; choose another name for the new one")
    refuse_existing(out, overwrite, RUN_FILE, (run,))
    refuse_held(out)
    refuse_foreign_run(run)
    refuse_missing(("tensorflow", "tf_keras", "tensorflow_model_optimization", "matplotlib"), "train")
