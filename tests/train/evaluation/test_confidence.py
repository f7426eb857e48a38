"""Promises of calibration: the best temperature, logits scaled by 1/T, no arg-max moved, in QAT and on devices."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from sklearn.metrics import roc_curve as sklearn_roc_curve

from edge_app.common.errors import RunFolderError
from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.metrics.confidence import auroc, log_loss, roc_curve
from train.data.batches import normalize
from train.data.photograph_set import PhotographSet
from train.data.splits import SplitFile
from train.evaluation.confidence import (
    calibrate,
    evaluate_neither,
    fit_temperature,
    fold_temperature,
    logits_of,
    softmax,
)
from train.models import build_model
from train.models.architectures.custom_cnn import TINY

SIZE = 32
CLASSES = 3


def pictures(count: int, seed: int = 0) -> np.ndarray:
    """Smooth pictures, each of another colour."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, 4, 4, 3)).astype(np.uint8)
    return coarse.repeat(SIZE // 4, axis=1).repeat(SIZE // 4, axis=2)


def plain_model(seed: int = 0) -> Any:
    """`TINY` with batch norm that has seen the pictures, and logits of some size."""
    keras.utils.set_random_seed(seed)
    model = build_model(replace(TINY, input_size=SIZE, filters=(8, 8), dropout=0.0), CLASSES)
    for _ in range(30):
        model(normalize(pictures(64)), training=True)
    layer = model.layers[-1]
    layer.set_weights([6.0 * layer.get_weights()[0], np.array([0.3, -0.2, 0.1], np.float32)])
    return model


@pytest.fixture(scope="module")
def qat_model() -> Any:
    """A small network in quantization-aware training, its ranges those of the pictures."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "distutils Version classes", DeprecationWarning)  # 0.8.1 asks distutils
        from tensorflow_model_optimization.quantization.keras import quantize_model

    keras.utils.set_random_seed(0)
    inputs = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.Conv2D(8, 5, strides=4, activation="relu")(inputs)
    x = keras.layers.Dropout(0.2)(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, keras.layers.Dense(CLASSES, activation="softmax", name="probabilities")(x))
    layer = model.layers[-1]
    layer.set_weights([9.0 * layer.get_weights()[0], np.array([0.3, -0.2, 0.1], np.float32)])
    model = quantize_model(model)
    model(normalize(pictures(64)), training=True)  # ranges of weights are those of the last step
    set_ranges(model.layers[1], -1.0, 1.0)  # the others move slowly from [-6, 6]: thousands of steps
    for layer in model.layers[2:-1]:
        values = keras.Model(model.input, layer.output).predict_on_batch(normalize(pictures(400)))
        set_ranges(layer, 0.0, float(values.max()))
    logits = logits_of(model, pictures(400))
    set_ranges(model.layers[-1], float(logits.min()), float(logits.max()))
    return model


def set_ranges(layer: Any, low: float, high: float) -> None:
    """Set the ranges of a layer's activations."""
    for variable in layer.weights:
        if "kernel" not in variable.name and variable.name.endswith(("_min:0", "_max:0")):
            variable.assign(low if "_min" in variable.name else high)


@pytest.fixture
def qat(qat_model: Any) -> Iterator[Any]:
    """The same, put back after each test."""
    weights = qat_model.get_weights()
    yield qat_model
    qat_model.set_weights(weights)


def int8_scores(model: Any, images_rgb: np.ndarray) -> np.ndarray:
    """Scores of the converted model, dequantized."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    with quiet_native_stderr(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Statistics for quantized inputs", UserWarning)  # the model brings its own
        content = converter.convert()
    interpreter = load_interpreter_of(content)
    place, result = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    rows = []
    for image in images_rgb:
        interpreter.set_tensor(place, np.asarray(normalize(image[np.newaxis])))
        interpreter.invoke()
        rows.append(interpreter.get_tensor(result)[0])
    return np.array(rows)


def load_interpreter_of(content: bytes) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    return interpreter


def variable_of(model: Any, name: str) -> Any:
    """A variable of the last layer."""
    return next(one for one in model.layers[-1].weights if one.name.split(":")[0].split("/")[-1] == name)


def range_of(model: Any, what: str) -> float:
    return float(variable_of(model, f"{what}_max") - variable_of(model, f"{what}_min"))


def integers_of_last_layer(model: Any) -> np.ndarray:
    """The 8-bit integers of the last kernel."""
    return np.rint(np.asarray(variable_of(model, "kernel")) / (range_of(model, "kernel") / 254)).astype(int)


def photographs(images_rgb: np.ndarray, targets: np.ndarray) -> PhotographSet:
    files = tuple(
        SplitFile(f"{number}.jpg", str(target), "validation", f"{number:064x}") for number, target in enumerate(targets)
    )
    return PhotographSet(files, images_rgb, targets.astype(np.int64))


def test_a_known_temperature_is_found() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 4))
    targets = np.array([rng.choice(4, p=row) for row in softmax(logits)])
    assert fit_temperature(2.5 * logits, targets) == pytest.approx(2.5, rel=0.05)
    assert fit_temperature(0.4 * logits, targets) == pytest.approx(0.4, rel=0.05)


def test_two_logits_by_hand() -> None:
    # Right in three of four at a margin of 1 nat: softmax must say 3/4, so margin / T = ln 3. A thousand times as many
    # photographs leave the prior no say; from either side it stops at the end of the 95 % interval.
    logits, targets = np.array([[1.0, 0.0]] * 4000), np.array([0, 0, 0, 1] * 1000)
    best = 1 / math.log(3)
    assert best < fit_temperature(logits, targets) < best + 0.1
    assert 2 * best - 0.2 < fit_temperature(2 * logits, targets) < 2 * best
    assert fit_temperature(logits[:4], targets[:4]) == 1.0
    assert fit_temperature(2 * logits[:4], targets[:4]) == 1.0


def penalised(logits: np.ndarray, targets: np.ndarray, temperature: float) -> float:
    """The sum whose 95 % interval is searched."""
    losses = -np.log(softmax(logits, temperature)[np.arange(len(targets)), targets])
    return float(losses.sum()) + math.log(temperature) ** 2 / (2 * 0.3**2)


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 4), st.integers(1, 300), st.integers(0, 10_000), st.floats(0.3, 6.0))
def test_of_all_temperatures_that_the_photographs_allow_it_is_the_one_nearest_to_1(
    classes: int, count: int, seed: int, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    logits, targets = rng.normal(0, scale, (count, classes)), rng.integers(0, classes, count)
    temperature = fit_temperature(logits, targets)
    assert 0.05 <= temperature <= 20.0 + 1e-9
    assert penalised(logits, targets, temperature) <= penalised(logits, targets, 1.0) + 1e-9
    if (logits.argmax(axis=1) == targets).all():
        assert temperature == 1.0
        return
    others = np.geomspace(0.05, 20.0, 600)
    costs = np.array([penalised(logits, targets, other) for other in others])
    allowed = costs.min() + 2.0
    assert penalised(logits, targets, temperature) <= allowed + 1e-3
    nearest = np.abs(np.log(others[costs <= allowed])).min()
    assert abs(math.log(temperature)) <= nearest + 1e-3
    if temperature != 1.0:  # a step towards 1 is not allowed any more
        assert penalised(logits, targets, temperature**0.98) > allowed - 1e-2


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.floats(0.5, 2.0))
def test_more_photographs_like_these_move_it_further(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (60, 3))
    targets = np.array([rng.choice(3, p=row) for row in softmax(scale * logits)])
    moved = [abs(math.log(fit_temperature(np.tile(logits, (n, 1)), np.tile(targets, n)))) for n in (1, 4, 40)]
    assert moved == sorted(moved)


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 5), st.integers(1, 40), st.integers(0, 10_000), st.floats(1e-3, 1e4), st.booleans())
def test_degenerate_photographs_give_a_finite_temperature(
    classes: int, count: int, seed: int, scale: float, right: bool
) -> None:
    logits = np.random.default_rng(seed).normal(0, scale, (count, classes))
    targets = logits.argmax(axis=1) if right else logits.argmin(axis=1)
    temperature = fit_temperature(logits, targets)
    assert math.isfinite(temperature)
    assert 0.05 <= temperature <= 20.0 + 1e-9
    assert temperature == 1.0 if right else temperature >= 1.0


def test_a_model_without_mistakes_keeps_its_confidence() -> None:
    assert fit_temperature(np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([0, 1])) == 1.0


def test_logits_are_those_of_the_probabilities_and_exact_where_probabilities_saturate() -> None:
    model = plain_model()
    images = pictures(100)
    logits = logits_of(model, images)
    np.testing.assert_allclose(softmax(logits), model.predict_on_batch(normalize(images)), atol=1e-6)
    fold_temperature(model, 1e-3)
    np.testing.assert_allclose(logits_of(model, images), 1000 * logits, rtol=1e-4, atol=1e-2)
    assert model.predict_on_batch(normalize(images)).max() == 1.0


@pytest.mark.parametrize("temperature", [0.7, 1.9])
def test_folding_divides_logits_and_moves_no_arg_max(temperature: float) -> None:
    model = plain_model()
    images = pictures(100)
    before, inner = logits_of(model, images), [w.copy() for layer in model.layers[:-1] for w in layer.get_weights()]
    fold_temperature(model, temperature)
    after = logits_of(model, images)
    np.testing.assert_allclose(after, before / temperature, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(after.argmax(axis=1), before.argmax(axis=1))
    for old, new in zip(inner, (w for layer in model.layers[:-1] for w in layer.get_weights()), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_folded_model_is_saved_and_loaded_folded(tmp_path: Path) -> None:
    model = plain_model()
    images = pictures(20)
    before = logits_of(model, images)
    fold_temperature(model, 1.5)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "You are saving your model as an HDF5", UserWarning)  # wanted: design.md, 3
        model.save(str(tmp_path / "model.h5"), include_optimizer=False)
    again = keras.models.load_model(tmp_path / "model.h5", compile=False)
    np.testing.assert_allclose(logits_of(again, images), before / 1.5, rtol=1e-4, atol=1e-5)


def test_folding_in_quantization_aware_training_scales_the_quantized_logits(qat: Any) -> None:
    images = pictures(200, seed=1)
    before, integers = logits_of(qat, images), integers_of_last_layer(qat)
    np.testing.assert_allclose(softmax(before), qat.predict_on_batch(normalize(images)), atol=1e-6)
    assert 10 < len(np.unique(before)) <= 256  # they are quantized
    assert len(np.unique(integers)) > 10
    fold_temperature(qat, 1.7)
    after = logits_of(qat, images)
    np.testing.assert_array_equal(integers_of_last_layer(qat), integers)
    np.testing.assert_allclose(after, before / 1.7, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(after.argmax(axis=1), before.argmax(axis=1))
    np.testing.assert_allclose(softmax(after), qat.predict_on_batch(normalize(images)), atol=1e-6)


@pytest.mark.usefixtures("qat")  # which imports what warns on import
@pytest.mark.parametrize("preserved", ["cluster", "prune"])
def test_folding_scales_the_logits_of_training_that_preserves_clusters_or_zeros(preserved: str) -> None:
    from importlib import import_module

    from tensorflow_model_optimization.quantization.keras import quantize_annotate_model, quantize_apply

    package = "tensorflow_model_optimization.python.core.quantization.keras.collab_opts"
    module = import_module(f"{package}.{preserved}_preserve.default_8bit_{preserved}_preserve_quantize_scheme")
    inputs = keras.Input((4, 4, 3))
    layer = keras.layers.Dense(CLASSES, activation="softmax", name="probabilities")
    plain = keras.Model(inputs, layer(keras.layers.Flatten()(inputs)))
    kernel, bias = layer.get_weights()
    layer.set_weights([np.round(4 * kernel), bias + 0.1])  # a few clusters, zero among them
    arguments = (False,) if preserved == "cluster" else ()
    scheme = getattr(module, f"Default8Bit{preserved.title()}PreserveQuantizeScheme")(*arguments)
    model = quantize_apply(quantize_annotate_model(plain), scheme)
    images = np.random.default_rng(0).integers(0, 256, (50, 4, 4, 3)).astype(np.uint8)
    model(normalize(images), training=True)
    before = logits_of(model, images)
    fold_temperature(model, 1.7)
    np.testing.assert_allclose(logits_of(model, images), before / 1.7, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(softmax(before, 1.7), model.predict_on_batch(normalize(images)), atol=1e-6)


def test_a_folded_qat_model_agrees_with_its_int8_file(qat: Any) -> None:
    images = pictures(100, seed=1)
    fold_temperature(qat, 1.7)
    simulated = np.asarray(qat.predict_on_batch(normalize(images)))
    found = int8_scores(qat, images)
    # A logit may be rounded the other way: one step of it moves a probability by a quarter of the step at most, and
    # all the others may move too. The output has steps of 1/256.
    step = range_of(qat, "pre_activation") / 255
    assert np.abs(found - simulated).max() <= step / 2 + 1 / 256
    assert (found.argmax(axis=1) == simulated.argmax(axis=1)).mean() >= 0.98


def test_calibration_improves_what_it_says_and_a_second_one_has_less_to_do() -> None:
    model, images = plain_model(), pictures(400)
    rng = np.random.default_rng(0)
    honest = softmax(logits_of(model, images), 3.0)  # as if the truth were this uncertain
    validation = photographs(images, np.array([rng.choice(CLASSES, p=row) for row in honest]))
    found = calibrate(model, validation)
    assert found.temperature == pytest.approx(3.0, rel=0.3)
    assert found.after.log_loss < found.before.log_loss
    assert found.after.expected_calibration_error < found.before.expected_calibration_error
    assert found.before.data == found.after.data == "validation photographs"
    probabilities = model.predict_on_batch(normalize(images))
    assert log_loss(probabilities, validation.targets) == pytest.approx(found.after.log_loss, rel=1e-4)
    assert found.to_json()["after"]["photographs"] == 400
    assert 1.0 <= calibrate(model, validation).temperature < 1.2  # what the prior had held back


def test_another_last_layer_is_refused() -> None:
    inputs = keras.Input((4,))
    one_logit = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(inputs))
    with pytest.raises(RunFolderError, match="needs a Dense layer with a softmax"):
        fold_temperature(one_logit, 2.0)
    with pytest.raises(ValueError, match="must be above 0, received 0"):
        fold_temperature(plain_model(), 0.0)


def test_neither_by_hand() -> None:
    validation = np.array([[0.9, 0.1]] * 96 + [[0.5, 0.5]] * 4)
    test = np.array([[0.9, 0.1], [0.95, 0.05], [0.8, 0.2]])
    found = evaluate_neither(validation, test, np.array([[0.6, 0.4], [0.1, 0.9]]))
    assert found.threshold == 0.9
    assert (found.accepted_share, found.refused_share) == (pytest.approx(2 / 3), 0.5)
    assert found.auroc == pytest.approx((1.5 + 2 + 1) / 6)  # pairs with 0.6 and 0.9, ties for half
    assert (found.photographs, found.outliers) == (3, 2)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=60))
def test_roc_and_auroc_are_those_of_scikit_learn(cases: list[tuple[bool, int]]) -> None:
    labels, scores = np.array([label for label, _ in cases]), np.array([score / 6 for _, score in cases])
    if labels.all() or not labels.any():
        return
    positive, negative = scores[labels], scores[~labels]
    assert auroc(positive, negative) == pytest.approx(roc_auc_score(labels, scores))
    false_positives, true_positives, _ = sklearn_roc_curve(labels, scores, drop_intermediate=False)
    curve = roc_curve(positive, negative)
    np.testing.assert_allclose(curve.false_positive_rates, false_positives)
    np.testing.assert_allclose(curve.true_positive_rates, true_positives)
