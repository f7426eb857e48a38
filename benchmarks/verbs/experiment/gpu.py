"""`fieldlens bench experiment gpu`: training on a GPU, measured in one call."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "train on a GPU: accuracy, speed, memory, exact resume, in one call of ten minutes"
DESCRIPTION = """Train on a GPU and on the same machine's CPU, each time in a process of its own.

Measured are the accuracy and photographs per second of each recipe in float32, with --mixed-precision, with --xla and
with both, on the GPU, and in float32 on the CPU; what the input pipeline makes alone; the memory of GPU and process;
whether a training that was stopped and resumed has the same weights; and --replicas. What matters most comes first, and
nothing is begun after --minutes. The result is written after every training, so that a cut leaves what there was.

Needs the `train-gpu` extra, NVIDIA's driver, and some 2,000 photographs; for mobilenet_v2, a file of its ImageNet
weights where there is no network."""

EXAMPLES = """examples:
  fieldlens bench experiment gpu --photos photos --weights weights.h5 --out measurements/gpu.json
  fieldlens bench experiment gpu --photos photos --recipes tiny --device cpu --out /tmp/try.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="labelled photographs")
    parser.add_argument(
        "--weights", default="imagenet", metavar="WHICH", help="of MobileNetV2: imagenet, or an .h5 file"
    )
    parser.add_argument(
        "--recipes",
        default="custom_cnn,mobilenet_v2",
        metavar="NAMES",
        help="recipes of training, with commas between them; the first one is also stopped and resumed",
    )
    parser.add_argument("--epochs", type=int, default=3, metavar="N", help="passes over the training photographs")
    parser.add_argument("--device", choices=("gpu", "cpu"), default="gpu", help="cpu: to try the command without a GPU")
    parser.add_argument("--only-float32", action="store_true", help="leave out --mixed-precision and --xla")
    parser.add_argument("--minutes", type=float, default=9.0, metavar="M", help="begin nothing after so long")
    parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing result")


def run(arguments: argparse.Namespace) -> int:
    """Measure; write the result."""
    from edge_app.common.errors import UsageError
    from edge_app.common.opencv_wheel import check_one_cv2_wheel

    check_one_cv2_wheel()
    from benchmarks.experiments.training.gpu import GpuPlan, run_gpu
    from train.models.registry import recipes

    names = tuple(name.strip() for name in arguments.recipes.split(",") if name.strip())
    for name in names:
        if name not in recipes():
            raise UsageError(f"there is no recipe `{name}`; choose from {', '.join(recipes())}")
    if not names or arguments.epochs < 2 or arguments.minutes <= 0:
        raise UsageError("--recipes needs one, --epochs at least 2 (the first one compiles), --minutes more than 0")
    plan = GpuPlan(
        photographs=arguments.photos,
        recipes=names,
        weights=arguments.weights,
        epochs=arguments.epochs,
        device=arguments.device,
        minutes=arguments.minutes,
        other_ways=not arguments.only_float32,
    )
    return run_gpu(plan, arguments.out, overwrite=arguments.overwrite)
