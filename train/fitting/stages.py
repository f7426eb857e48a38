"""The stages of a training: the head on cached features, then fine-tuning; or a whole network from scratch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from train.models.registry import architecture_of
from train.recipes import Recipe

FROM_SCRATCH = "training"
"""Name of the only stage of a network without pretrained weights."""


@dataclass(frozen=True)
class Stage:
    """A stretch of epochs with one optimizer.

    Attributes:
        name: in the history.
        epochs: at most.
        learning_rate: at its peak.
        on_features: whether only the head is trained, on cached features of the frozen backbone.
        soup_member: place in a model soup, from 1; 0: the stage belongs to none.
        soup_size: members of that soup.
    """

    name: str
    epochs: int
    learning_rate: float
    on_features: bool = False
    soup_member: int = 0
    soup_size: int = 0


def stages_of(recipe: Recipe, weights: str) -> tuple[Stage, ...]:
    """Return the stages in order; without pretrained weights everything learns from the start."""
    if not architecture_of(recipe).starts_pretrained(weights):
        return (Stage(FROM_SCRATCH, recipe.epochs, recipe.learning_rate),)
    head = Stage("head", recipe.head_epochs, recipe.head_learning_rate, on_features=True)
    tuning = Stage("fine-tuning", recipe.epochs, recipe.learning_rate)
    tunings = [tuning]
    if recipe.soup > 1:
        members = range(1, recipe.soup + 1)
        tunings = [replace(tuning, name=f"{tuning.name} {m}", soup_member=m, soup_size=recipe.soup) for m in members]
    return tuple(stage for stage in (head, *tunings) if stage.epochs)
