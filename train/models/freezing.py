"""Which layers learn, and how fast."""

from __future__ import annotations

import re
from typing import Any

import tf_keras as keras

from edge_app.common.errors import UsageError
from train.models.head import FEATURES_LAYER, HEAD_LAYER, HIDDEN_LAYER
from train.models.input_layers import INPUT_LAYERS
from train.recipes import Recipe

_HEAD_LAYERS = (HEAD_LAYER, HIDDEN_LAYER)
_BLOCK = re.compile(r"block_?\d+|mixed\d+|expanded_conv|stem")
_BLOCKS_OF_OTHERS = {"Conv1": "stem", "bn_Conv1": "stem", "Conv_1": "block_16", "Conv_1_bn": "block_16"}


_MOMENTUM = 0.99  # of learning batch norm; the 0.999 of Keras' MobileNetV2 needs thousands of steps to come along


def freeze_below(model: Any, first_trainable: str | None, batch_norm_learns: bool = False) -> None:
    """Let only the layers from `first_trainable` on learn (None: the head).

    Batch norm stays in inference mode, with the statistics of ImageNet, unless it is told to learn: a few epochs on a
    small data set spoil the statistics, many epochs of a whole network need new ones. Layers of input statistics never
    learn.

    Raises:
        UsageError: there is no such layer.
    """
    names = [layer.name for layer in model.layers]
    if first_trainable is not None and first_trainable not in names:
        raise UsageError(
            f"no layer is called `{first_trainable}`; fine-tuning can begin at {', '.join(_beginnings(names))}"
        )
    start = names.index(FEATURES_LAYER) + 1 if first_trainable is None else names.index(first_trainable)
    for number, layer in enumerate(model.layers):
        is_batch_norm = isinstance(layer, keras.layers.BatchNormalization)
        fixed = layer.name in INPUT_LAYERS or (is_batch_norm and not batch_norm_learns)
        layer.trainable = number >= start and not fixed
        if is_batch_norm and layer.trainable:
            layer.momentum = _MOMENTUM


def unfreeze(model: Any, recipe: Recipe) -> None:
    """Let learn what the recipe's epochs after the head move.

    A hub module learns as a whole or not at all. Its batch norm, which is inside, then learns too. Other pretrained
    networks learn from `fine_tune_from` on; empty: all of them.

    Raises:
        UsageError: there is no such layer.
    """
    if recipe.architecture == "hub":
        freeze_below(model, FEATURES_LAYER if recipe.hub_trainable else None)
    else:
        freeze_below(model, recipe.fine_tune_from or model.layers[0].name, recipe.batch_norm_learns)


def rate_factors(model: Any, recipe: Recipe) -> dict[str, float]:
    """Return the factor on the learning rate of each layer that has weights.

    The head has 1, and the n-th block below it `block_rate` to the power of n: from block_16 (with the convolution
    above it) down to the stem in MobileNetV2, from mixed10 in Inception v3, from the last convolution block in
    `custom_cnn`; a hub module is one block. Layers of input statistics have 0.
    """
    weighted = [layer.name for layer in model.layers if layer.weights]
    blocks = list(dict.fromkeys(_block(name) for name in weighted if name not in (*INPUT_LAYERS, *_HEAD_LAYERS)))
    distances = {block: len(blocks) - number for number, block in enumerate(blocks)}
    factors = {}
    for name in weighted:
        distance = 0 if name in _HEAD_LAYERS else distances.get(_block(name), 0)
        factors[name] = 0.0 if name in INPUT_LAYERS else recipe.block_rate**distance
    return factors


def _block(name: str) -> str:
    found = _BLOCK.match(name)
    return found.group() if found else _BLOCKS_OF_OTHERS.get(name, name)


def _beginnings(names: list[str]) -> list[str]:
    """First layer of each block."""
    first: dict[str, str] = {}
    for name in names:
        if _BLOCK.match(name):
            first.setdefault(_block(name), name)
    return [*first.values(), HEAD_LAYER]
