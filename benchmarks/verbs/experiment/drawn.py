"""`fieldlens bench experiment drawn`: drawn pictures to train on, of nothing or of pets."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "draw pictures of nothing to learn “neither” from, or pets"
DESCRIPTION = """Draw pictures of nothing: walls, shapes, scribbles, clouds, cells, rings, cloth, darkness, and blur.

The folder is given to `fieldlens train --neither`, alone or as one of several folders in it. The pictures are of other
kinds than those that `fieldlens bench experiment neither` judges with. With --pets, cats and dogs are drawn instead:
frames of the drawn camera in a folder per class, but none that `--source demo` shows. Needs no TensorFlow."""

EXAMPLES = """examples:
  fieldlens bench experiment drawn --out photos/others/drawn
  fieldlens train photos/pets --neither photos/others"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--pictures", dest="count", type=int, default=480, metavar="N", help="pictures to draw")
    parser.add_argument("--pets", action="store_true", help="draw cats and dogs")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of everything random")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to make")


def run(arguments: argparse.Namespace) -> int:
    """Draw."""
    from benchmarks.experiments.drawn_frames import write_drawn_frames
    from benchmarks.experiments.neither.exposures import write_exposures
    from edge_app.common.errors import UsageError
    from edge_app.common.outputs import refuse_existing

    if arguments.count < 1:
        raise UsageError(f"--pictures must be at least 1, received {arguments.count}")
    refuse_existing(arguments.out, overwrite=False)
    draw = write_drawn_frames if arguments.pets else write_exposures
    draw(arguments.out, arguments.count, arguments.seed)
    print(f"drawn   {arguments.count:,} pictures in {arguments.out}")
    return 0
