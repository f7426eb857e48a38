"""`fieldlens convert calibration`: the photographs that other people's compilers measure ranges on."""

from __future__ import annotations

import argparse
from pathlib import Path

from convert.verbs.source_options import add_calibration, add_calibration_count, add_photographs, add_run

SUMMARY = "write photographs, ready for other people's compilers to calibrate on"
DESCRIPTION = """Write the photographs that `fieldlens convert` calibrates on, as other people's compilers want them.

The photographs of each class in turn, resized by the rule of the model, before any normalization:

  images.npy        (photographs, height, width, 3) uint8 RGB
  images/*.png      the same, one by one, without loss
  calibration.json  size, resize rule, normalization, classes, and what the photographs are like

docs/accelerators.md says what Hailo's, Sony's and Coral's compilers do with them. Needs no TensorFlow."""

EXAMPLES = """examples:
  fieldlens convert calibration runs/pets calibration/pets
  fieldlens convert calibration runs/pets calibration/pets --calibration frames/"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    add_run(parser)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to create")
    add_photographs(parser)
    add_calibration(parser)
    add_calibration_count(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace an existing folder")


def run(arguments: argparse.Namespace) -> int:
    """Write the folder."""
    from edge_app.common.opencv_wheel import check_one_cv2_wheel

    check_one_cv2_wheel()
    from convert.quantize.calibration import read_calibration, refuse_no_folder
    from convert.quantize.calibration_folder import SIGN, write_calibration
    from convert.quantize.recipes import INT8
    from convert.run_folder import read_run_folder
    from convert.settings import ConversionSettings
    from edge_app.common.outputs import held, refuse_existing

    out = arguments.out
    refuse_existing(out, arguments.overwrite, SIGN, (arguments.run, arguments.photos, arguments.calibration))
    settings = ConversionSettings(
        calibration_photographs=arguments.calibration_photographs, calibration=arguments.calibration
    )
    if settings.calibration is not None:
        refuse_no_folder(settings.calibration)
    source = read_run_folder(arguments.run, arguments.photos)
    with held(out):
        calibration = read_calibration(source, settings, (INT8,))
        assert calibration is not None  # INT8 is calibrated
        write_calibration(source, calibration, out, arguments.overwrite)
    print(f"wrote   {out}: {calibration.facts.photographs:,} photographs of {source.input_size}")
    return 0
