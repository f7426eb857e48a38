"""MobileNetV2 with a new head: a flat graph, as quantization-aware training needs it."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import tf_keras as keras

from edge_app.errors import DataError
from train.recipes import Recipe
from train.weights import cached_path, weights_file

FEATURES_LAYER = "features"
HEAD_LAYER = "probabilities"

_DOWNLOAD_TIMEOUT_S = 20.0


def build_mobilenet_v2(recipe: Recipe, classes: int, weights: str = "imagenet") -> Any:
    """Build the backbone, average pooling, dropout and a softmax head.

    Args:
        recipe: gives input size and dropout.
        classes: number of scores.
        weights: `imagenet` (from `~/.keras/models` or a download), `none`, or an .h5 file.

    Raises:
        DataError: the weights are not to be had, or do not fit.
    """
    inputs = keras.Input((recipe.input_size, recipe.input_size, 3), name="images")
    backbone = _backbone(inputs, weights)
    x = keras.layers.GlobalAveragePooling2D(name=FEATURES_LAYER)(backbone.output)
    x = keras.layers.Dropout(recipe.dropout, name="dropout")(x)
    outputs = keras.layers.Dense(classes, activation="softmax", name=HEAD_LAYER)(x)
    return keras.Model(inputs, outputs, name=recipe.name)


def freeze_below(model: Any, first_trainable: str | None) -> None:
    """Let only the layers from `first_trainable` on learn (None: the head); batch norm stays in inference mode.

    A frozen batch norm layer normalizes with the statistics of ImageNet, which a small data set would spoil.

    Raises:
        ValueError: there is no such layer.
    """
    names = [layer.name for layer in model.layers]
    start = names.index(FEATURES_LAYER if first_trainable is None else first_trainable)
    for number, layer in enumerate(model.layers):
        layer.trainable = number >= start and not isinstance(layer, keras.layers.BatchNormalization)


def _backbone(inputs: Any, weights: str) -> Any:
    chosen = None if weights == "none" else weights
    if chosen not in (None, "imagenet") and not Path(chosen).is_file():
        raise DataError(f"weights `{weights}` do not exist; give an .h5 file, `imagenet` or `none`")
    before_s = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_DOWNLOAD_TIMEOUT_S)
    try:
        return keras.applications.MobileNetV2(
            input_shape=tuple(inputs.shape[1:]), input_tensor=inputs, include_top=False, weights=chosen
        )
    except Exception as error:  # Keras raises bare Exception for a failed download, and many others for a wrong file
        if chosen == "imagenet":
            path = cached_path(weights_file(int(inputs.shape[1])))
            raise DataError(
                f"the ImageNet weights are neither at `{path}` nor to be downloaded ({_short(error)}); put the file "
                "there, give --weights FILE, or go online (--weights none trains from scratch)"
            ) from error
        raise DataError(
            f"`{weights}` does not fit MobileNetV2 without its top ({_short(error)}); "
            f"give a file like {weights_file(int(inputs.shape[1]))}"
        ) from error
    finally:
        socket.setdefaulttimeout(before_s)


def _short(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else text[:157] + "..."
