"""Classes of features that overlap as one likes, and what a linear head says of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.teaching.head import LinearHead

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer[Any]]


def clouds(
    per_class: int, classes: int = 3, width: int = 20, apart: float = 1.0, seed: int = 0
) -> tuple[Floats, Integers]:
    random = np.random.default_rng(seed)
    targets = np.repeat(np.arange(classes), per_class)
    middles = apart * random.normal(size=(classes, width))
    return middles[targets] + random.normal(size=(len(targets), width)), targets


def probabilities(head: LinearHead, features: Floats) -> Floats:
    return np.exp(head.log_probabilities(features))


def penalized_loss(head: LinearHead, features: Floats, targets: Integers, penalty: float) -> float:
    log_p = head.log_probabilities(features)
    return float(-log_p[np.arange(len(targets)), targets].sum() + 0.5 * penalty * (head.kernel**2).sum())
