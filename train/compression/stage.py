"""What the stages of a compression have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Promise:
    """What a layer's kernel will be like in every file that is made of it.

    Attributes:
        sparsity: share of zeros at least, 0..1.
        two_of_four: whether each four weights along the input channels hold at least two zeros.
        clusters: distinct values at most; 0: any number.
    """

    sparsity: float = 0.0
    two_of_four: bool = False
    clusters: int = 0

    def and_clusters(self, clusters: int) -> Promise:
        """Return this promise with another one on top."""
        return replace(self, clusters=clusters)

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


Promises = dict[str, Promise]
"""By layer name; a layer that is not named has promised nothing."""


@dataclass(frozen=True)
class WrappedNetwork:
    """A network wrapped for one stage.

    Attributes:
        model: a `tf_keras.Model` to train.
        finish: trained model → a plain one; after quantization-aware training one that holds its ranges.
        callbacks: that the training needs, before all others.
        first_eligible_epoch: the first one, from 1, that may be the best.
    """

    model: Any
    finish: Callable[[Any], Any]
    callbacks: tuple[Any, ...] = ()
    first_eligible_epoch: int = 1
