"""What the rest of the house asks about an architecture; imports no TensorFlow, because `--help` reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from train.models.pretrained_weights import can_download, first_cached
from train.recipes import Recipe

FeatureBuilder = Callable[[Any, Recipe, str, Callable[..., Any]], Any]
"""(pictures, recipe, weights, maker of dropout layers) → features.

Pictures are a (batch, size, size, 3) tensor of Keras within [-1, 1], features one of (batch, width). The weights are
`imagenet`, `none` or an .h5 file. TensorFlow is imported inside, when it is called.
"""


@dataclass(frozen=True)
class NamedRecipe:
    """A recipe of `--recipe`, and what there is to know before choosing it.

    Attributes:
        recipe: what to train, and how.
        summary: one sentence, as the help shows it.
        time: that training takes, and where that was measured; empty: it was not.
        accuracy: to expect, and on what that was measured; empty: it was not.
        source: the paper.
    """

    recipe: Recipe
    summary: str
    time: str = ""
    accuracy: str = ""
    source: str = ""

    @property
    def name(self) -> str:
        """On the command line."""
        return self.recipe.name


@dataclass(frozen=True)
class WeightFiles:
    """ImageNet weights without the top, as Keras keeps them in `~/.keras/models`.

    Attributes:
        url: of the folder that has them.
        names: of the files that fit a recipe, the best first.
    """

    url: str
    names: Callable[[Recipe], tuple[str, ...]]

    def cached(self, recipe: Recipe) -> Path | None:
        """Return the best file on this machine, or None."""
        return first_cached(self.names(recipe))

    def can_get(self, recipe: Recipe) -> bool:
        """Tell whether there is a file on this machine, or the server that has them answers."""
        return self.cached(recipe) is not None or can_download(self.url + self.names(recipe)[0])


@dataclass(frozen=True)
class Architecture:
    """One kind of network.

    Attributes:
        name: in recipes and in `run.json`.
        features: builds everything between the input and the head.
        recipes: ways to train it, the usual one first.
        blocks: regular expression for the beginning of a layer's name that says its block. Blocks are where
            fine-tuning can begin, and each has a learning rate of its own (`block_rate`).
        block_of: block of each layer whose name does not say it.
        own_settings: fields of `Recipe` that only some architectures have, and this one does.
        weights: where its ImageNet weights are; None: it has none.
        brings_weights: whether the network comes with weights of its own, so that `--weights` does not matter.
        one_layer: whether Keras sees all of it as one layer: no fine-tuning from within, no compression.
        channels: the setting that makes the network wider or narrower; empty: its channels are fixed.
        penalized: names of the layers below the head whose kernels can have an L1 or L2 penalty.
        notes: advice on a recipe before training, a paragraph each.
    """

    name: str
    features: FeatureBuilder
    recipes: tuple[NamedRecipe, ...]
    blocks: str
    block_of: Mapping[str, str] = field(default_factory=dict)
    own_settings: frozenset[str] = frozenset()
    weights: WeightFiles | None = None
    brings_weights: bool = False
    one_layer: bool = False
    channels: Literal["", "width", "filters"] = ""
    penalized: Callable[[Recipe], tuple[str, ...]] = lambda _: ()
    notes: Callable[[Recipe], list[str]] = lambda _: []

    def __post_init__(self) -> None:
        strange = {one.recipe.architecture for one in self.recipes} - {self.name}
        unknown = self.own_settings - {one.name for one in fields(Recipe)}
        if not self.recipes or strange or unknown:
            raise ValueError(f"`{self.name}`: recipes of {sorted(strange)}, unknown settings {sorted(unknown)}")

    @property
    def has_backbone(self) -> bool:
        """Whether there can be pretrained features that a head is trained on first."""
        return self.weights is not None or self.brings_weights

    def starts_pretrained(self, weights: str) -> bool:
        """Tell whether training starts from pretrained weights, given what `--weights` says."""
        return self.brings_weights or (self.weights is not None and weights != "none")
