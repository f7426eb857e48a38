"""What a network does to a picture first: standardization or ZCA whitening, fitted on training photographs.

Both are built of layers that Keras has, so that a saved network needs no class of ours. Their weights never learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tf_keras as keras

from edge_app.common.errors import UsageError
from train.data.photograph_set import Photographs, picture_blocks
from train.models.zca import EPSILON, PATCH, WHOLE_SIZE, Floats, Zca, fit_zca
from train.recipes import InputStatistics as Kind

STANDARDIZE_LAYER = "standardize"
WHITEN_LAYER = "zca_whiten"

INPUT_LAYERS = (STANDARDIZE_LAYER, WHITEN_LAYER)
"""Names of the layers here that have weights: no training, pruning or clustering may change them."""

_SMALLEST_STD = 1.0 / 127.5  # one grey level: a colour that never changes stays finite
_AT_ONCE = 256  # photographs


@dataclass(frozen=True, eq=False)
class Standardization:
    """Makes each colour have mean 0 and standard deviation 1 over all training pixels.

    Attributes:
        mean: (3,) of red, green, blue within [-1, 1].
        std: (3,) of the same, one grey level at least.
    """

    mean: Floats
    std: Floats

    def to_json(self) -> dict[str, Any]:
        """Return everything."""
        return {"kind": "standardize", "mean": self.mean.tolist(), "std": self.std.tolist()}


@dataclass(frozen=True, eq=False)
class Whitening:
    """ZCA whitening of whole pictures, or of each patch by itself.

    Attributes:
        zca: the fitted matrices.
        patch: width and height of a patch in pixels.
        whole: whether a patch is the whole picture.
    """

    zca: Zca
    patch: int
    whole: bool

    def to_json(self) -> dict[str, Any]:
        """Return what describes it; the matrices are weights of the network."""
        return {
            "kind": "zca",
            "patch": self.patch,
            "whole_picture": self.whole,
            "epsilon": self.zca.epsilon,
            "samples": self.zca.samples,
        }


InputStatistics = Standardization | Whitening
"""What was fitted."""


def fit_input_statistics(kind: Kind, photographs: Photographs | npt.NDArray[np.uint8]) -> InputStatistics | None:
    """Fit to training photographs; never to validation or test photographs.

    ZCA whitens pictures of at most 32 px as a whole, and larger ones in patches of 8 px side by side: neighbouring
    patches whiten alike and do not overlap, so it can be undone exactly.

    Args:
        kind: `none`, `standardize` or `zca`.
        photographs: of the training split, or their pixels: (photographs, size, size, 3) uint8 RGB.

    Returns:
        None for `none`.

    Raises:
        UsageError: the size cannot be cut into patches.
    """
    if kind == "standardize":
        return _fit_standardization(photographs)
    if kind == "zca":
        size = _picture_size(photographs)
        patch = _patch(size)
        return Whitening(fit_zca(photographs, patch), patch, patch == size)
    return None


def unfitted_statistics(kind: Kind, size: int) -> InputStatistics | None:
    """Return what changes nothing: layers of the right shape, for saved weights to be read into.

    Raises:
        UsageError: the size cannot be cut into patches.
    """
    if kind == "standardize":
        return Standardization(np.zeros(3, np.float32), np.ones(3, np.float32))
    if kind == "zca":
        patch = _patch(size)
        numbers = 3 * patch * patch
        same = np.eye(numbers, dtype=np.float32)
        return Whitening(Zca(np.zeros(numbers, np.float32), same, same, EPSILON, 0), patch, patch == size)
    return None


def apply_input_statistics(x: Any, statistics: InputStatistics | None) -> Any:
    """Put the layers on a tensor of pictures.

    Args:
        x: (batch, size, size, 3) tensor of Keras within [-1, 1].
        statistics: None: nothing is done.

    Returns:
        the same shape.
    """
    if statistics is None:
        return x
    if isinstance(statistics, Standardization):
        return _standardize(x, statistics)
    return _whiten_whole(x, statistics) if statistics.whole else _whiten_patches(x, statistics)


def learnable_weights(model: Any) -> list[Any]:
    """Return the trainable weights of a network without those of these layers.

    The wrapper of quantization-aware training (tensorflow-model-optimization 0.8.1) calls the kernel in it trainable
    even where its layer was fixed; its name ends in the name of the layer.
    """
    fixed = {id(w) for layer in model.layers if layer.name.endswith(INPUT_LAYERS) for w in layer.weights}
    return [weight for weight in model.trainable_weights if id(weight) not in fixed]


def _standardize(x: Any, statistics: Standardization) -> Any:
    """A 1×1 depthwise convolution: int8 has one scale per channel for it, so that 1/std stays exact to rounding."""
    layer = keras.layers.DepthwiseConv2D(1, trainable=False, name=STANDARDIZE_LAYER)
    standardized = layer(x)
    layer.set_weights([(1.0 / statistics.std).reshape(1, 1, 3, 1), -statistics.mean / statistics.std])
    return standardized


def _whiten_whole(x: Any, statistics: Whitening) -> Any:
    zca = statistics.zca
    layer = keras.layers.Dense(len(zca.mean), trainable=False, name=WHITEN_LAYER)
    whitened = layer(keras.layers.Flatten(name="zca_flatten")(x))
    layer.set_weights([zca.whitening, -zca.mean @ zca.whitening])
    return keras.layers.Reshape(tuple(x.shape[1:]), name="zca_picture")(whitened)


def _whiten_patches(x: Any, statistics: Whitening) -> Any:
    """A convolution whose stride is its width whitens each patch into channels; then they go back to their places."""
    zca, patch = statistics.zca, statistics.patch
    _, height, width, channels = x.shape
    layer = keras.layers.Conv2D(len(zca.mean), patch, strides=patch, trainable=False, name=WHITEN_LAYER)
    whitened = layer(x)  # (batch, rows, columns, patch · patch · 3)
    layer.set_weights([zca.whitening.reshape(patch, patch, channels, -1), -zca.mean @ zca.whitening])
    rows, columns = height // patch, width // patch
    cut = keras.layers.Reshape((rows, columns, patch, patch * channels), name="zca_patches")(whitened)
    turned = keras.layers.Permute((1, 3, 2, 4), name="zca_lines")(cut)  # (batch, rows, patch, columns, patch · 3)
    return keras.layers.Reshape((height, width, channels), name="zca_picture")(turned)


def _fit_standardization(photographs: Photographs | npt.NDArray[np.uint8]) -> Standardization:
    total, squares, count = np.zeros(3), np.zeros(3), 0
    for images_rgb in picture_blocks(photographs, _AT_ONCE):
        pixels = images_rgb.reshape(-1, 3).astype(np.float64) / 127.5 - 1.0
        total += pixels.sum(axis=0)
        squares += (pixels**2).sum(axis=0)
        count += len(pixels)
    mean = total / count
    std = np.sqrt(np.maximum(squares / count - mean**2, 0.0))
    return Standardization(mean.astype(np.float32), np.maximum(std, _SMALLEST_STD).astype(np.float32))


def _picture_size(photographs: Photographs | npt.NDArray[np.uint8]) -> int:
    """Height, which is also the width, in pixels."""
    if isinstance(photographs, np.ndarray):
        return int(photographs.shape[1])
    return photographs.picture_shape[0]


def _patch(size: int) -> int:
    if size <= WHOLE_SIZE:
        return size
    if size % PATCH:
        nearest = round(size / PATCH) * PATCH
        raise UsageError(
            f"ZCA whitens patches of {PATCH} px, and {size} px is not a multiple of that; give --image-size {nearest}"
        )
    return PATCH
