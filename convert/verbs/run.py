"""`fieldlens convert run`: a run folder to files that are proven to agree with the Keras model."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from convert.quantize.recipes import (
    DEFAULT_NAMES,
    ONNX,
    RECIPES,
    without_onnx,
)
from convert.settings import PARITY_PHOTOGRAPHS, ConversionSettings
from convert.verbs.source_options import (
    add_calibration,
    add_calibration_count,
    add_photographs,
    add_run,
    read_source,
)
from edge_app.common.command_line import advanced
from edge_app.common.installing import refuse_missing
from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.common.outputs import CONVERSION_FILE
from edge_app.common.trust import add_trust_option
from edge_app.metrics.confidence import ACCEPTED_SHARE

if TYPE_CHECKING:
    from convert.bundle.records import Bundle

SUMMARY = "convert a run to .tflite files and prove that they agree with the Keras model"
DESCRIPTION = f"""Convert a run folder to .tflite files and prove that they agree with the Keras model.

`run` is implied. Each file carries its labels, its preprocessing and its own measured accuracy; the report compares all
files with the Keras model on the same photographs. Files of a run made by `train compress` are named after its method
and checked for its sparsity and clusters; a run of quantization-aware training is converted to int8 only. A file that
disagrees with the Keras model is left out, and the last lines say so; if --recipes names it, or no file is left, the
exit code is 1. To convert a folder named like a verb, write ./run.

recipes (default: {", ".join(DEFAULT_NAMES)}):
""" + "\n".join(
    [f"  {recipe.name:<13} {recipe.summary}" for recipe in RECIPES.values()]
    + [f"  {ONNX:<13} beside these, their float32 and int8 files as ONNX (extra: onnx)"]
)

EXAMPLES = """examples:
  fieldlens convert runs/pets
  fieldlens convert runs/pets --recipes all --out models/pets --overwrite
  fieldlens convert runs/pets --recipes int8 --calibration frames/ --out models/pets-garden
  fieldlens convert runs/pets --recipes float32,int8 --diagnose
  fieldlens convert runs/pets --recipes float32,int8,onnx"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    add_run(parser)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder to create (default: models/ and the name of RUN)"
    )
    add_photographs(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace an existing folder")
    add_trust_option(parser)
    parser.add_argument("--recipes", metavar="NAMES", help="recipe names separated by commas, or all; see above")
    add_calibration(parser)
    details = advanced(parser.add_argument_group("details"))
    add_calibration_count(details)
    details.add_argument(
        "--parity-photographs",
        type=int,
        default=PARITY_PHOTOGRAPHS,
        metavar="N",
        help="validation photographs to compare on, at most, and as many test photographs",
    )
    details.add_argument(
        "--accept",
        type=float,
        default=ACCEPTED_SHARE,
        metavar="SHARE",
        help="of the validation photographs that “neither” must let through, above 0, at most 1",
    )
    details.add_argument("--keep-failing", action="store_true", help="keep a file that disagrees, as .rejected")
    parser.add_argument("--diagnose", action="store_true", help="find the layers that lose the most accuracy in 8 bits")


def run(arguments: argparse.Namespace) -> int:
    """Convert, and print the table."""
    out = arguments.out or Path("models") / arguments.run.resolve().name
    recipes, onnx = without_onnx(arguments.recipes)
    settings = ConversionSettings(
        recipes=recipes,
        onnx=onnx,
        calibration_photographs=arguments.calibration_photographs,
        calibration=arguments.calibration,
        parity_photographs=arguments.parity_photographs,
        keep_failing=arguments.keep_failing,
        diagnose=arguments.diagnose,
        accept=arguments.accept,
    )
    bundle = convert_checked(arguments.run, out, settings, arguments.photos, arguments.overwrite)
    from convert.bundle.recommendation import recommendation, recommended
    from convert.bundle.records import refuse_rejected
    from convert.bundle.report import HEAD, compression_sentences, note_lines, table_rows
    from edge_app.common.tables import text_table

    print(text_table(HEAD, table_rows(bundle)))
    diagnosed = bundle.sensitivity.sentences if bundle.sensitivity else ()
    print("\n".join([*note_lines(bundle), *compression_sentences(bundle), *diagnosed]))
    for file in bundle.onnx:
        print(f"onnx    {file}")
    print(f"report  {out / 'report.html'}")
    print("\n".join(recommendation(bundle)))
    refuse_rejected(bundle)
    if (chosen := recommended(bundle)) is not None:
        print(f"next    fieldlens app {out / chosen.file} --source 0")
    return 0


def convert_checked(
    run: Path, out: Path, settings: ConversionSettings, photographs: Path | None, overwrite: bool
) -> Bundle:
    """Refuse in a moment what would be refused late, and convert.

    Args:
        run: made by `train`.
        out: folder of the bundle.
        settings: what to make and how to prove it.
        photographs: where they are now; None: where they were.
        overwrite: whether an older bundle may be replaced.

    Raises:
        FieldLensError: see `convert.job.convert`.
    """
    from edge_app.common.outputs import held

    _check_early(run, out, overwrite, photographs, settings.calibration)
    if settings.onnx:
        refuse_missing(("onnx", "onnxruntime"), ONNX)
    source = read_source(run, photographs, settings)
    with quiet_native_stderr():
        from convert.job import convert

    with held(out):
        return convert(source, out, settings, overwrite)


def _check_early(run: Path, out: Path, overwrite: bool, photographs: Path | None, calibration: Path | None) -> None:
    """What can be said before TensorFlow takes five seconds to start."""
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from edge_app.common.outputs import refuse_existing, refuse_held
    from edge_app.model.run_folder import refuse_no_run

    check_one_cv2_wheel()
    refuse_no_run(run)
    refuse_existing(out, overwrite, CONVERSION_FILE, (run, photographs, calibration))
    refuse_held(out)
    refuse_missing(("tensorflow", "flatbuffers"), "train")
