"""Builders of networks: one module each, flat functional models from [-1, 1] pixels to probabilities."""

from __future__ import annotations

from typing import Any

from train.recipes import Recipe


def build_model(recipe: Recipe, classes: int, weights: str = "imagenet") -> Any:
    """Build the network of a recipe.

    Args:
        recipe: its architecture and sizes.
        classes: number of scores.
        weights: of the backbone: `imagenet`, `none`, or an .h5 file; a network without a backbone takes none.

    Returns:
        a `tf_keras.Model`: (batch, size, size, 3) float32 within [-1, 1] → (batch, classes) probabilities.
    """
    if recipe.architecture == "custom_cnn":
        from train.models.custom_cnn import build_custom_cnn

        return build_custom_cnn(recipe, classes)
    from train.models.mobilenet_v2 import build_mobilenet_v2

    return build_mobilenet_v2(recipe, classes, weights)
