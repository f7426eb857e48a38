"""Promises of random features: least norm, a peak where features are as many as photographs, nested draws."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.experiments.papers.random_features import RandomFeatures, minimum_norm, pooled_vectors

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(30, 10), (30, 30), (30, 40), (30, 90)])
def test_coefficients_are_those_of_the_pseudo_inverse(shape: tuple[int, int]) -> None:
    features, wanted = RANDOM.standard_normal(shape), RANDOM.standard_normal((shape[0], 2))
    np.testing.assert_allclose(minimum_norm(features, wanted), np.linalg.pinv(features) @ wanted, atol=1e-8)


def test_the_test_risk_of_a_noisy_line_peaks_at_the_threshold_and_falls_again() -> None:
    vectors = RANDOM.standard_normal((240, 8))
    wanted = vectors[:, :1] + 0.3 * RANDOM.standard_normal((240, 1))
    shown, unseen = slice(0, 40), slice(40, 240)
    random = RandomFeatures("relu", vectors[shown], 800, seed=0)

    def risk(capacity: int) -> float:
        coefficients = minimum_norm(random.of(vectors[shown], capacity), wanted[shown])
        return float(((random.of(vectors[unseen], capacity) @ coefficients - wanted[unseen]) ** 2).mean())

    assert risk(40) > 5 * risk(8)
    assert risk(40) > 5 * risk(800)


@pytest.mark.parametrize("kind", ["fourier", "relu"])
def test_a_smaller_draw_is_the_beginning_of_a_larger_one(kind: str) -> None:
    vectors = RANDOM.standard_normal((20, 8))
    small = RandomFeatures(kind, vectors, 5, seed=3).of(vectors, 5)  # type: ignore[arg-type]
    large = RandomFeatures(kind, vectors, 50, seed=3).of(vectors, 50)  # type: ignore[arg-type]
    np.testing.assert_allclose(small, large[:, :5])


def test_photographs_are_averaged_block_by_block() -> None:
    image = np.zeros((1, 64, 64, 3), np.uint8)
    image[0, :4, :4, 1] = 255
    vector = pooled_vectors(image)
    assert vector.shape == (1, 768)
    assert vector[0, 1] == 1.0
    assert vector.sum() == 1.0
