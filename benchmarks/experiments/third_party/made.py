"""What TensorFlow makes of each convention of input: small networks of Keras' families, in every type of file.

The fronts are those of `keras.applications`, with what they do to a picture themselves; the families that leave this to
`preprocess_input` are fed with its numbers. Weights are random, batch normalization is adapted to the photographs, and
a head that spreads them over five labels makes every mistake at the input a mistake of labels.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tf_keras as keras

from benchmarks.experiments.third_party.bare import BYTES, CAFFE, FLOAT_BYTES, SYMMETRIC, TORCH, UNIT, Feeding
from benchmarks.experiments.third_party.compare import Photograph, stated_for
from benchmarks.experiments.third_party.documented import Documented
from edge_app.common.progress import Progress
from edge_app.model.card import Size
from edge_app.model.card_reading import NOTHING_STATED, StatedInput
from edge_app.model.preparation import resize_rgb
from edge_app.photographs.splits import sha256_of

_SIZE = Size(96, 96)
_LABELS = ("one", "two", "three", "four", "five")
_FRONT = 30  # layers of a family that are kept: its own scaling and first blocks
_KERAS = "https://keras.io/api/applications/"
_QUANTIZED = "https://ai.google.dev/edge/litert/models/metadata#normalization_and_quantization_parameters"
_QUANTIZING = "https://ai.google.dev/edge/litert/models/post_training_integer_quant"
_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Family:
    """A way to feed a network.

    Attributes:
        name: of its files.
        front: makes a Keras model from pictures to features.
        feeding: as Keras documents it.
        stated: what a user of the float files has to say, because they cannot tell.
        types: of the files that are made.
    """

    name: str
    front: Callable[[], Any]
    feeding: Feeding
    stated: StatedInput = NOTHING_STATED
    types: tuple[str, ...] = ("float32", "uint8")


def _front_of(architecture: str, **options: Any) -> Callable[[], Any]:
    def front() -> Any:
        whole = getattr(keras.applications, architecture)(
            input_shape=(_SIZE.height, _SIZE.width, 3), include_top=False, weights=None, **options
        )
        for layer in whole.layers:
            if isinstance(layer, keras.layers.Normalization) and layer.weights:  # set with the weights of ImageNet
                layer.set_weights(
                    [np.array(_IMAGENET_MEAN, np.float32), np.square(np.array(_IMAGENET_STD, np.float32)), np.int64(0)]
                )
        return keras.Model(whole.input, whole.layers[_FRONT].output)

    return front


def _sequential(scale: float) -> Any:
    """Return a network as the tutorials write it, which divides the bytes itself."""
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Rescaling(scale, input_shape=(_SIZE.height, _SIZE.width, 3)),
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
        ]
    )


TYPES = ("float32", "float16", "dynamic", "uint8", "int8")
FAMILIES = (
    Family("mobilenet", _front_of("MobileNet", alpha=0.25), SYMMETRIC),
    Family("mobilenet-v2", _front_of("MobileNetV2", alpha=0.35), SYMMETRIC),
    Family("mobilenet-v3-small", _front_of("MobileNetV3Small", minimalistic=True), FLOAT_BYTES),
    Family("efficientnet-b0", _front_of("EfficientNetB0"), FLOAT_BYTES, types=TYPES),
    Family("efficientnet-v2-b0", _front_of("EfficientNetV2B0"), FLOAT_BYTES),
    Family("resnet50-v2", _front_of("ResNet50V2"), SYMMETRIC),
    Family("resnet50", _front_of("ResNet50"), CAFFE, stated_for(CAFFE)),
    Family("densenet121", _front_of("DenseNet121"), TORCH, stated_for(TORCH)),
    Family("tutorial", lambda: _sequential(1 / 255), FLOAT_BYTES, types=TYPES),
    Family("unit", lambda: _sequential(1.0), UNIT, StatedInput("unit"), TYPES),
)


def make_files(folder: Path, photographs: Sequence[Photograph]) -> dict[str, Documented]:
    """Write every family in every type; return how they are fed, by their hashes.

    Args:
        folder: existing and empty.
        photographs: that the networks are adapted to.
    """
    documented = {}
    with Progress("making files", sum(len(family.types) for family in FAMILIES)) as progress:
        for family in FAMILIES:
            pictures = family.feeding.numbers(np.stack([resize_rgb(one.frame_bgr, _SIZE) for one in photographs]))
            network = classifier_on(family.front(), pictures)
            for kind in family.types:
                content = converted(network, kind, pictures)
                (folder / f"{family.name}-{kind}.tflite").write_bytes(content)
                documented[sha256_of(content)] = _documented(family, kind)
                progress.step()
            keras.backend.clear_session()
    return documented


def classifier_on(front: Any, pictures: Numbers) -> Any:
    """Return a network of random weights that spreads these pictures over five labels.

    Args:
        front: a Keras model from pictures to maps.
        pictures: (n, height, width, 3), as the network is fed.
    """
    features = keras.Model(front.input, keras.layers.GlobalAveragePooling2D()(front.output))
    for layer in features.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    features(pictures, training=True)  # batch normalization takes the statistics of these pictures
    values = features.predict(pictures, verbose=0)
    spread = values.std(axis=0)
    spread[spread < 0.05 * np.median(spread)] = np.inf  # what hardly varies would need weights that drown all others
    kernel = np.random.default_rng(0).normal(size=(values.shape[1], len(_LABELS))) / spread[:, np.newaxis]
    logits = (values - values.mean(axis=0)) @ kernel
    kernel = kernel / logits.std(axis=0) * 2.0
    head = keras.layers.Dense(len(_LABELS), activation="softmax")
    network = keras.Model(features.input, head(features.output))
    head.set_weights([kernel, -values.mean(axis=0) @ kernel])
    return network


def converted(network: Any, kind: str, pictures: Numbers) -> bytes:
    """Return a `.tflite`.

    Args:
        network: a Keras model.
        kind: one of `TYPES`; of the last two, input and output have the type as well.
        pictures: (n, height, width, 3), as the network is fed: to calibrate.
    """
    concrete = tf.function(network).get_concrete_function(tf.TensorSpec((1, *pictures.shape[1:]), tf.float32))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], network)
    if kind != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if kind in ("uint8", "int8"):
        converter.representative_dataset = lambda: _calibration(pictures)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = getattr(tf, kind)
    content: bytes = converter.convert()
    return content


def _calibration(pictures: Numbers) -> Iterator[list[Numbers]]:
    for picture in pictures[:50]:
        yield [picture[np.newaxis]]


def _documented(family: Family, kind: str) -> Documented:
    """Say how a file is fed: bytes into a quantized one, unless its channels are fed in their own ways.

    Dividing by the scale of a quantized input says the same but for the rounding: bytes of [-1, 1] then lie half-way
    between two levels (docs/findings.md).
    """
    quantized = kind in ("uint8", "int8")
    as_they_are = quantized and len(family.feeding.mean) == 1
    # The scale of a quantized input tells -1..1 and 0..1, but not that channels differ.
    stated = NOTHING_STATED if quantized and family.stated.values else family.stated
    return Documented(
        origin="benchmarks/experiments/third_party/made.py",
        feeding=BYTES if as_they_are else family.feeding,
        source=_QUANTIZED if as_they_are else _QUANTIZING if quantized else _KERAS,
        labels=_LABELS,
        stated=stated,
    )
