"""Promises of mixup: labels follow pictures, a function of the seed, Beta-distributed shares."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from train.augment.mixup import beta, mixup_batch

COUNT = 12
SEED = tf.constant([2, 5])


def batch() -> tuple[tf.Tensor, tf.Tensor]:
    """Picture i is black with a white row i; its target is i."""
    images = np.zeros((COUNT, COUNT, 4, 3), np.float32)
    images[np.arange(COUNT), np.arange(COUNT)] = 1.0
    return tf.constant(images), tf.one_hot(np.arange(COUNT), COUNT)


def test_labels_are_mixed_in_the_proportion_of_the_pictures() -> None:
    images, targets = mixup_batch(*batch(), 0.8, SEED)
    # Row k of picture i is as white as the share of photograph k in it, and so is target k.
    np.testing.assert_allclose(images.numpy()[:, :, 0, 0], targets.numpy(), atol=1e-6)
    np.testing.assert_allclose(targets.numpy().sum(axis=1), 1.0, atol=1e-6)
    assert (targets.numpy() > 0).sum() == 2 * COUNT  # always two different ones
    assert len(set(np.round(np.diag(targets.numpy()), 4))) == COUNT  # each in a proportion of its own


def test_it_is_a_function_of_the_seed() -> None:
    one, two = (mixup_batch(*batch(), 0.4, SEED)[1].numpy() for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert (mixup_batch(*batch(), 0.4, tf.constant([2, 6]))[1].numpy() != one).any()


def test_alpha_0_and_a_photograph_alone_stay_as_they_are() -> None:
    images, targets = batch()
    for changed in (mixup_batch(images, targets, 0.0, SEED), mixup_batch(images[:1], targets[:1], 0.4, SEED)):
        np.testing.assert_allclose(changed[0], images[: len(changed[0])], atol=1e-6)
        np.testing.assert_allclose(changed[1], targets[: len(changed[1])], atol=1e-6)


@pytest.mark.parametrize("alpha", [0.01, 0.2, 1.0, 4.0])
def test_shares_have_the_mean_and_variance_of_the_beta_distribution(alpha: float) -> None:
    """Beta(α, α): mean 1/2, variance 1 / (4 (2α + 1))."""
    draws = beta(20_000, alpha, tf.constant([0, 1], tf.int64)).numpy()
    assert np.isfinite(draws).all()
    assert draws.mean() == pytest.approx(0.5, abs=0.015)
    assert draws.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.03)
