"""Promises of style transfer by optimisation: the style arrives, the content stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tensorflow as tf

from edge_app.common.errors import DataError, PhotographError, UsageError
from edge_app.model.card import Size
from edge_app.photographs.decoder import Image
from tests.pictures import photograph
from train.offline.style import StylePicture, shrink
from train.offline.style_optimisation import OptimisingStylist, gram_matrix, load_features, paint_in_style


@pytest.fixture(scope="module")
def stylist(wide_weights: Path) -> OptimisingStylist:
    return OptimisingStylist(str(wide_weights), side=128, steps=40)


@pytest.fixture(scope="module")
def dog() -> Image:
    return photograph(7, Size(499, 333))


def stripes() -> StylePicture:
    """Blue and yellow strokes: nothing like a photograph."""
    image = np.full((200, 200, 3), (160, 60, 20), np.uint8)
    for offset in range(-200, 200, 14):
        cv2.line(image, (offset, 0), (offset + 200, 200), (60, 210, 240), 5, cv2.LINE_AA)
    return StylePicture("stripes.png", "5" * 64, image)


def correlation(one: Image, other: Image) -> float:
    """Of luminance, smoothed: are light and dark where they were?"""
    grey = [cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (0, 0), 3).ravel() for image in (one, other)]
    return float(np.corrcoef(*grey)[0, 1])


def test_the_style_arrives_and_the_content_stays(stylist: OptimisingStylist, dog: Image) -> None:
    steps: list[str] = []
    painting = stylist.transfer(dog, stripes(), steps.append)
    assert painting.after.style < painting.before.style / 2  # by random features; those of ImageNet reach a fifth
    assert painting.before.content == 0.0
    assert painting.after.content < 1.2
    small = shrink(dog, 128)
    assert painting.image_bgr.shape == small.shape == (85, 128, 3)
    assert painting.image_bgr.dtype == np.uint8
    assert correlation(painting.image_bgr, small) > 0.8
    assert correlation(painting.image_bgr, cv2.resize(stripes().image_bgr, (128, 85))) < 0.4
    assert (steps[0], steps[-1], len(steps)) == ("step 1/40", "step 40/40", 40)


def test_a_photograph_is_painted_in_a_line(wide_weights: Path, stylist: OptimisingStylist, dog: Image) -> None:
    painting = paint_in_style(dog, stripes().image_bgr, str(wide_weights), side=128, steps=40)
    assert np.abs(painting.astype(int) - stylist.transfer(dog, stripes()).image_bgr).mean() < 1.0


@pytest.mark.parametrize("wrong", [np.zeros((64, 64), np.uint8), np.zeros((64, 64, 3), np.float32), None, "dog.jpg"])
def test_what_is_no_picture_is_a_sentence_before_anything_is_loaded(wrong: Any, dog: Image) -> None:
    with pytest.raises(PhotographError, match=r"`photo_bgr` must be .* uint8 BGR; received"):
        paint_in_style(wrong, dog, "nowhere.h5")
    with pytest.raises(PhotographError, match="`style_bgr` must be"):
        paint_in_style(dog, wrong, "nowhere.h5")


def test_other_shapes_are_painted_without_tracing_the_step_anew(stylist: OptimisingStylist) -> None:
    for shape in ((40, 90, 3), (90, 40, 3), (32, 32, 3)):
        content = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        painted = stylist.paint(content, stripes(), lambda _: None)
        assert painted.shape == shape
        assert (painted != content).any()
    assert stylist._step.experimental_get_tracing_count() == 1


def test_black_pictures_divide_by_nothing(stylist: OptimisingStylist) -> None:
    black = np.zeros((40, 40, 3), np.uint8)
    painting = stylist.transfer(black, StylePicture("black.png", "0" * 64, black))
    assert np.isfinite([painting.after.style, painting.after.content]).all()
    assert (painting.image_bgr < 30).all()


def test_a_gram_matrix_is_the_mean_product_of_channels_wherever_they_are() -> None:
    features = np.array([[[[1.0, 2.0]], [[3.0, -1.0]]]], np.float32)  # (1, 2, 1, 2)
    np.testing.assert_allclose(gram_matrix(tf.constant(features)), [[5.0, -0.5], [-0.5, 2.5]])
    np.testing.assert_allclose(gram_matrix(tf.constant(features[:, ::-1])), [[5.0, -0.5], [-0.5, 2.5]])


def test_too_small_a_photograph_is_a_sentence(stylist: OptimisingStylist) -> None:
    with pytest.raises(PhotographError, match="60×20 pixels are too few for a style, 32 are needed"):
        stylist.transfer(np.zeros((20, 60, 3), np.uint8), stripes())


@pytest.mark.parametrize("numbers", [{"side": 31}, {"steps": 0}, {"weight": 0.0}])
def test_impossible_numbers_are_refused_before_anything_is_loaded(numbers: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="style transfer needs"):
        OptimisingStylist("nowhere.h5", **numbers)  # type: ignore[arg-type]  # a dict of several types


def test_weights_that_are_not_there_or_do_not_fit_are_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match=r"weights `nowhere\.h5` do not exist"):
        load_features("nowhere.h5", ("Conv1_relu",))
    (tmp_path / "wrong.h5").write_text("no weights")
    with pytest.raises(DataError, match=r"wrong\.h5` does not fit MobileNetV2 without its top"):
        load_features(str(tmp_path / "wrong.h5"), ("Conv1_relu",))

    def offline(*_arguments: object, **_named: object) -> Callable[[], None]:
        raise Exception("URL fetch failure")  # what Keras raises

    monkeypatch.setattr("train.offline.style_optimisation.keras.applications.MobileNetV2", offline)
    with pytest.raises(
        DataError, match=r"neither at `.*\.h5` nor to be downloaded \(URL fetch failure\); put the file"
    ):
        load_features("imagenet", ("Conv1_relu",))
