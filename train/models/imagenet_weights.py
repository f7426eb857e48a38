"""Where the ImageNet weights of the backbones are to be had; imports no TensorFlow."""

from __future__ import annotations

import urllib.request
from pathlib import Path

MOBILENET_V2_WIDTHS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
"""Multipliers of MobileNetV2's channels that have ImageNet weights."""

INCEPTION_V3_FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
"""Name of Inception v3's file, for every input size."""

_FILE = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{width}_{size}_no_top.h5"
_SIZES = (96, 128, 160, 192, 224)
_USUAL_SIZE = 224
_BASE_URL = "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"  # as tf_keras has it
_TIMEOUT_S = 5.0


def weights_file(input_size: int, width: float = 1.0) -> str:
    """Return the name of MobileNetV2's file for an input size; other sizes use the one for 224."""
    return _FILE.format(width=float(width), size=input_size if input_size in _SIZES else _USUAL_SIZE)


def cached_path(name: str) -> Path:
    """Return where Keras keeps a file of weights."""
    return Path.home() / ".keras" / "models" / name


def cached_weights(input_size: int, width: float = 1.0) -> Path | None:
    """Return the best file in Keras' cache: the one of this size, else the one for 224, else None.

    The shapes of a convolution's weights do not depend on the input size, so every size can use every file.
    """
    for name in (weights_file(input_size, width), weights_file(_USUAL_SIZE, width)):
        if cached_path(name).is_file():
            return cached_path(name)
    return None


def can_get_weights(input_size: int, width: float = 1.0) -> bool:
    """Tell whether the weights are in Keras' cache, or the server that has them answers."""
    if cached_weights(input_size, width) is not None:
        return True
    address = _BASE_URL + weights_file(input_size, width)
    request = urllib.request.Request(address, method="HEAD")  # a constant https address
    try:
        with urllib.request.build_opener().open(request, timeout=_TIMEOUT_S) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
