"""`fieldlens bench experiment neither`: training with and without pictures of anything else."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "compare training with and without pictures of anything else"
DESCRIPTION = """Compare heads trained with and without pictures of anything else (outlier exposure).

Heads are trained on features of MobileNetV2, with some classes of the pictures of anything else shown in training. The
result is accuracy, and how well the best score separates photographs from the unseen classes, from drawn scenes and
from textures (AUROC). With --run, a finished run is compared with the same recipe trained with exposure instead. Both
need the train install. With --model, a converted file is shown pictures of classes that its training was not, and of
the drawn ones: how many get a label where the answer is “neither”?"""

EXAMPLES = """examples:
  fieldlens bench experiment neither --photos photos --neither flowers --out measurements/neither.json
  fieldlens bench experiment neither --photos photos --neither flowers --run runs/pets \\
      --out measurements/neither_runs.json
  fieldlens bench experiment neither --neither flowers --model models/pets/pets-int8.tflite \\
      --out measurements/neither_file.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--photos", type=Path, metavar="DIR", help="labelled photographs; needed without --model")
    parser.add_argument(
        "--neither", type=Path, required=True, metavar="DIR", help="pictures of anything else, a folder per class"
    )
    parser.add_argument("--exposed", type=int, default=3, metavar="N", help="classes of --neither to show in training")
    parser.add_argument(
        "--weights", default="imagenet", metavar="WHICH", help="of the backbone: imagenet, none, or an .h5 file"
    )
    parser.add_argument("--run", type=Path, metavar="RUN", help="run to compare with instead of heads")
    parser.add_argument("--model", type=Path, metavar="MODEL", help=".tflite file to judge at its threshold instead")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="repetitions of each kind, with a seed each")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from edge_app.common.errors import UsageError

    if arguments.model is not None:
        from benchmarks.experiments.neither.file import run_neither_file

        return run_neither_file(
            arguments.model, arguments.neither, arguments.exposed, arguments.out, arguments.overwrite
        )
    if arguments.photos is None:
        raise UsageError("--photos is missing; give labelled photographs, or --model to judge a file")
    from edge_app.common.native_stderr import quiet_native_stderr

    with quiet_native_stderr():
        from benchmarks.experiments.neither.heads import run_neither
        from benchmarks.experiments.neither.runs import run_neither_runs

    if arguments.run is not None:
        return run_neither_runs(
            arguments.photos,
            arguments.neither,
            exposed=arguments.exposed,
            plain=arguments.run,
            out=arguments.out,
            overwrite=arguments.overwrite,
        )
    return run_neither(
        arguments.photos,
        arguments.neither,
        exposed=arguments.exposed,
        weights=arguments.weights,
        seeds=arguments.seeds,
        out=arguments.out,
        overwrite=arguments.overwrite,
    )
