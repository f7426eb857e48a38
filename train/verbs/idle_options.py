"""Refusing options that would change nothing: whoever gives one expects something of it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from edge_app.common.errors import UsageError
from train.models.registry import architecture_of
from train.recipes import Recipe


@dataclass(frozen=True)
class _Need:
    """When options count, and what to do where they do not."""

    options: tuple[tuple[str, str], ...]  # flag and field
    met: Callable[[Recipe, argparse.Namespace], bool]
    reason: str
    way_out: str


_NEEDS = (
    _Need(
        (
            ("--head-epochs", "head_epochs"),
            ("--head-learning-rate", "head_learning_rate"),
            ("--fine-tune-from", "fine_tune_from"),
            ("--batch-norm-learns", "batch_norm_learns"),
            ("--soup", "soup"),
        ),
        lambda recipe, arguments: architecture_of(recipe).starts_pretrained(arguments.weights),
        "is about networks with pretrained weights",
        "choose --recipe mobilenet_v2",
    ),
    _Need(
        (("--fine-tune-from", "fine_tune_from"), ("--batch-norm-learns", "batch_norm_learns")),
        lambda recipe, _: recipe.architecture != "hub",
        "is about layers, and a hub module shows none",
        "choose --recipe mobilenet_v2",
    ),
    _Need(
        (("--soup", "soup"),),
        lambda recipe, _: recipe.epochs > 0,
        "is about fine-tuning",
        "add --epochs 3",
    ),
    _Need(
        (("--block-rate", "block_rate"),),  # of custom_cnn too: see `rate_factors`
        lambda recipe, _: recipe.architecture != "hub" or recipe.hub_trainable,
        "is about layers below the head that learn",
        "add --hub-trainable",
    ),
    _Need(
        (
            ("--filters", "filters"),
            ("--convolutions", "convolutions"),
            ("--pooling", "pooling"),
            ("--no-batch-norm", "batch_norm"),
            ("--block-dropout", "block_dropout"),
        ),
        lambda recipe, _: recipe.architecture == "custom_cnn",
        "is about the blocks of custom_cnn",
        "choose --recipe custom_cnn",
    ),
    _Need(
        (("--width", "width"),),
        lambda recipe, _: recipe.architecture == "mobilenet_v2",
        "is about MobileNetV2",
        "choose --recipe mobilenet_v2",
    ),
    _Need(
        (("--hub", "hub"), ("--hub-trainable", "hub_trainable")),
        lambda recipe, _: recipe.architecture == "hub",
        "is about a TF Hub module",
        "choose --recipe hub",
    ),
    _Need(
        (("--weight-decay", "weight_decay"),),
        lambda recipe, _: recipe.optimizer == "adamw",
        "is about AdamW",
        "add --optimizer adamw",
    ),
    _Need(
        (
            ("--views", "views"),
            ("--teacher-share", "teacher_share"),
            ("--teacher-temperature", "teacher_temperature"),
        ),
        lambda _, arguments: arguments.teacher is not None,
        "is about a teacher",
        "add --teacher RUN",
    ),
    _Need(
        (("--weights", "weights"),),
        lambda recipe, arguments: architecture_of(recipe).has_backbone or arguments.weights in ("imagenet", "none"),
        "is about networks with pretrained weights",
        "choose --recipe mobilenet_v2",
    ),
)


def refuse_idle_options(recipe: Recipe, arguments: argparse.Namespace) -> None:
    """Refuse an option that does nothing for this recipe.

    Args:
        recipe: with what the command line says.
        arguments: as they were given; None: an option was left out.

    Raises:
        UsageError: which option, and what to do.
    """
    for need in _NEEDS:
        for flag, field in need.options:
            if getattr(arguments, field) is not None and not need.met(recipe, arguments):
                raise UsageError(
                    f"{flag} {need.reason}: it would change nothing with the recipe `{recipe.name}`; "
                    f"leave it out, or {need.way_out}"
                )
