"""The options of `train fit` that change single fields of a recipe; one that would change nothing is refused."""

from __future__ import annotations

import argparse
from dataclasses import replace

from edge_app.common.command_line import advanced
from edge_app.common.errors import UsageError
from train.augment.augmentation import OFF, Augmentation
from train.models.architecture import Architecture
from train.models.registry import ARCHITECTURES, architecture_of
from train.recipes import Circumstances, Recipe
from train.settings import Field, fields_of, settings_table
from train.verbs.setting_options import add_setting_options, given_settings

_TOPICS = ("training", "regularization", "network")


def add_recipe_options(parser: argparse.ArgumentParser) -> None:
    """Add a group of options per topic; what is left out is the recipe's."""
    for topic in _TOPICS:
        group = parser.add_argument_group(f"{topic}, instead of the recipe's")
        add_setting_options(group, Recipe, topic, lambda field: f" ({only})" if (only := _only(field)) else "")
    changes = advanced(parser.add_argument_group("augmentation, instead of the recipe's"))
    changes.add_argument("--no-augmentation", action="store_true", help="leave photographs as they are")
    add_setting_options(changes, Augmentation)


def with_options(recipe: Recipe, arguments: argparse.Namespace) -> Recipe:
    """Return the recipe with what the command line says instead.

    Raises:
        UsageError: a value is impossible.
    """
    base = OFF if arguments.no_augmentation else recipe.augmentation
    augmentation = replace(base, **given_settings(arguments, Augmentation))
    return replace(recipe, augmentation=augmentation, **given_settings(arguments, Recipe))


def refuse_idle_options(recipe: Recipe, arguments: argparse.Namespace) -> None:
    """Refuse an option that does nothing for this recipe: whoever gives one expects something of it.

    Args:
        recipe: with what the command line says.
        arguments: as they were given; None: an option was left out.

    Raises:
        UsageError: which option, and what to do.
    """
    architecture = architecture_of(recipe)
    if not architecture.has_backbone and arguments.weights not in ("imagenet", "none"):
        raise _idle("--weights", "networks with pretrained weights", recipe, "choose --recipe mobilenet_v2")
    now = Circumstances(
        recipe, architecture.starts_pretrained(arguments.weights), architecture.one_layer, arguments.teacher is not None
    )
    for field in fields_of(Recipe):
        if getattr(arguments, field.name) is None:
            continue
        if (owners := _owners(field)) and architecture not in owners:
            raise _idle(field.option, _only(field), recipe, f"choose --recipe {owners[0].recipes[0].name}")
        for need in field.setting.needs:
            if not need.met(now):
                raise _idle(field.option, need.applies_to, recipe, need.way_out)


def recipe_settings_table() -> str:
    """Return a Markdown table of a recipe's settings, for the documents."""
    return settings_table(Recipe, _only)


def _only(field: Field) -> str:
    """Name the architectures that alone have a setting; empty: all have it."""
    return " and ".join(owner.name for owner in _owners(field))


def _owners(field: Field) -> list[Architecture]:
    return [one for one in ARCHITECTURES.values() if field.name in one.own_settings]


def _idle(option: str, applies_to: str, recipe: Recipe, way_out: str) -> UsageError:
    return UsageError(
        f"{option} applies to {applies_to} only: it would change nothing with the recipe `{recipe.name}`; leave it "
        f"out, or {way_out}"
    )
