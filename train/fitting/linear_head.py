"""The way for few photographs: pretrained features of all of them, and a linear head that is cross-validated."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tf_keras as keras

from edge_app.teaching.head import CrossValidation, cross_validate
from train.data.photograph_set import Photographs
from train.evaluation.inference import run_over
from train.fitting.fit import FittedNetwork
from train.fitting.way import group_of
from train.models import build_model
from train.models.head import FEATURES_LAYER, HEAD_LAYER
from train.recipes import Recipe


@dataclass(frozen=True, eq=False)
class FittedHead:
    """A network whose head was fitted to all photographs, and what cross-validation found.

    Attributes:
        network: with an empty history, unless it is fine-tuned: a head has no epochs.
        cross_validation: of heads like its own.
        features: (photographs, width) float32 that the head was fitted to.
    """

    network: FittedNetwork
    cross_validation: CrossValidation
    features: npt.NDArray[np.float32]


def fit_head(
    recipe: Recipe, photographs: Photographs, classes: int, weights: str = "imagenet", seed: int = 0
) -> FittedHead:
    """Put the best linear head on a pretrained backbone, which stays as it is.

    Args:
        recipe: its architecture and sizes.
        photographs: all of them train.
        classes: number of labels.
        weights: see `build_model`.
        seed: of the folds.

    Raises:
        DataError: the weights are not available.
        UsageError: the recipe asks for something impossible.
    """
    model = build_model(recipe, classes, weights, seed=seed)
    start_s = time.monotonic()
    backbone = keras.Model(model.input, model.get_layer(FEATURES_LAYER).output)
    features = run_over(backbone, photographs, "features of the photographs")
    features_s = time.monotonic() - start_s
    groups = [group_of(file) for file in photographs.files]
    found = cross_validate(features, photographs.targets, classes, groups, seed)
    _set_head(model, found)
    timings_s = {"features": features_s, "head": time.monotonic() - start_s}
    return FittedHead(FittedNetwork(model, (), timings_s), found, features)


def _set_head(model: Any, found: CrossValidation) -> None:
    head = found.head
    model.get_layer(HEAD_LAYER).set_weights([head.kernel.astype(np.float32), head.bias.astype(np.float32)])
