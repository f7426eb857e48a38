"""Inception v3 as a flat graph whose layers are named after their blocks."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import tf_keras as keras

from edge_app.common.errors import UsageError
from train.models.head import FEATURES_LAYER
from train.models.imagenet_weights import INCEPTION_V3_FILE
from train.models.pretrained_weights import apply_flat, load_backbone
from train.recipes import Recipe

_SMALLEST_SIZE = 75  # of Keras: below it nothing is left of the maps
_POOLS_OF_STEM = 2
_KINDS = {
    "Conv2D": "conv",
    "BatchNormalization": "norm",
    "Activation": "relu",
    "Concatenate": "join",
    "MaxPooling2D": "pool",
    "AveragePooling2D": "pool",
}


def inception_v3_features(x: Any, recipe: Recipe, weights: str = "imagenet") -> Any:
    """Add the backbone and average pooling.

    Args:
        x: (batch, size, size, 3) tensor of Keras.
        recipe: gives the input size; ImageNet was learned at 299.
        weights: `imagenet` (from `~/.keras/models` or a download), `none`, or an .h5 file.

    Returns:
        (batch, 2048) features.

    Raises:
        DataError: the weights are not to be had, or do not fit.
        UsageError: the input is too small.
    """
    if recipe.input_size < _SMALLEST_SIZE:
        raise UsageError(
            f"Inception v3 needs pictures of {_SMALLEST_SIZE} px or more, received {recipe.input_size}; "
            "give --image-size 299"
        )
    backbone = load_backbone(keras.applications.InceptionV3, weights, INCEPTION_V3_FILE, input_shape=tuple(x.shape[1:]))
    maps = apply_flat(x, backbone, _names_by_block(backbone))
    return keras.layers.GlobalAveragePooling2D(name=FEATURES_LAYER)(maps)


def _names_by_block(backbone: Any) -> dict[str, str]:
    """Names like mixed8_conv2 instead of conv2d_78, which count on over all models of a process.

    Within a block a convolution and its batch norm and activation have the same number, in the order that Keras made
    them in. What Keras calls mixed keeps its name.
    """
    names, counts = {}, Counter[str]()
    blocks = _blocks(backbone)
    for layer in sorted(backbone.layers[1:], key=_number_by_keras):
        kind = f"{blocks[layer.name]}_{_KINDS[type(layer).__name__]}"
        counts[kind] += 1
        names[layer.name] = layer.name if layer.name.startswith("mixed") else f"{kind}{counts[kind]}"
    return names


def _blocks(backbone: Any) -> dict[str, str]:
    """Block of each layer: the stem ends in its second pooling, others in the layer called mixed and their number."""
    blocks, pools, mixed = {}, 0, 0
    for layer in backbone.layers[1:]:  # in the order of the graph
        blocks[layer.name] = "stem" if pools < _POOLS_OF_STEM else f"mixed{mixed}"
        pools += isinstance(layer, keras.layers.MaxPooling2D)
        mixed += layer.name == f"mixed{mixed}"
    return blocks


def _number_by_keras(layer: Any) -> int:
    found = re.search(r"_(\d+)$", layer.name)
    return int(found.group(1)) if found else 0
