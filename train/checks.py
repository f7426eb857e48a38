"""What can be said in a moment, before TensorFlow takes five seconds to start."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from edge_app.atomic import refuse_existing
from edge_app.errors import DataError, MissingDependencyError


def check_before_training(photographs: Path, out: Path, overwrite: bool) -> None:
    """Refuse early what would be refused late.

    Raises:
        DataError: there is no such folder.
        OutputError: the run folder exists.
        MissingDependencyError: the train extra is not installed.
    """
    if not photographs.exists():
        raise DataError(f"`{photographs}` does not exist; give a folder of photographs")
    refuse_existing(out, overwrite)
    for package in ("tensorflow", "tf_keras", "matplotlib"):
        if find_spec(package) is None:
            raise MissingDependencyError(f"`{package}` is not installed; training needs: pip install -e '.[train]'")
