"""Promises of ZCA: it decorrelates what it was fitted on, stays close to the picture, and can be undone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.common.errors import UsageError
from train.models import zca
from train.models.zca import EPSILON, fit_zca, patches, zca_whiten


@pytest.fixture(scope="module")
def fitted(photographs_rgb: npt.NDArray[np.uint8]) -> zca.Zca:
    return fit_zca(photographs_rgb, 8)


def test_whitened_training_photographs_have_covariance_one_where_the_variance_is_far_above_epsilon(
    photographs_rgb: npt.NDArray[np.uint8], fitted: zca.Zca
) -> None:
    vectors = patches(photographs_rgb, 8)
    assert vectors.shape == (60 * 36, 192)
    assert fitted.samples == len(vectors)
    variances, directions = np.linalg.eigh(np.cov(vectors, rowvar=False, bias=True))
    covariance = np.cov(fitted.whiten(vectors) @ directions, rowvar=False, bias=True)
    expected = variances / (variances + EPSILON)
    np.testing.assert_allclose(covariance, np.diag(expected), atol=0.01)
    far_above = variances > 100 * EPSILON
    assert far_above.sum() >= 5
    np.testing.assert_allclose(np.diag(covariance)[far_above], 1.0, atol=0.02)
    assert (variances < EPSILON).any()  # where nothing is to be seen, nothing is blown up
    assert np.diag(covariance).max() < 1.02


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_whitening_can_be_undone_for_any_picture(fitted: zca.Zca, seed: int) -> None:
    images = np.random.default_rng(seed).integers(0, 256, (3, 16, 16, 3)).astype(np.uint8)
    vectors = patches(images, 8)
    np.testing.assert_allclose(fitted.unwhiten(fitted.whiten(vectors)), vectors, atol=1e-4)


def test_no_direction_is_amplified_more_than_epsilon_allows(fitted: zca.Zca) -> None:
    gains = np.linalg.eigvalsh(fitted.whitening.astype(np.float64))
    assert gains.max() <= 1 / np.sqrt(EPSILON) + 1e-3
    np.testing.assert_allclose(fitted.whitening, fitted.whitening.T, atol=1e-4)


def test_patches_are_cut_row_by_row() -> None:
    image = np.zeros((1, 4, 4, 3), np.uint8)
    image[0, 0, 2] = (255, 0, 0)
    image[0, 3, 0] = (0, 255, 0)
    found = (patches(image, 2) + 1) / 2
    assert np.argwhere(found > 0.9).tolist() == [[1, 0], [2, 7]]  # top right, its first number; bottom left, pixel 3


def test_whole_pictures_are_whitened_patch_by_patch_in_their_places(photographs_rgb: npt.NDArray[np.uint8]) -> None:
    white = zca_whiten(photographs_rgb)
    assert (white.shape, white.dtype) == (photographs_rgb.shape, np.float32)
    vectors = patches(photographs_rgb[:1], 8)
    columns = photographs_rgb.shape[2] // 8
    second_of_second_row = fit_zca(photographs_rgb, 8).whiten(vectors)[columns + 1].reshape(8, 8, 3)
    np.testing.assert_allclose(white[0, 8:16, 8:16], second_of_second_row, atol=1e-5)


@pytest.mark.parametrize(
    ("images", "received"),
    [
        (np.zeros((2, 60, 60, 3), np.uint8), r"\(2, 60, 60, 3\) uint8"),
        (np.zeros((64, 64, 3), np.uint8), r"\(64, 64, 3\) uint8"),
        (np.zeros((1, 64, 64, 3), np.float32), "float32"),
        ([1, 2], r"\[1, 2\]"),
    ],
)
def test_what_are_no_pictures_to_whiten_is_a_sentence(images: Any, received: str) -> None:
    with pytest.raises(UsageError, match=f"sides that are multiples of 8; received .*{received}"):
        zca_whiten(images)


def test_a_sample_of_the_patches_takes_from_every_column(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.zeros((40, 8, 32, 3), np.uint8)
    images[:, :, 16:] = 255
    monkeypatch.setattr(zca, "_MOST_SAMPLES", 80)  # every second of 160 would be the first and third column only
    images[:, :, 8:16] = 255
    found = fit_zca(images, 8)
    assert found.samples <= 80
    np.testing.assert_allclose(found.mean, 0.5, atol=0.05)  # three of four columns are white
