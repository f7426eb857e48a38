"""`fieldlens train fit`: a folder of photographs to a trained, evaluated model."""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from edge_app.common.command_line import advanced
from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.common.outputs import CONVERSION_FILE, refuse_existing
from edge_app.common.own_process import python_command
from edge_app.common.trust import TRUST_OPTION, add_trust_option
from edge_app.metrics.accuracy import is_cross_validation
from train.models.architectures.mobilenet_v2 import MOBILENET_V2
from train.models.registry import architecture_of, named_recipes, recipes
from train.recipes import Recipe
from train.verbs.machine_options import add_stream_option, replica_number, seed_number
from train.verbs.recipe_options import add_recipe_options, refuse_idle_options, with_options

if TYPE_CHECKING:
    from train.job import TrainingResult

SUMMARY = "train"
DESCRIPTION = """Train a classifier on a folder of photographs.

`fit` is implied. PHOTOS holds a folder per class, or Kaggle's flat names (cat.12.jpg, dog.7.jpg). The photographs are
split 65/10/25 into training, validation and test by the bytes of each file; the test split is read once, at the end.
Below 2,000 photographs (or 100 per class) all of them train instead: a linear head, from 100 per class on fine-tuned
where that helps, and cross-validation measures it. Test photographs that a folder test/ gives stay test photographs. A
folder that is named like a verb is written ./fit."""


def recipe_help() -> str:
    """Return what the help says of each recipe: what it is, what to expect of it, and where it comes from."""
    lines = ["recipes:"]
    for name, one in named_recipes().items():
        expected = "; ".join(filter(None, (one.accuracy, one.time)))
        lines.append(f"  {name:<20}{'. '.join(filter(None, (one.summary, expected, one.source)))}")
    return "\n".join(lines)


EXAMPLES = f"""{recipe_help()}

examples:
  fieldlens train photos --convert
  fieldlens train photos --recipe mobilenet_v2 --out runs/pets
  fieldlens train photos --recipe custom_cnn --image-size 128 --epochs 60 --out runs/cnn"""

# A linear head cannot learn "neither" well (results/neither.json). 16 units on 1,280 features do not overfit where 256
# do; a network from scratch has fewer features, and learns them together with its head.
_NEITHER_UNITS_OF_PRETRAINED, _NEITHER_UNITS = 16, 256
_CONVERTER_ENDS_S = 10.0
_SHOWN = 5  # broken files named on the terminal; run.json has all


def add_arguments(fit: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    fit.add_argument("photographs", type=Path, metavar="PHOTOS", help="folder of photographs, or a .zip of it")
    fit.add_argument(
        "--recipe",
        choices=tuple(recipes()),
        default=MOBILENET_V2.name,
        metavar="NAME",
        help="what to train, and how; see below",
    )
    fit.add_argument("--out", type=Path, metavar="RUN", help="run folder to make (default: runs/ and PHOTOS' name)")
    fit.add_argument("--convert", action="store_true", help="then convert the run as well, into models/")
    fit.add_argument("--overwrite", action="store_true", help="replace an existing run folder, and its models")
    fit.add_argument("--resume", action="store_true", help="go on after the last completed epoch of an earlier attempt")
    fit.add_argument(
        "--dry-run",
        action="store_true",
        help="print the plan and an estimate of the time, and end; opens no connection",
    )
    fit.add_argument("--seed", type=seed_number, default=0, metavar="N", help="seed of everything random")
    fit.add_argument(
        "--validation",
        choices=("auto", "split", "folds"),
        default="auto",
        help="hold photographs back, or train on all and cross-validate; auto: folds below 2,000 or 100 per class",
    )
    fit.add_argument("--teacher", type=Path, metavar="RUN", help="learn from a finished run as well (distillation)")
    fit.add_argument(
        "--neither",
        type=Path,
        metavar="DIR",
        help="pictures of anything else: learn to answer “neither” (outlier exposure and a threshold)",
    )
    add_recipe_options(fit)
    machine = advanced(fit.add_argument_group("machine and files"))
    machine.add_argument(
        "--weights",
        default="imagenet",
        metavar="WHICH",
        help="weights of the backbone: imagenet (~/.keras/models or a download), none, or an .h5 file",
    )
    machine.add_argument("--tensorboard", type=Path, metavar="DIR", help="write event files for TensorBoard")
    add_stream_option(machine)
    add_trust_option(machine)
    machine.add_argument("--mixed-precision", action="store_true", help="compute in 16 bits: faster on a GPU")
    machine.add_argument("--xla", action="store_true", help="compile every training step as one program")
    machine.add_argument(
        "--replicas",
        type=replica_number,
        default=0,
        metavar="N",
        help="replicas of the network on this machine; 0: one per GPU",
    )


def run(arguments: argparse.Namespace) -> int:
    """Train, and print what it came to."""
    recipe = chosen_recipe(arguments)
    from edge_app.common.opencv_wheel import check_one_cv2_wheel
    from edge_app.photographs.zip_files import unpacked
    from train.checks import check_before_training

    check_one_cv2_wheel()
    arguments.photographs = unpacked(arguments.photographs)
    out = arguments.out or Path("runs") / arguments.photographs.resolve().name
    replacing = arguments.overwrite or arguments.dry_run
    check_before_training(arguments.photographs, out, replacing, arguments.teacher, arguments.neither)
    if arguments.convert and not arguments.dry_run:
        models = Path("models") / out.resolve().name
        refuse_existing(models, arguments.overwrite, CONVERSION_FILE, (arguments.photographs, out))
    with quiet_native_stderr():
        from train.fitting.compute import Compute
        from train.job import Job, train

    job = Job(
        photographs=arguments.photographs,
        recipe=recipe,
        out=out,
        overwrite=arguments.overwrite,
        resume=arguments.resume,
        weights=arguments.weights,
        seed=arguments.seed,
        compute=Compute(arguments.mixed_precision, arguments.xla, arguments.replicas),
        teacher=arguments.teacher,
        neither=arguments.neither,
        tensorboard=arguments.tensorboard,
        stream=arguments.stream,
        validation=arguments.validation,
    )
    if arguments.dry_run:
        from train.estimate import estimate_training

        print("\n".join(estimate_training(job).lines()))
        return 0
    try:
        outcome = train(job)
    except KeyboardInterrupt:
        print("\ncompleted epochs are kept: go on with the same command and --resume", file=sys.stderr)
        raise
    _show(outcome)
    if outcome.accuracy is None:  # a worker that is not the first one
        return 0
    if arguments.convert:
        given = {"--overwrite": arguments.overwrite, TRUST_OPTION: arguments.trust}
        return _convert(out, *(option for option, is_given in given.items() if is_given))
    print(f"next    fieldlens convert {out}")
    return 0


def _convert(run: Path, *options: str) -> int:
    """Run `fieldlens convert` as a user would: training hands over files, and imports nothing of the converter."""
    sys.stdout.flush()
    with subprocess.Popen(python_command("convert", str(run), *options)) as converter:
        try:
            return converter.wait()
        except KeyboardInterrupt:  # the terminal told both
            print(f"\nthe run is finished: go on with `fieldlens convert {run}`", file=sys.stderr)
            try:
                converter.wait(_CONVERTER_ENDS_S)
            except subprocess.TimeoutExpired:
                converter.terminate()
            raise


def chosen_recipe(arguments: argparse.Namespace) -> Recipe:
    """Return the recipe that a command line stands for.

    Raises:
        UsageError: a value is impossible, or an option would change nothing.
    """
    recipe = with_options(recipes()[arguments.recipe], arguments)
    refuse_idle_options(recipe, arguments)
    if arguments.neither is not None and arguments.dense_units is None and not recipe.dense_units:
        units = _NEITHER_UNITS_OF_PRETRAINED if architecture_of(recipe).has_backbone else _NEITHER_UNITS
        recipe = replace(recipe, dense_units=units)
    return recipe


def _show(outcome: TrainingResult) -> None:
    if outcome.skipped:
        print(f"skipped {len(outcome.skipped):,} broken files:")
        for sentence in outcome.skipped[:_SHOWN]:
            print(f"  {sentence}")
        if len(outcome.skipped) > _SHOWN:
            print(f"  and {len(outcome.skipped) - _SHOWN:,} more, all in {outcome.folder / 'run.json'}")
    accuracy = outcome.accuracy
    if accuracy is None or outcome.evaluation is None:
        print("this worker is done; the first one writes the run folder")
        return
    if is_cross_validation(accuracy.data):
        print(f"accuracy {accuracy} in {accuracy.data}")
    else:
        print(f"test accuracy {accuracy} on {outcome.evaluation.test.photographs}")
    for sentence in outcome.sentences():
        print(sentence)
    print(f"report  {outcome.folder / 'report.html'}")
