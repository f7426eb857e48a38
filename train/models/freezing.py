"""Which layers learn, and how fast."""

from __future__ import annotations

import re
from typing import Any

import tf_keras as keras

from edge_app.common.errors import UsageError
from train.models.architecture import Architecture
from train.models.head import FEATURES_LAYER, HEAD_LAYER, HIDDEN_LAYER
from train.models.input_layers import INPUT_LAYERS
from train.models.registry import architecture_of
from train.recipes import Recipe

_HEAD_LAYERS = (HEAD_LAYER, HIDDEN_LAYER)

_MOMENTUM = 0.99  # of learning batch norm; the 0.999 of Keras' MobileNetV2 needs thousands of steps to come along


def freeze_backbone(model: Any) -> None:
    """Let only the head learn."""
    _freeze_before(model, [layer.name for layer in model.layers].index(FEATURES_LAYER) + 1, False)


def unfreeze(model: Any, recipe: Recipe) -> None:
    """Let learn what the recipe's epochs after the head move.

    A network that Keras sees as one layer, such as a hub module, learns as a whole or not at all. Its batch norm, which
    is inside, then learns too. Other pretrained networks learn from `fine_tune_from` on; empty: all of them.

    Batch norm stays in inference mode, with the statistics of ImageNet, unless it is told to learn: a few epochs on a
    small data set spoil the statistics, many epochs of a whole network need new ones. Layers of input statistics never
    learn.

    Raises:
        UsageError: there is no such layer.
    """
    architecture = architecture_of(recipe)
    if architecture.one_layer and not recipe.hub_trainable:
        freeze_backbone(model)
        return
    names = [layer.name for layer in model.layers]
    first = FEATURES_LAYER if architecture.one_layer else recipe.fine_tune_from or names[0]
    if first not in names:
        beginnings = ", ".join(_beginnings(names, architecture))
        raise UsageError(f"no layer is called `{first}`; fine-tuning can begin at {beginnings}")
    _freeze_before(model, names.index(first), recipe.batch_norm_learns)


def _freeze_before(model: Any, start: int, batch_norm_learns: bool) -> None:
    for number, layer in enumerate(model.layers):
        is_batch_norm = isinstance(layer, keras.layers.BatchNormalization)
        fixed = layer.name in INPUT_LAYERS or (is_batch_norm and not batch_norm_learns)
        layer.trainable = number >= start and not fixed
        if is_batch_norm and layer.trainable:
            layer.momentum = _MOMENTUM


def rate_factors(model: Any, recipe: Recipe) -> dict[str, float]:
    """Return the factor on the learning rate of each layer that has weights.

    The head has 1, and the n-th block below it `block_rate` to the power of n; the architecture's file says what its
    blocks are. Layers of input statistics have 0.
    """
    architecture = architecture_of(recipe)
    weighted = [layer.name for layer in model.layers if layer.weights]
    block_of = {name: _block(name, architecture) for name in weighted if name not in (*INPUT_LAYERS, *_HEAD_LAYERS)}
    blocks = list(dict.fromkeys(block_of.values()))
    distances = {block: len(blocks) - number for number, block in enumerate(blocks)}
    factors = {}
    for name in weighted:
        distance = distances[block_of[name]] if name in block_of else 0
        factors[name] = 0.0 if name in INPUT_LAYERS else recipe.block_rate**distance
    return factors


def _block(name: str, architecture: Architecture) -> str:
    """Name the block of a layer that has weights.

    Raises:
        ValueError: the architecture's file does not say. A layer without a block would count as one by itself, and all
            layers below it would learn more slowly than they should.
    """
    found = _named_block(name, architecture)
    if found is None:
        raise ValueError(f"`{architecture.name}` names no block for its layer `{name}`; see `blocks` and `block_of`")
    return found


def _named_block(name: str, architecture: Architecture) -> str | None:
    if name in architecture.block_of:
        return architecture.block_of[name]
    match = re.match(architecture.blocks, name)
    return match.group() if match else None


def _beginnings(names: list[str], architecture: Architecture) -> list[str]:
    """First layer of each block."""
    first: dict[str, str] = {}
    for name in names:
        if (block := _named_block(name, architecture)) is not None:
            first.setdefault(block, name)
    return [*first.values(), HEAD_LAYER]
