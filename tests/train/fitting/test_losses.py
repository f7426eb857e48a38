"""Promises of the loss of outlier exposure, with numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from train.fitting.batch_streams import Batch
from train.fitting.losses import Objective, balanced_weights, outlier_exposure_loss

LOGITS = np.log(np.array([[0.9, 0.1], [0.6, 0.4], [0.8, 0.2]], np.float32))
TARGETS = np.array([[1, 0], [0, 1], [1, 0]], np.float32)
LAST = np.array([False, False, True])


def mean_loss(*arguments: object, **options: object) -> float:
    return float(tf.reduce_mean(outlier_exposure_loss(*arguments, **options)))  # type: ignore[arg-type]


def test_it_is_cross_entropy_of_the_classes_and_weighted_cross_entropy_to_uniform() -> None:
    classes = -(math.log(0.9) + math.log(0.4)) / 2
    outliers = -(math.log(0.8) + math.log(0.2)) / 2
    assert mean_loss(LOGITS, TARGETS, LAST, weight=0.5) == pytest.approx(classes + 0.5 * outliers, rel=1e-6)
    assert mean_loss(LOGITS, TARGETS, LAST, weight=0.0) == pytest.approx(classes, rel=1e-6)


def test_probabilities_and_logits_give_the_same() -> None:
    probabilities = np.exp(LOGITS)
    expected = mean_loss(LOGITS + 3.0, TARGETS, LAST)  # a constant on all logits changes nothing
    assert mean_loss(probabilities, TARGETS, LAST, from_logits=False) == pytest.approx(expected, rel=1e-5)


def test_the_share_of_outliers_in_the_batch_does_not_weigh() -> None:
    twice = (np.concatenate([array, array[-1:]]) for array in (LOGITS, TARGETS, LAST))
    assert mean_loss(*twice) == pytest.approx(mean_loss(LOGITS, TARGETS, LAST), rel=1e-6)


@settings(deadline=None, max_examples=25)
@given(st.floats(0, 0.5), st.integers(2, 5), st.integers(1, 8))
def test_without_outliers_it_is_the_cross_entropy_of_keras(smoothing: float, classes: int, count: int) -> None:
    import tf_keras as keras

    rng = np.random.default_rng(count)
    logits = rng.normal(0, 3, (count, classes)).astype(np.float32)
    targets = rng.dirichlet(np.ones(classes), count).astype(np.float32)  # mixed rows
    keras_loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    found = mean_loss(logits, targets, np.zeros(count, bool), label_smoothing=smoothing)
    assert found == pytest.approx(float(keras_loss(targets, logits)), rel=1e-4)


def test_an_outlier_pulls_towards_uniform_and_its_target_does_not_count() -> None:
    logits = tf.Variable([[2.0, -1.0, 0.0]])
    for targets in ([[1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]]):
        with tf.GradientTape() as tape:
            loss = outlier_exposure_loss(logits, targets, [True], weight=1.0)
        expected = tf.nn.softmax(logits) - 1 / 3
        np.testing.assert_allclose(tape.gradient(loss, logits), expected, atol=1e-6)


def test_a_batch_of_outliers_alone_and_a_sure_mistake_are_finite() -> None:
    assert math.isfinite(mean_loss([[1.0, 0.0]], [[0.0, 1.0]], [True], from_logits=False))
    sure = mean_loss([[1.0, 0.0]], [[0.0, 1.0]], [False], from_logits=False)
    assert sure == pytest.approx(-math.log(1e-7), rel=1e-5)


def test_balanced_weights_make_all_classes_count_the_same() -> None:
    targets = np.array([0] * 6 + [1] * 3 + [2])
    weights = balanced_weights(targets, 3)
    assert weights == pytest.approx((10 / 18, 10 / 9, 10 / 3))
    assert np.array(weights)[targets].mean() == pytest.approx(1.0)


def test_class_weights_multiply_the_loss_of_photographs_and_leave_anything_else_alone() -> None:
    batch = Batch(LOGITS, TARGETS, LAST, np.zeros_like(LOGITS))
    plain, weighted = Objective().losses(LOGITS, batch), Objective(class_weights=(0.5, 3.0)).losses(LOGITS, batch)
    assert (weighted / plain).numpy() == pytest.approx([0.5, 3.0, 1.0])
    half = Batch(LOGITS, np.array([[0.5, 0.5]] * 3, np.float32), LAST, np.zeros_like(LOGITS))
    mixed = Objective(class_weights=(0.5, 3.0)).losses(LOGITS, half) / Objective().losses(LOGITS, half)
    assert mixed.numpy() == pytest.approx([1.75, 1.75, 1.0])
