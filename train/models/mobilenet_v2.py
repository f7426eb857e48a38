"""MobileNetV2 as a flat graph, as quantization-aware training needs it."""

from __future__ import annotations

from typing import Any

import tf_keras as keras

from edge_app.common.errors import UsageError
from train.models.head import FEATURES_LAYER
from train.models.imagenet_weights import MOBILENET_V2_WIDTHS, cached_weights, weights_file
from train.models.pretrained_weights import apply_flat, load_backbone
from train.recipes import Recipe


def mobilenet_v2_features(x: Any, recipe: Recipe, weights: str = "imagenet") -> Any:
    """Add the backbone and average pooling.

    Args:
        x: (batch, size, size, 3) tensor of Keras.
        recipe: gives input size and width.
        weights: `imagenet` (from `~/.keras/models` or a download), `none`, or an .h5 file.

    Returns:
        (batch, 1280) features, more for widths above 1.

    Raises:
        DataError: the weights are not to be had, or do not fit.
        UsageError: there are no ImageNet weights for this width.
    """
    if recipe.width <= 0:
        raise UsageError(f"the width must be above 0, received {recipe.width}; try 1.0")
    if weights == "imagenet":
        if recipe.width not in MOBILENET_V2_WIDTHS:
            raise UsageError(
                f"there are no ImageNet weights for width {recipe.width}; choose one of "
                f"{', '.join(map(str, MOBILENET_V2_WIDTHS))}, or --weights none"
            )
        weights = _from_cache(recipe) or weights
    first = recipe.input_statistics == "none"  # Keras reads weights only into a network that begins with an input
    place = {"input_tensor": x} if first else {"input_shape": tuple(x.shape[1:])}
    file = weights_file(recipe.input_size, recipe.width)
    backbone = load_backbone(keras.applications.MobileNetV2, weights, file, alpha=recipe.width, **place)
    maps = backbone.output if first else apply_flat(x, backbone)
    return keras.layers.GlobalAveragePooling2D(name=FEATURES_LAYER)(maps)


def _from_cache(recipe: Recipe) -> str | None:
    path = cached_weights(recipe.input_size, recipe.width)
    wanted = weights_file(recipe.input_size, recipe.width)
    if path is not None and path.name != wanted:
        print(f"`{wanted}` is not in `{path.parent}`: using `{path.name}`, which fits every size", flush=True)
    return None if path is None else str(path)
