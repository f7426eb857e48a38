"""Feature maps of MobileNetV2 at any picture size: what style and content are measured with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tf_keras as keras

from edge_app.common.errors import DataError
from edge_app.common.native_stderr import quiet_native_stderr
from train.models.architectures.mobilenet_v2 import weights_file
from train.models.pretrained_weights import cached_path

_NATIVE_SIZE = 224  # of the weights; the network is convolutional, so every picture size will do


def load_features(weights: str, layers: Sequence[str]) -> Any:
    """Build the network from pixels to some of its layers, frozen.

    Args:
        weights: `imagenet` (from `~/.keras/models` or a download), or an .h5 file without the top.
        layers: names of layers.

    Returns:
        a `tf_keras.Model`: (batch, height, width, 3) float32 within [-1, 1] → a list of feature maps.

    Raises:
        DataError: the weights are not to be had, or do not fit.
    """
    if weights != "imagenet" and not Path(weights).is_file():
        raise DataError(f"weights `{weights}` do not exist; give an .h5 file or `imagenet`")
    try:
        with quiet_native_stderr():  # Keras warns that it takes the weights for 224 pixels, as it should
            backbone = keras.applications.MobileNetV2(input_shape=(None, None, 3), include_top=False, weights=weights)
    except Exception as error:  # Keras raises bare Exception for a failed download, and many others for a wrong file
        raise DataError(_why_not(weights, " ".join(str(error).split())[:160])) from error
    backbone.trainable = False
    return keras.Model(backbone.input, [backbone.get_layer(name).output for name in layers], name="features")


def _why_not(weights: str, reason: str) -> str:
    name = weights_file(_NATIVE_SIZE)
    if weights != "imagenet":
        return f"`{weights}` does not fit MobileNetV2 without its top ({reason}); give a file like {name}"
    return (
        f"the ImageNet weights are neither at `{cached_path(name)}` nor to be downloaded ({reason}); "
        "put the file there, give --weights FILE, or go online"
    )
