"""Promises of the perceptual hash: the same picture is found, others are not."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from edge_app.photographs.decoder import Image
from edge_app.photographs.perceptual_hash import BITS, hashes, matches
from edge_app.photographs.thumbnails import SIDE, thumbnail
from tests.pictures import photograph

PHOTOGRAPHS = 60


@pytest.fixture(scope="module")
def photographs() -> list[Image]:
    return [photograph(number) for number in range(PHOTOGRAPHS)]


def jpeg(image: Image, quality: int) -> Image:
    encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)


def squashed(image: Image) -> Image:
    return np.asarray(cv2.resize(image, (96, 96)), np.uint8)


def mirrored(image: Image) -> Image:
    return np.ascontiguousarray(image[:, ::-1])


def cropped(image: Image) -> Image:
    height, width = image.shape[:2]
    return np.ascontiguousarray(image[height // 100 : -(height // 100) or None, width // 100 : -(width // 100) or None])


@pytest.mark.parametrize(
    ("change", "in_a_mirror"),
    [
        (lambda image: jpeg(image, 30), False),
        (squashed, False),
        (cropped, False),
        (mirrored, True),
        (lambda image: jpeg(squashed(mirrored(image)), 50), True),
    ],
)
def test_every_copy_is_found_and_nothing_else(
    change: Callable[[Image], Image], in_a_mirror: bool, photographs: list[Image]
) -> None:
    small = [thumbnail(image) for image in photographs]
    found = matches(np.stack([*small, *(thumbnail(change(image)) for image in photographs)]))
    assert [(match.first, match.second) for match in found] == [
        (place, place + PHOTOGRAPHS) for place in range(PHOTOGRAPHS)
    ]
    assert {match.mirrored for match in found} == {in_a_mirror}


def test_small_and_full_size_files_of_one_picture_are_pairs_among_others(photographs: list[Image]) -> None:
    """As in Kaggle's folder, whose copies are squashed to 200×200 and packed as JPEG again."""
    small = [jpeg(np.asarray(cv2.resize(image, (200, 200)), np.uint8), 80) for image in photographs[::2]]
    found = matches(np.stack([thumbnail(image) for image in (*photographs, *small)]))
    assert {(match.first, match.second - PHOTOGRAPHS) for match in found} == {
        (2 * place, place) for place in range(PHOTOGRAPHS // 2)
    }


def test_the_dot_product_counts_bits_and_half_of_them_are_set(photographs: list[Image]) -> None:
    found = hashes(np.stack([thumbnail(image) for image in photographs]))
    assert found.shape == (PHOTOGRAPHS, BITS)
    assert set(np.unique(found)) == {-1.0, 1.0}
    assert (found.sum(axis=1) == 0).all()
    assert (np.einsum("nb,nb->n", found, found) == BITS).all()


def test_the_hash_is_that_of_the_definition(photographs: list[Image]) -> None:
    """Judged by OpenCV's own DCT."""
    small = thumbnail(photographs[0])
    coefficients = cv2.dct(small.astype(np.float64))[1:9, 1:9].ravel()
    expected = np.where(coefficients > np.median(coefficients), 1, -1)
    assert (hashes(small[np.newaxis])[0] == expected).all()


def test_the_mirrored_hash_is_the_hash_of_the_mirror_image(photographs: list[Image]) -> None:
    small = np.stack([thumbnail(image) for image in photographs])
    assert (hashes(small[:, :, ::-1]) == hashes(small, mirrored=True)).all()
    assert (hashes(small) != hashes(small, mirrored=True)).any(axis=1).all()


def test_a_film_of_one_scene_is_cut_off_and_a_flat_picture_matches_nothing(photographs: list[Image]) -> None:
    film = np.repeat(thumbnail(photographs[0])[np.newaxis], 40, axis=0)
    assert len(matches(film, most=100)) == 100
    assert len(matches(film)) == 40 * 39 // 2
    assert matches(np.zeros((3, SIDE, SIDE), np.uint8)) == []
    assert matches(np.empty((0, SIDE, SIDE), np.uint8)) == []
