"""The options of `train fit` that change single fields of a recipe."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from train.augment.augmentation import Augmentation
from train.recipes import Penalty, Recipe

_FIELDS: dict[str, tuple[tuple[str, str, type, str, str], ...]] = {
    "training": (
        ("--epochs", "epochs", int, "N", "0 trains the head only"),
        ("--image-size", "input_size", int, "PX", "input width and height"),
        ("--batch-size", "batch_size", int, "N", "photographs per step, over all replicas"),
        ("--learning-rate", "learning_rate", float, "RATE", "at its peak"),
        ("--warmup-epochs", "warmup_epochs", float, "N", "in which the rate climbs to its peak"),
        ("--patience", "patience", int, "N", "epochs without a better validation loss before it stops"),
        ("--head-epochs", "head_epochs", int, "N", "of the head alone, on cached features"),
        ("--head-learning-rate", "head_learning_rate", float, "RATE", "of those epochs"),
        ("--fine-tune-from", "fine_tune_from", str, "LAYER", "first layer that fine-tuning moves"),
        ("--soup", "soup", int, "N", "fine-tunings from the same head whose weights are averaged"),
        ("--block-rate", "block_rate", float, "FACTOR", "on the rate of each block further from the head"),
        ("--views", "views", int, "N", "changed epochs that a teacher is asked about"),
        ("--teacher-share", "teacher_share", float, "SHARE", "weight of the teacher against the labels"),
        ("--teacher-temperature", "teacher_temperature", float, "T", "that softens the teacher"),
    ),
    "regularization": (
        ("--weight-decay", "weight_decay", float, "DECAY", "of AdamW"),
        ("--label-smoothing", "label_smoothing", float, "SHARE", "of the labels, spread over all classes"),
        ("--dropout", "dropout", float, "SHARE", "of features dropped before the last layer"),
        ("--block-dropout", "block_dropout", float, "SHARE", "of channels dropped after each block (custom_cnn)"),
        ("--mixup", "mixup", float, "ALPHA", "mix two photographs and their labels; 0: off"),
    ),
    "network": (
        ("--width", "width", float, "ALPHA", "multiplier of MobileNetV2's channels: 0.35 to 1.4"),
        ("--convolutions", "convolutions", int, "N", "of each block of custom_cnn"),
        ("--dense-units", "dense_units", int, "N", "of the hidden layer before the last one; 0: none"),
        ("--hub", "hub", str, "HANDLE", "handle or path of a TF Hub feature vector (recipe hub)"),
    ),
}

_AUGMENTATION: tuple[tuple[str, str, str, str], ...] = (
    ("--rotate", "rotate_degrees", "DEGREES", "at most, to either side"),
    ("--zoom", "zoom", "SHARE", "at most this much larger or smaller"),
    ("--translate", "translate", "SHARE", "of the side, at most"),
    ("--crop", "crop", "SHARE", "smallest area of a random-resized crop; 1: off"),
    ("--noise", "noise", "LEVELS", "standard deviation of Gaussian noise, of 0..255"),
    ("--brightness", "brightness", "SHARE", "at most this much brighter or darker"),
    ("--contrast", "contrast", "SHARE", "at most this much more or less"),
    ("--saturation", "saturation", "SHARE", "at most this much more or less"),
    ("--hue", "hue", "SHARE", "of the colour circle, at most"),
    ("--equalize", "equalize", "PROBABILITY", "of global histogram equalization"),
    ("--clahe", "clahe", "PROBABILITY", "of contrast-limited adaptive equalization"),
    ("--erase", "erase", "PROBABILITY", "of erasing a rectangle"),
)


def add_recipe_options(parser: argparse.ArgumentParser) -> None:
    """Add a group of options per topic; what is left out is the recipe's."""
    groups = {title: parser.add_argument_group(f"{title}, instead of the recipe's") for title in _FIELDS}
    for title, fields in _FIELDS.items():
        for flag, field, kind, metavar, text in fields:
            groups[title].add_argument(flag, dest=field, type=kind, metavar=metavar, help=text)
    groups["training"].add_argument("--optimizer", choices=("adam", "adamw", "sgd"), help="which")
    groups["regularization"].add_argument(
        "--penalty",
        dest="penalties",
        type=_penalty,
        action="append",
        metavar="L1:L2[:LAYERS]",
        help="on kernels of all layers, or of those whose names begin so: 0:1e-4, 1e-5:0:hidden (may be repeated)",
    )
    network = groups["network"]
    network.add_argument("--filters", type=_numbers, metavar="N,N,…", help="of the blocks of custom_cnn")
    network.add_argument("--pooling", choices=("flatten", "average"), help="from maps to features in custom_cnn")
    network.add_argument(
        "--batch-norm-learns",
        action="store_true",
        default=None,
        help="in fine-tuning, instead of keeping the statistics of ImageNet",
    )
    network.add_argument("--no-batch-norm", dest="batch_norm", action="store_false", default=None, help="in custom_cnn")
    network.add_argument("--one-logit", action="store_true", default=None, help="train two classes with one logit")
    network.add_argument(
        "--input-statistics",
        choices=("none", "standardize", "zca"),
        help="first layers, fitted on training photographs",
    )
    network.add_argument(
        "--hub-trainable", action="store_true", default=None, help="let the hub module learn after the head"
    )
    changes = parser.add_argument_group("augmentation, instead of the recipe's")
    changes.add_argument("--no-augmentation", action="store_true", help="leave photographs as they are")
    changes.add_argument("--no-flip", dest="flip", action="store_false", default=None, help="mirror none")
    for flag, field, metavar, text in _AUGMENTATION:
        changes.add_argument(flag, dest=field, type=float, metavar=metavar, help=text)


def with_options(recipe: Recipe, arguments: argparse.Namespace) -> Recipe:
    """Return the recipe with what the command line says instead.

    Raises:
        UsageError: a value is impossible.
    """
    names = [field for fields in _FIELDS.values() for _, field, *_ in fields]
    names += [
        "optimizer",
        "filters",
        "pooling",
        "batch_norm",
        "batch_norm_learns",
        "one_logit",
        "input_statistics",
        "hub_trainable",
    ]
    changes = _given(arguments, names)
    if arguments.penalties is not None:
        changes["penalties"] = tuple(arguments.penalties)
    return replace(recipe, augmentation=_augmentation(recipe, arguments), **changes)


def _augmentation(recipe: Recipe, arguments: argparse.Namespace) -> Augmentation:
    changes = _given(arguments, ["flip", *(field for _, field, *_ in _AUGMENTATION)])
    base = recipe.augmentation
    if arguments.no_augmentation:
        base = Augmentation(flip=False, rotate_degrees=0.0, zoom=0.0, translate=0.0)
    return replace(base, **changes)


def _given(arguments: argparse.Namespace, names: list[str]) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(arguments, name)) is not None}


def _penalty(text: str) -> Penalty:
    parts = text.split(":", 2)
    try:
        return Penalty(l1=float(parts[0]), l2=float(parts[1]), layers=parts[2] if len(parts) > 2 else "")
    except (ValueError, IndexError) as error:
        raise argparse.ArgumentTypeError(f"L1:L2 or L1:L2:LAYERS is needed, received `{text}`") from error


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 1:
        raise argparse.ArgumentTypeError(f"whole numbers from 1, with commas, are needed, received `{text}`")
    return numbers
