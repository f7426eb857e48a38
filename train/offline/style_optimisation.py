"""Style transfer without a network trained for it: the pixels are searched for that have both content and style.

Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016 (arXiv:1508.06576).
Style is what the Gram matrices of feature maps hold: which features occur together, wherever that is. Content is one
deeper feature map. Differences from the paper, because the backbone is MobileNetV2 and not VGG-19: errors are relative
to the target's own size, so that every layer counts alike whatever its scale; Adam (Kingma and Ba, arXiv:1412.6980)
instead of L-BFGS, from the content picture on, which needs 100 steps instead of 500; and total variation is damped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tensorflow as tf
import tf_keras as keras

from edge_app.common.errors import DataError, PhotographError, UsageError
from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.common.python_faces import described
from edge_app.model.classifier import is_frame
from edge_app.photographs.decoder import Image
from train.models.architectures.mobilenet_v2 import weights_file
from train.models.pretrained_weights import cached_path
from train.offline.style import StylePicture, shrink

STYLE_LAYERS = ("Conv1_relu", "block_1_expand_relu", "block_3_expand_relu", "block_6_expand_relu")
"""Fine to coarse: every 2, 2, 4 and 8 pixels."""

CONTENT_LAYER = "block_6_expand_relu"

_NATIVE_SIZE = 224  # of the weights; the network is convolutional, so every picture size will do
_VARIATION_WEIGHT = 1.0
_RATE = 0.03  # of Adam, of pixels within [-1, 1]
_DECAY_1, _DECAY_2, _EPSILON = 0.9, 0.999, 1e-8  # of Adam, as in its paper
_SMALLEST = 1e-12  # keeps a black picture, whose features may all be 0, from dividing by them
_SMALLEST_SIDE = 32  # pixels; below it the coarsest map has hardly a point


@dataclass(frozen=True)
class Losses:
    """How far a picture is from what is wanted.

    Attributes:
        style: mean over layers of |G - G*|² / |G*|², G being the Gram matrix and * the style's.
        content: |F - F*|² / |F*|², F being the content layer's map and * the photograph's.
        variation: mean squared difference of neighbouring pixels, in units of [-1, 1].
    """

    style: float
    content: float
    variation: float


@dataclass(frozen=True)
class Painting:
    """What came out.

    Attributes:
        image_bgr: (height, width, 3) uint8.
        before: losses of the photograph.
        after: losses of the painting.
    """

    image_bgr: Image
    before: Losses
    after: Losses


class OptimisingStylist:
    """Paints by optimisation; built once.

    Args:
        weights: of the backbone, see `load_features`.
        side: longer side of the paintings, pixels; smaller photographs are not enlarged.
        steps: of the search.
        weight: of the style against the content.

    Raises:
        DataError: the weights are not to be had.
        UsageError: impossible numbers.
    """

    def __init__(self, weights: str = "imagenet", side: int = 384, steps: int = 100, weight: float = 10.0) -> None:
        if side < _SMALLEST_SIDE or steps < 1 or weight <= 0:
            raise UsageError(
                f"style transfer needs a size of at least {_SMALLEST_SIDE}, a step and a weight above 0, "
                f"received {side}, {steps} and {weight:g}"
            )
        self._side, self._steps, self._weight = side, steps, weight
        self._features = load_features(weights, (*STYLE_LAYERS, CONTENT_LAYER))
        self._step = _step_function(self._features, weight)
        self._style_grams = lru_cache(maxsize=64)(self._grams_of)

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the manifest says."""
        return {"method": "optimisation", "side": self._side, "steps": self._steps, "weight": self._weight}

    def paint(self, content_bgr: Image, style: StylePicture, on_step: Callable[[str], None]) -> Image:
        """See `Stylist`."""
        return self.transfer(content_bgr, style, on_step).image_bgr

    def transfer(
        self, content_bgr: Image, style: StylePicture, on_step: Callable[[str], None] = lambda _: None
    ) -> Painting:
        """Search for the pixels.

        Args:
            content_bgr: (height, width, 3) uint8.
            style: it is scaled to the size of the content first, which decides how broad its strokes are.
            on_step: called with the number of each step.

        Raises:
            PhotographError: the content is too small to have content.
        """
        content_bgr = shrink(content_bgr, self._side)
        if min(content_bgr.shape[:2]) < _SMALLEST_SIDE:
            height, width = content_bgr.shape[:2]
            raise PhotographError(f"{width}×{height} pixels are too few for a style, {_SMALLEST_SIDE} are needed")
        start = _to_tensor(content_bgr)
        grams = self._style_grams(_Key(style), max(content_bgr.shape[:2]))
        target = self._features(start, training=False)[-1]
        pixels, first, second = start, tf.zeros_like(start), tf.zeros_like(start)
        before: Sequence[Any] = ()
        for number in range(1, self._steps + 1):
            pixels, first, second, losses = self._step(
                pixels, first, second, tf.constant(number, tf.float32), grams, target
            )
            before = before or losses
            on_step(f"step {number}/{self._steps}")
        after = _losses(self._features(pixels, training=False), pixels, grams, target)
        return Painting(_to_image(pixels), _as_numbers(before), _as_numbers(after))

    def _grams_of(self, key: _Key, side: int) -> list[Any]:
        maps = self._features(_to_tensor(shrink(key.style.image_bgr, side)), training=False)
        return [gram_matrix(features) for features in maps[:-1]]


class _Key:
    """A style as a key of the cache: by the hash of its file."""

    def __init__(self, style: StylePicture) -> None:
        self.style = style

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.style.sha256 == self.style.sha256

    def __hash__(self) -> int:
        return hash(self.style.sha256)


def paint_in_style(
    photo_bgr: Image, style_bgr: Image, weights: str = "imagenet", side: int = 384, steps: int = 100
) -> Image:
    """Paint a photograph in the style of another picture.

    Args:
        photo_bgr: (height, width, 3) uint8 BGR.
        style_bgr: likewise, of any size.
        weights: of the backbone, see `load_features`.
        side: longer side of the painting, pixels; a smaller photograph is not enlarged.
        steps: of the search.

    Returns:
        (height, width, 3) uint8 BGR.

    Raises:
        DataError: the weights are not to be had.
        PhotographError: a picture is none, or the photograph is too small to have content.
        UsageError: impossible numbers.
    """
    for name, image in (("photo_bgr", photo_bgr), ("style_bgr", style_bgr)):
        if not is_frame(image):
            raise PhotographError(f"`{name}` must be (height, width, 3) uint8 BGR; received {described(image)}")
    return OptimisingStylist(weights, side, steps).transfer(photo_bgr, StylePicture("style", "", style_bgr)).image_bgr


def gram_matrix(features: Any) -> Any:
    """Return how strongly features occur together.

    Args:
        features: (1, height, width, channels) float32 tensor.

    Returns:
        (channels, channels) float32 tensor: the mean over all places of the product of two channels.
    """
    channels = features.shape[-1]
    rows = tf.reshape(features, (-1, channels))  # (places, channels)
    return tf.matmul(rows, rows, transpose_a=True) / tf.cast(tf.shape(rows)[0], tf.float32)


def _step_function(features: Any, weight: float) -> Any:
    """Return one step of Adam as a function of everything it needs: traced once, for all picture sizes."""
    image = tf.TensorSpec((1, None, None, 3), tf.float32)
    *style_maps, content_map = features.outputs
    grams = [tf.TensorSpec((one.shape[-1], one.shape[-1]), tf.float32) for one in style_maps]
    target = tf.TensorSpec((1, None, None, content_map.shape[-1]), tf.float32)
    number = tf.TensorSpec((), tf.float32)

    @tf.function(input_signature=[image, image, image, number, grams, target])  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def step(pixels: Any, first: Any, second: Any, number: Any, grams: Any, target: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            losses = _losses(features(pixels, training=False), pixels, grams, target)
            style, content, variation = losses
            total = weight * style + content + _VARIATION_WEIGHT * variation
        gradient = tape.gradient(total, pixels)
        first = _DECAY_1 * first + (1 - _DECAY_1) * gradient
        second = _DECAY_2 * second + (1 - _DECAY_2) * tf.square(gradient)
        mean, spread = first / (1 - _DECAY_1**number), tf.sqrt(second / (1 - _DECAY_2**number))
        return tf.clip_by_value(pixels - _RATE * mean / (spread + _EPSILON), -1.0, 1.0), first, second, losses

    return step


def _losses(maps: Sequence[Any], pixels: Any, grams: Sequence[Any], target: Any) -> tuple[Any, Any, Any]:
    style = [_relative_error(gram_matrix(one), gram) for one, gram in zip(maps[:-1], grams, strict=True)]
    down, right = pixels[:, 1:] - pixels[:, :-1], pixels[:, :, 1:] - pixels[:, :, :-1]
    variation = tf.reduce_mean(tf.square(down)) + tf.reduce_mean(tf.square(right))
    return tf.add_n(style) / len(style), _relative_error(maps[-1], target), variation


def _relative_error(value: Any, target: Any) -> Any:
    return tf.reduce_sum(tf.square(value - target)) / (tf.reduce_sum(tf.square(target)) + _SMALLEST)


def _as_numbers(losses: Sequence[Any]) -> Losses:
    style, content, variation = (float(loss) for loss in losses)
    return Losses(style, content, variation)


def _to_tensor(image_bgr: Image) -> Any:
    rgb = cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB)
    return tf.constant(rgb[np.newaxis] / 127.5 - 1.0, tf.float32)


def _to_image(pixels: Any) -> Image:
    rgb = np.clip(np.rint((pixels[0].numpy() + 1.0) * 127.5), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), np.uint8)


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
