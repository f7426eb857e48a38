"""`fieldlens convert backbone`: a run's features in a file, for `fieldlens teach`."""

from __future__ import annotations

import argparse
from pathlib import Path

from convert.verbs.source_options import add_calibration, add_photographs, add_run, read_source
from edge_app.common.command_line import HelpfulParser, advanced
from edge_app.common.errors import RunFolderError
from edge_app.common.installing import refuse_missing
from edge_app.common.trust import add_trust_option
from edge_app.model.run_folder import read_run_json

SUMMARY = "make a file of a run's features, for `fieldlens teach` to put labels of your own on"
DESCRIPTION = """Make a file of a run's features, for `fieldlens teach` to put labels of your own on.

What a network has learned to see of birds, parts or leaves helps to tell other birds, parts or leaves apart, from a few
photographs and on the device itself. The file holds the network up to its features; the labels are taught. It is made
by one recipe and proven against the Keras model like any file of `fieldlens convert`; one that disagrees is not
written. A network that lays its feature maps out flat has no pooled features and is refused: such features depend on
where a thing lies in the picture."""

EXAMPLES = """examples:
  fieldlens convert backbone runs/birds
  fieldlens teach robin,wren --backbone models/birds-backbone.tflite --out birds
  fieldlens convert backbone runs/birds --numbers float32 --out birds.tflite"""

NUMBERS = ("int8", "float16", "float32")
"""On whose files a new head fits."""


def add_arguments(parser: HelpfulParser) -> None:
    """Add the arguments of this verb."""
    add_run(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="the file to make (default: models/RUN-backbone.tflite)"
    )
    parser.add_argument("--numbers", choices=NUMBERS, default="int8", help="the recipe that it is converted by")
    add_photographs(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")
    advanced(add_calibration(parser))
    add_trust_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Make the file, and say how to use it."""
    out = arguments.out or Path("models") / f"{arguments.run.resolve().name}-backbone.tflite"
    _check_early(arguments, out)
    from convert.settings import ConversionSettings
    from edge_app.common.native_stderr import quiet_native_stderr
    from edge_app.common.outputs import held

    settings = ConversionSettings(recipes=arguments.numbers, calibration=arguments.calibration)
    source = read_source(arguments.run, arguments.photos, settings)
    with quiet_native_stderr():
        from convert.job import convert_backbone
    with held(out):
        backbone = convert_backbone(source, out, settings)
    print(f"wrote   {out}: {out.stat().st_size / 1e6:.2f} MB, {backbone.width:,} features, {backbone.card.recipe}")
    print(f"next    fieldlens teach cup,phone,nothing --backbone {out} --out photos/desk --train")
    return 0


def refuse_unpooled(run: Path) -> None:
    """Refuse a run whose network has no pooled features, from `run.json` alone.

    Raises:
        RunFolderError: it is no run, or its feature maps are laid out flat.
    """
    recipe = read_run_json(run).get("recipe")
    if isinstance(recipe, dict) and recipe.get("architecture") == "custom_cnn" and recipe.get("pooling") == "flatten":
        raise RunFolderError(
            f"`{run}` has no pooled features: its feature maps are laid out flat (pooling flatten), so that each "
            "feature belongs to one place; train with --pooling average, or teach on the starter, which needs no file"
        )


def _check_early(arguments: argparse.Namespace, out: Path) -> None:
    """What can be said before TensorFlow takes five seconds to start."""
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from edge_app.common.outputs import refuse_existing, refuse_held

    check_one_cv2_wheel()
    refuse_unpooled(arguments.run)
    refuse_existing(out, arguments.overwrite, inputs=(arguments.run, arguments.photos, arguments.calibration))
    refuse_held(out)
    refuse_missing(("tensorflow", "flatbuffers"), "train")
