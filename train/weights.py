"""Where the ImageNet weights of MobileNetV2 are to be had; imports no TensorFlow."""

from __future__ import annotations

import urllib.request
from pathlib import Path

_FILE = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_{size}_no_top.h5"
_SIZES = (96, 128, 160, 192, 224)
_BASE_URL = "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"  # as tf_keras has it
_TIMEOUT_S = 5.0


def weights_file(input_size: int) -> str:
    """Return the name of the file for an input size; other sizes use the one for 224."""
    return _FILE.format(size=input_size if input_size in _SIZES else 224)


def cached_path(name: str) -> Path:
    """Return where Keras keeps a file of weights."""
    return Path.home() / ".keras" / "models" / name


def can_get_weights(input_size: int) -> bool:
    """Tell whether the weights are in Keras' cache, or the server that has them answers."""
    name = weights_file(input_size)
    if cached_path(name).is_file():
        return True
    request = urllib.request.Request(_BASE_URL + name, method="HEAD")  # a constant https address
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
