"""`fieldlens convert starter`: makes a converted file the model that comes with the app."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "make a converted file the model that comes with the app"
DESCRIPTION = """Make a converted file the starter: the model that `fieldlens app` uses when it is given none.

It must tell cats from dogs, be trained with --neither (from scratch, or a MobileNetV2 from ImageNet weights; a
teacher is allowed while its run folder is there), be converted to int8 with uint8 input and output, and be at most 1
MB large. What it was made of, and under which terms, is written into its card; NOTICE beside it is generated from
run.json, metrics.json and conversion.json. Needs no TensorFlow."""

EXAMPLES = """examples:
  fieldlens convert starter models/small/small-int8.tflite --run runs/small --overwrite"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("model", type=Path, metavar="MODEL", help="int8 .tflite, beside its conversion.json")
    parser.add_argument(
        "--run", dest="of", type=Path, required=True, metavar="RUN", help="the run that it was converted from"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the starter (default: the one in the app)")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing starter")


def run(arguments: argparse.Namespace) -> int:
    """Make the starter, and say what became of it."""
    from edge_app.common.opencv_wheel import check_one_cv2_wheel

    check_one_cv2_wheel()
    from convert.starter.making import make_starter
    from edge_app.model.starter import STARTER

    out = arguments.out or STARTER.parent
    card = make_starter(arguments.model, arguments.of, out, arguments.overwrite)
    print(f"starter  {out / STARTER.name}: {card.accuracy}, “neither” below {card.neither_threshold:.4f}")
    print(f"notice   {out / 'NOTICE'}")
    return 0
