"""What verbs share that read a run: its photographs, those that 8-bit ranges are measured on, and early refusals."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from convert.settings import CALIBRATION_PHOTOGRAPHS, ConversionSettings

if TYPE_CHECKING:
    from convert.run_folder import RunFolder


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add the run."""
    parser.add_argument("run", type=Path, metavar="RUN", help="folder made by `fieldlens train`")


def add_photographs(parser: argparse.ArgumentParser) -> None:
    """Add the place of the photographs."""
    parser.add_argument("--photos", type=Path, metavar="DIR", help="where the photographs are now, if they have moved")


def add_calibration(parser: argparse._ActionsContainer) -> argparse.Action:
    """Add the folder of the calibration photographs."""
    help = "photographs for measuring the ranges of 8-bit values, for example from your device (default: training "
    return parser.add_argument("--calibration", type=Path, metavar="DIR", help=f"{help}photographs)")


def add_calibration_count(parser: argparse._ActionsContainer) -> None:
    """Add their number."""
    parser.add_argument(
        "--calibration-photographs",
        type=int,
        default=CALIBRATION_PHOTOGRAPHS,
        metavar="N",
        help="photographs for measuring ranges, at most",
    )


def read_source(run: Path, photographs: Path | None, settings: ConversionSettings) -> RunFolder:
    """Read a run that is to be converted.

    Raises:
        RunFolderError: it cannot be used.
        UsageError: a setting is for files that are not made.
        DataError: the calibration folder cannot be used.
    """
    from convert.quantize.calibration import refuse_no_folder
    from convert.quantize.recipes import choose_recipes, refuse_unused_settings
    from convert.run_folder import read_run_folder

    if settings.calibration is not None:
        refuse_no_folder(settings.calibration)
    source = read_run_folder(run, photographs)
    refuse_unused_settings(settings, choose_recipes(source, settings.recipes)[0])
    return source
