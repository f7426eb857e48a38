"""Inception v3 as a flat graph whose layers are named after their blocks.

Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016 (arXiv:1512.00567).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from edge_app.common.errors import UsageError
from train.augment.augmentation import Augmentation
from train.models.architecture import Architecture, NamedRecipe, WeightFiles
from train.recipes import Recipe

_FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"  # for every input size
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


def _features(x: Any, recipe: Recipe, weights: str, _dropout: Callable[..., Any]) -> Any:
    """Add the backbone and average pooling: (batch, 2048) features; ImageNet was learned at 299 px.

    Raises:
        DataError: the weights are not to be had, or do not fit.
        UsageError: the input is too small.
    """
    import tf_keras as keras

    from train.models.head import FEATURES_LAYER
    from train.models.pretrained_weights import apply_flat, load_backbone

    if recipe.input_size < _SMALLEST_SIZE:
        raise UsageError(
            f"Inception v3 needs pictures of {_SMALLEST_SIZE} px or more, received {recipe.input_size}; "
            "give --image-size 299"
        )
    backbone = load_backbone(keras.applications.InceptionV3, weights, _FILE, input_shape=tuple(x.shape[1:]))
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
        pools += type(layer).__name__ == "MaxPooling2D"
        mixed += layer.name == f"mixed{mixed}"
    return blocks


def _number_by_keras(layer: Any) -> int:
    found = re.search(r"_(\d+)$", layer.name)
    return int(found.group(1)) if found else 0


INCEPTION_V3 = Recipe(
    name="inception_v3",
    architecture="inception_v3",
    input_size=299,
    epochs=2,
    learning_rate=5e-5,
    patience=3,
    dropout=0.2,
    augmentation=Augmentation(rotate_degrees=8.0, zoom=0.1, translate=0.05),
    head_epochs=20,
    head_learning_rate=1e-3,
    fine_tune_from="mixed8",
)
"""For comparison: 22 million parameters, ten times slower than MobileNetV2."""

ARCHITECTURE = Architecture(
    name="inception_v3",
    features=_features,
    recipes=(
        NamedRecipe(
            INCEPTION_V3,
            "Inception v3 with ImageNet weights, for comparison: 22 million parameters, ten times slower",
            accuracy="Not measured here: its weights are a download of 84 MB",
            source="Szegedy et al., CVPR 2016 (arXiv:1512.00567)",
        ),
    ),
    blocks=r"stem|mixed\d+",
    weights=WeightFiles(
        "https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/", lambda _: (_FILE,)
    ),
)
