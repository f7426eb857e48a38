"""`fieldlens bench experiment tuning`: fine-tuning from the linear head, beside the head and scikit-learn's."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "judge fine-tuning from the linear head, beside scikit-learn"
DESCRIPTION = """Judge fine-tuning that starts from the linear head, beside the head alone and scikit-learn's.

Photographs of each class are drawn; scikit-learn's LogisticRegressionCV, the linear head of `train` and the network
that is fine-tuned from it learn from them, and other photographs of the folder judge all three. For --decided draws,
cross-validation decides as in `train`: six trainings instead of one. Needs the train install and scikit-learn:
pip install 'scikit-learn>=1.5'."""

EXAMPLES = """examples:
  fieldlens bench experiment tuning --photos flowers --out measurements/tuning-flowers.json
  fieldlens bench experiment tuning --photos pets --draws 3 --judges 1000 --out measurements/tuning-pets.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="labelled photographs")
    parser.add_argument(
        "--weights", default="imagenet", metavar="WHICH", help="of the backbone: imagenet, or an .h5 file"
    )
    parser.add_argument("--image-size", type=int, metavar="PX", help="of the network instead of the recipe's")
    parser.add_argument("--width", type=float, metavar="ALPHA", help="of the network instead of the recipe's")
    parser.add_argument("--epochs", type=int, metavar="N", help="of fine-tuning instead of the recipe's")
    parser.add_argument("--frozen-batch-norm", action="store_true", help="keep the statistics of ImageNet")
    parser.add_argument("--of-each", type=int, default=100, metavar="N", help="photographs of each class to learn from")
    parser.add_argument("--draws", type=int, default=5, metavar="N", help="how many")
    parser.add_argument("--decided", type=int, default=0, metavar="N", help="draws whose folds decide too")
    parser.add_argument("--judges", type=int, default=2000, metavar="N", help="photographs that judge, at most")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from dataclasses import replace

    from edge_app.common.errors import UsageError
    from edge_app.common.native_stderr import quiet_native_stderr
    from train.models.architectures.mobilenet_v2 import MOBILENET_V2

    if arguments.of_each < 2 or min(arguments.draws, arguments.judges) < 1:
        raise UsageError("--of-each must be 2 or more, --draws and --judges 1 or more")
    with quiet_native_stderr():
        from benchmarks.experiments.tuning import Plan, run_tuning

    recipe = replace(
        MOBILENET_V2,
        input_size=arguments.image_size or MOBILENET_V2.input_size,
        width=arguments.width or MOBILENET_V2.width,
        epochs=arguments.epochs or MOBILENET_V2.epochs,
        batch_norm_learns=not arguments.frozen_batch_norm,
    )
    plan = Plan(arguments.of_each, arguments.draws, arguments.decided, arguments.judges)
    return run_tuning(arguments.photos, recipe, arguments.weights, plan, arguments.out, overwrite=arguments.overwrite)
