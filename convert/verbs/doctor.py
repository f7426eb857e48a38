"""`fieldlens convert doctor`: why is a model wrong on the device?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import get_args

from edge_app.model.card import ResizeRule

SUMMARY = "find out why a .tflite file is wrong"
DESCRIPTION = """Find out why a .tflite file, anybody's, is wrong, or why the code around it is.

Measures its accuracy on labelled photographs with the preprocessing that the file states (its card, its metadata, or
what has to be assumed), then tries others: BGR for RGB, pixels in [0, 1], [-1, 1], [0, 255] or normalized by ImageNet's
mean, normalized twice, raw or misread bytes, centre crop instead of squashing, labels in another order. An explanation
is chosen on one half of the photographs and validated on the other with a paired test, so that chance alone does not
make a finding. It names the field or the line of code to change.

If your own code gets a different accuracy than the file, give it with --got, or describe with --channels, --scaling,
--resize and --scores how your code preprocesses, and that is diagnosed. Needs no TensorFlow."""

EXAMPLES = """examples:
  fieldlens convert doctor model.tflite --photos photos
  fieldlens convert doctor model.tflite --photos photos --got 61
  fieldlens convert doctor model.tflite --photos photos --labels labels.txt --channels BGR --out doctor.html"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("model", type=Path, metavar="MODEL", help=".tflite file")
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="labelled photographs, or their .zip")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="one label per line, instead of the file's own")
    parser.add_argument("--got", type=float, metavar="PERCENT", help="accuracy that your own code gets")
    now = parser.add_argument_group("how your own code preprocesses, where it differs from what the file states")
    now.add_argument("--channels", choices=("RGB", "BGR"), help="order of the colour channels")
    now.add_argument(
        "--scaling",
        choices=("symmetric", "unit", "bytes", "torch", "caffe", "twice", "raw", "wrapped"),
        help="pixels in [-1, 1], [0, 1], [0, 255], normalized by ImageNet's mean and std, ImageNet's mean subtracted, "
        "normalized twice, raw bytes, bytes misread as int8",
    )
    now.add_argument("--resize", choices=get_args(ResizeRule), help="how the picture is fitted to the input")
    now.add_argument(
        "--scores",
        choices=("numbers", "unsigned"),
        help="how int8 scores are read: as signed numbers, or as unsigned bytes",
    )
    parser.add_argument("--most", type=int, default=400, metavar="N", help="photographs to use")
    parser.add_argument(
        "--all-photos",
        action="store_true",
        help="also use photographs that a model of FieldLens may have been trained on",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the findings: .json or .html")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing FILE")


def run(arguments: argparse.Namespace) -> int:
    """Diagnose the file, and say what was found."""
    from edge_app.common.errors import UsageError
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from edge_app.common.outputs import refuse_existing

    check_one_cv2_wheel()
    if arguments.got is not None and not 0.0 <= arguments.got <= 100.0:
        raise UsageError(f"--got is a percentage, 0 to 100, received {arguments.got:g}")
    if arguments.most < 1:
        raise UsageError(f"--most must be at least 1, received {arguments.most}")
    if arguments.out is not None:
        refuse_existing(arguments.out, arguments.overwrite, inputs=(arguments.model, arguments.photos))
    from convert.doctor.diagnose import UserPreprocessing, diagnose_file
    from convert.doctor.report import print_findings, write
    from edge_app.photographs.zip_files import unpacked

    findings = diagnose_file(
        arguments.model,
        unpacked(arguments.photos),
        labels=arguments.labels,
        own_code=UserPreprocessing(arguments.channels, arguments.scaling, arguments.resize, arguments.scores),
        most=arguments.most,
        all_photographs=arguments.all_photos,
        got=None if arguments.got is None else arguments.got / 100.0,
    )
    print_findings(findings)
    if arguments.out is not None:
        write(findings, arguments.out)
        print(f"report   {arguments.out}")
    return 0
