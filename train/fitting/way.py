"""Which way a job goes: with photographs held back, or with all of them in cross-validation; fine-tuned or not."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from edge_app.common.errors import DataError, UsageError
from train.data.splits import SplitFile
from train.fitting.compute import read_workers
from train.models.registry import architecture_of, recipes
from train.recipes import Recipe

Validation = Literal["auto", "split", "folds"]
VALIDATIONS: tuple[Validation, ...] = get_args(Validation)

FEW_PER_CLASS = 100
"""Photographs per class, on average, below which fine-tuning is not worth trying: a linear head is as good."""

MANY = 2_000
"""Photographs in all from which some are held back: fine-tuning in every fold would take six times as long."""


@dataclass(frozen=True)
class Way:
    """What was chosen, and why.

    Attributes:
        folds: whether every photograph trains, and accuracy comes from cross-validation.
        reason: completes "… because …".
        fine_tunes: whether, with `folds`, fine-tuning is tried on top of the linear head.
        tests: whether, with `folds`, the folders give test photographs: they stay out, and accuracy comes from them.
    """

    folds: bool
    reason: str
    fine_tunes: bool = False
    tests: bool = False

    def __str__(self) -> str:
        if self.folds:
            tried = ", then fine-tuning where it helps," if self.fine_tunes else ""
            which = "all photographs but the given test ones" if self.tests else "all photographs"
            return f"training a linear head{tried} on {which}, with cross-validation, because {self.reason}"
        return f"training on one part of the photographs and testing on another, because {self.reason}"


def choose_way(
    asked: Validation, files: Sequence[SplitFile], labels: Sequence[str], recipe: Recipe, weights: str, others: str = ""
) -> Way:
    """Decide how to train and how to measure.

    Args:
        asked: what the user wants; `auto`: the rule decides.
        files: usable photographs.
        labels: all of them.
        recipe: with what the command line says instead.
        weights: see `build_model`.
        others: what else the job learns from that a linear head cannot: "a teacher"; empty: nothing.

    Raises:
        UsageError: cross-validation is asked for where it is not possible.
    """
    if asked == "split":
        return Way(False, "validation `split` was asked for")
    tests = asked == "auto" and any(file.given and file.split == "test" for file in files)
    learning = [file for file in files if not tests or file.split != "test"]
    per_class = len(learning) / len(labels)
    tunes = per_class >= FEW_PER_CLASS and _can_fine_tune(recipe)
    obstacle = _obstacle(learning, recipe, weights, others)
    if asked == "folds":
        if obstacle:
            raise UsageError(f"--validation folds trains a linear head on pretrained features, but {obstacle}")
        return Way(True, "validation `folds` was asked for", tunes)
    if obstacle:
        return Way(False, obstacle)
    few, others_than = per_class < FEW_PER_CLASS, " beside the test ones" if tests else ""
    if not few and len(learning) >= MANY:
        return Way(False, f"there are {len(learning):,} photographs{others_than}, {MANY:,} or more")
    if settings := _own_settings(recipe):
        headless = ", and a head has none" if few else ""
        return Way(False, f"{settings} {'is' if ',' not in settings else 'are'} not the recipe's{headless}")
    if few:
        return Way(True, f"there are {per_class:,.0f} per class{others_than}, fewer than {FEW_PER_CLASS}", tests=tests)
    return Way(True, f"there are {len(learning):,} photographs{others_than}, fewer than {MANY:,}", tunes, tests)


def refuse_single_photographs(root: str, files: Sequence[SplitFile], labels: Sequence[str]) -> None:
    """Cross-validation leaves out one photograph of a class and needs another one to learn from; copies are one.

    Photographs that do not train do not count.

    Raises:
        DataError: a class has only one.
    """
    found = Counter(label for label, _ in {(file.label, group_of(file)) for file in files if file.split == "train"})
    for label in labels:
        if found[label] < 2:
            raise DataError(
                f"`{root}` has {found[label]} pictures of `{label}` to learn from, copies and bursts counted once; 2 "
                "are needed, and 30 or more are better: add some"
            )


def group_of(file: SplitFile) -> str:
    """Name the group of a photograph: copies and bursts stay in one fold."""
    return file.key


def _obstacle(files: Sequence[SplitFile], recipe: Recipe, weights: str, others: str) -> str:
    """Say what a linear head cannot do; empty: nothing stands against it."""
    if not architecture_of(recipe).starts_pretrained(weights):
        return "the network starts without pretrained weights"
    if any(file.copy_of for file in files):
        return "the folder holds augmented copies"
    if others:
        return f"the network learns from {others} as well"
    named = recipes().get(recipe.name)
    if recipe.soup > 1 and (named is None or recipe.soup != named.soup):
        return "the members of a soup are chosen on photographs held back"
    if read_workers(os.environ) is not None:
        return "several workers share the training"
    if recipe.dense_units or recipe.one_logit or recipe.input_statistics != "none":
        return "its head has more than one layer of logits, or the input is standardized"
    return ""


def _can_fine_tune(recipe: Recipe) -> bool:
    return recipe.epochs > 0 and (recipe.hub_trainable or not architecture_of(recipe).one_layer)


def _own_settings(recipe: Recipe) -> str:
    """Name the settings that were changed and say how to train; those of the network's shape hold for a head too."""
    named = recipes().get(recipe.name)
    if named is None:
        return "the recipe"
    same = replace(named, input_size=recipe.input_size, width=recipe.width, hub=recipe.hub)
    changed = [name for name in vars(recipe) if getattr(recipe, name) != getattr(same, name)]
    return ", ".join(name.replace("_", " ") for name in changed)
