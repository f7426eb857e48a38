"""Confidence that can be believed: a temperature fitted on validation, folded into the last layer; and "neither".

Guo et al., ICML 2017 (arXiv:1706.04599): probabilities are softmax(logits / T), one T for all classes. It moves no
arg-max. Folded into kernel and bias it costs nothing on any device.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tf_keras as keras

from edge_app.common.errors import RunFolderError
from edge_app.common.progress import Progress
from edge_app.metrics.confidence import Confidence, auroc, neither_threshold
from train.data.batches import normalize
from train.data.photograph_set import Photographs, picture_blocks

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.05, 20.0
"""Limits of the fit: beyond them the model is either always right or knows nothing."""

_PRIOR_WIDTH = 0.3  # standard deviation of log T before any photograph is seen
_ALLOWED_NATS = 2.0  # half of 1.96², the 95 % quantile of a likelihood ratio
_GRID, _GOLDEN_STEPS = 41, 30  # 0.3 × 0.618^30 is below 1e-6
_HALVINGS = 30
_OUTPUT_RANGES = ("output_min", "output_max")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Calibration:
    """What fitting the temperature brought.

    Attributes:
        temperature: by which logits are divided; above 1: the model was too sure.
        before: without it.
        after: with it, on the same photographs that it was fitted on.
    """

    temperature: float
    before: Confidence
    after: Confidence

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


@dataclass(frozen=True)
class NeitherEvaluation:
    """How well a threshold on the best score tells the classes from anything else.

    Attributes:
        threshold: below this best score the answer is "neither".
        accepted_share: of the photographs of the classes, 0..1; the threshold was fitted on others.
        refused_share: of the pictures of anything else, 0..1.
        auroc: of the best score, photographs of the classes against pictures of anything else.
        photographs: of the classes.
        outliers: pictures of anything else.
    """

    threshold: float
    accepted_share: float
    refused_share: float
    auroc: float
    photographs: int
    outliers: int

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


def calibrate(model: Any, validation: Photographs, data: str = "validation photographs") -> Calibration:
    """Fit the temperature on validation photographs and fold it into the model.

    Call it after the last step that changes weights.

    Args:
        model: a `tf_keras.Model` from [-1, 1] to probabilities; its last layer is changed in place.
        validation: photographs that did not train.
        data: what to call them.

    Raises:
        RunFolderError: the last layer is no Dense layer with a softmax.
    """
    logits = logits_of(model, validation)
    temperature = fit_temperature(logits, validation.targets)
    fold_temperature(model, temperature)
    before = Confidence.of(softmax(logits), validation.targets, data)
    return Calibration(temperature, before, Confidence.of(softmax(logits, temperature), validation.targets, data))


def fit_temperature(logits: npt.NDArray[Any], targets: npt.NDArray[np.int64]) -> float:
    """Return the temperature that a few photographs cannot spoil.

    It minimises Σ NLL + (log T)² / (2 σ²), σ = 0.3, as far as the photographs insist: of all temperatures that they
    allow (within two nats of the lowest sum: a 95 % interval) it is the one nearest to 1. A few sure mistakes, or a few
    lucky photographs, would move it too far, and other photographs would pay. Where every photograph is right, surer
    would always seem better: the model keeps its confidence, 1.

    Args:
        logits: (photographs, classes).
        targets: (photographs,) places of the true labels.

    Returns:
        0.05 to 20.
    """
    exact = np.asarray(logits, np.float64)
    exact = exact - exact.max(axis=1, keepdims=True)
    true = exact[np.arange(len(targets)), targets]
    if not true.any():  # 0 is the largest logit of each photograph
        return 1.0

    def cost(log_temperature: float) -> float:
        scaled = exact / math.exp(log_temperature)
        loss = np.log(np.exp(scaled).sum(axis=1)).sum() - true.sum() / math.exp(log_temperature)
        return float(loss) + log_temperature**2 / (2 * _PRIOR_WIDTH**2)

    best = _lowest(cost, math.log(LOWEST_TEMPERATURE), math.log(HIGHEST_TEMPERATURE))
    allowed = cost(best) + _ALLOWED_NATS
    if cost(0.0) <= allowed:
        return 1.0
    inside, outside = best, 0.0
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if cost(middle) <= allowed else (inside, middle)
    return math.exp(inside)


def _lowest(cost: Callable[[float], float], low: float, high: float) -> float:
    """Where a cost is lowest: the best place of a grid, and a golden-section search between its neighbours."""
    grid = np.linspace(low, high, _GRID)
    place = int(np.argmin([cost(float(one)) for one in grid]))
    low, high = float(grid[max(place - 1, 0)]), float(grid[min(place + 1, _GRID - 1)])
    golden = (math.sqrt(5.0) - 1.0) / 2.0
    for _ in range(_GOLDEN_STEPS):
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if cost(left) <= cost(right) else (left, high)
    return (low + high) / 2


def softmax(logits: npt.NDArray[Any], temperature: float = 1.0) -> npt.NDArray[np.float64]:
    """Return probabilities, (photographs, classes), of logits of the same shape."""
    scaled = np.asarray(logits, np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def logits_of(model: Any, photographs: Photographs | npt.NDArray[np.uint8]) -> Floats:
    """Return what the last layer's softmax is given: exact where probabilities have long become 0 and 1.

    Of a model in quantization-aware training these are the quantized logits that the device computes.

    Args:
        model: a `tf_keras.Model` from [-1, 1] to probabilities.
        photographs: or their pixels, (photographs, height, width, 3) uint8 RGB.

    Returns:
        (photographs, classes) float32.

    Raises:
        RunFolderError: the last layer is no Dense layer with a softmax.
    """
    layer = softmax_layer(model)
    features = keras.Model(model.input, layer.input)
    parts = []
    with Progress("reading logits", len(photographs)) as progress:
        for images in picture_blocks(photographs):
            parts.append(_logits(layer, np.asarray(features.predict_on_batch(normalize(images)), np.float32)))
            progress.step(steps=len(images))
    return np.concatenate(parts)


def fold_temperature(model: Any, temperature: float) -> None:
    """Divide kernel and bias of the last layer by a temperature, in place.

    In quantization-aware training (`QuantizeWrapperV2`) the stored ranges of the kernel and of the logits are divided
    too, and so are the cluster centroids of cluster-preserving training: all of them are proportional to the logits. So
    the same integers come out, with another scale.

    Args:
        model: a `tf_keras.Model` whose last layer is a Dense layer with a softmax.
        temperature: above 0.

    Raises:
        RunFolderError: the last layer is another one.
        ValueError: the temperature is not above 0.
    """
    if not 0.0 < temperature < math.inf:
        raise ValueError(f"a temperature must be above 0, received {temperature}")
    for variable in softmax_layer(model).weights:
        # Integers are counters and places of centroids; an output range is that of the probabilities.
        if variable.dtype.is_floating and not variable.name.split(":")[0].endswith(_OUTPUT_RANGES):
            variable.assign(variable / temperature)


def evaluate_neither(
    validation: npt.NDArray[Any], test: npt.NDArray[Any], outliers: npt.NDArray[Any]
) -> NeitherEvaluation:
    """Fit the threshold on validation photographs of the classes, and judge it on others.

    Args:
        validation: (photographs, classes) probabilities; `ACCEPTED_SHARE` of them pass the threshold.
        test: (photographs, classes) probabilities of photographs of the classes that fitted nothing.
        outliers: (pictures, classes) probabilities of pictures of anything else that fitted nothing.
    """
    real, other = test.max(axis=1), outliers.max(axis=1)
    threshold = neither_threshold(validation.max(axis=1))
    return NeitherEvaluation(
        threshold=threshold,
        accepted_share=float((real >= threshold).mean()),
        refused_share=float((other < threshold).mean()),
        auroc=auroc(real, other),
        photographs=len(real),
        outliers=len(other),
    )


def softmax_layer(model: Any) -> Any:
    """Return the last layer, wrapped for quantization or not.

    Raises:
        RunFolderError: it is no dense layer with a softmax.
    """
    layer = model.layers[-1]
    dense = _inside(layer)
    if not isinstance(dense, keras.layers.Dense) or _activation(dense) is not keras.activations.softmax:
        raise RunFolderError(
            f"the network ends in a layer {type(dense).__name__}; confidence needs a Dense layer with a softmax there: "
            "train a network of FieldLens' recipes"
        )
    return layer


def _inside(layer: Any) -> Any:
    return layer.layer if isinstance(layer, keras.layers.Wrapper) else layer


def _activation(dense: Any) -> Any:
    """The activation; quantization-aware training puts its own around it."""
    return getattr(dense.activation, "activation", dense.activation)


def _logits(layer: Any, features: Floats) -> Floats:
    """(photographs, classes) of (photographs, width) features, with the quantizers of the layer if it has any."""
    if layer is _inside(layer):
        weights = layer.get_weights()
        return np.asarray(features @ weights[0] + sum(weights[1:]), np.float32)
    ((kernel, quantizer, ranges),), (activation,) = layer._weight_vars, layer._quantize_activations
    logits = tf.matmul(features, quantizer(kernel, False, weights=ranges))
    if layer.layer.use_bias:
        logits += layer.layer.bias
    return np.asarray(activation.quantizer(logits, False, weights=activation._pre_activation_vars), np.float32)
