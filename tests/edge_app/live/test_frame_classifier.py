"""Promises of what happens to a frame up to its label, and from the label to what is display_frame."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.common.errors import SourceError, UsageError
from edge_app.live.frame_classifier import FrameClassifier
from edge_app.live.region import Box, Orientation, Region
from edge_app.model.card import ResizeRule
from edge_app.model.classifier import Classifier
from edge_app.sources.frames import Frame
from tests.edge_app.display.display_examples import display_example, frame_bgr
from tests.models import INT8


@pytest.fixture(scope="module")
def model() -> Path:
    return INT8


@pytest.fixture(scope="module")
def classifier(model: Path) -> Classifier:
    return Classifier(model, threads=1)


def frame(image: np.ndarray, number: int = 0, at_s: float = 0.0) -> Frame:
    return Frame(image, "test", number, at_s)


def test_the_part_of_the_upright_frame_is_what_is_classified(classifier: Classifier, model: Path) -> None:
    image = frame_bgr(0, 320, 240)
    turn = Orientation(90, mirror=True)
    classified = FrameClassifier([model], lambda _path: classifier, turn, Region.parse("0.5,0,0.5,0.5")).classify(
        frame(image)
    )
    upright = turn.apply(image)
    assert classified.box == Box(120, 0, 120, 160)
    np.testing.assert_array_equal(classified.image_bgr, upright)
    expected = classifier.classify(np.ascontiguousarray(upright[:160, 120:]))
    assert classified.prediction.top == expected.top


@pytest.mark.parametrize(
    ("resize", "region", "seen"),
    [
        ("squash", None, None),
        ("squash", "0.5,0,0.5,0.5", (0.5, 0.0, 0.5, 0.5)),
        ("center_zoom", None, (0.1, 0.1, 0.8, 0.8)),
        ("center_zoom", "0.5,0,0.5,0.5", (0.55, 0.05, 0.4, 0.4)),
        ("center_crop", None, (0.125, 0.0, 0.75, 1.0)),
    ],
)
def test_what_the_model_sees_of_the_picture_is_known(
    model: Path, resize: ResizeRule, region: str | None, seen: tuple[float, ...] | None
) -> None:
    asked = Classifier(model, threads=1)
    asked.card = replace(asked.card, resize=resize)
    part = None if region is None else Region.parse(region)
    found = FrameClassifier([model], lambda _path: asked, region=part).classify(frame(frame_bgr(0, 320, 240))).seen
    assert found == (None if seen is None else pytest.approx(seen))


def test_a_region_outside_of_the_picture_is_refused_with_its_size(classifier: Classifier, model: Path) -> None:
    frame_classifier = FrameClassifier([model], lambda _path: classifier, region=Region.parse("700,0,50,50"))
    with pytest.raises(UsageError, match="`--roi 700,0,50,50` lies outside the picture, which has 320×240 pixels"):
        frame_classifier.classify(frame(frame_bgr(0, 320, 240)))


@pytest.mark.parametrize("image", [np.zeros((0, 640, 3), np.uint8), np.zeros((0, 0, 3), np.uint8), np.zeros(4)])
def test_a_frame_that_is_no_picture_is_one_sentence(image: np.ndarray, classifier: Classifier, model: Path) -> None:
    with pytest.raises(SourceError, match="test delivered a frame that is not a picture"):
        FrameClassifier([model], lambda _path: classifier, Orientation(90)).classify(frame(image))


@pytest.mark.parametrize(("cores", "left"), [(1, 1), (2, 1), (4, 2)])
def test_opencv_gets_the_cores_that_the_model_leaves(
    cores: int, left: int, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_app.live.frame_classifier.usable_cores", lambda: cores)
    before = cv2.getNumThreads()
    try:
        FrameClassifier([model], lambda path: Classifier(path, threads=2, trusted=True))
        assert cv2.getNumThreads() == left
    finally:
        cv2.setNumThreads(before)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (40_000, 3), (3, 40_000), (5_000, 5_000)])
def test_a_frame_of_any_size_is_classified_and_drawn(
    width: int, height: int, classifier: Classifier, model: Path
) -> None:
    classified = FrameClassifier([model], lambda _path: classifier).classify(
        frame(np.full((height, width, 3), 90, np.uint8))
    )
    assert classified.prediction.label
    display_frame = display_example(classified.prediction.label, classified.prediction.top, classified.image_bgr)
    assert display_frame.drawn_bgr().shape == (height, width, 3)


def test_turning_a_region_out_of_the_picture_later_ends_nothing(classifier: Classifier, model: Path) -> None:
    frame_classifier = FrameClassifier([model], lambda _path: classifier, region=Region.parse("300,0,20,20"))
    assert frame_classifier.classify(frame(frame_bgr(0, 320, 240))).box is not None
    frame_classifier.orientation = Orientation(90)
    assert frame_classifier.classify(frame(frame_bgr(0, 320, 240))).box is None


def test_the_next_model_takes_over_and_the_first_follows_the_last(classifier: Classifier, model: Path) -> None:
    asked = []

    def load(path: Path) -> Classifier:
        asked.append(path.name)
        return classifier

    frame_classifier = FrameClassifier([Path("one.tflite"), Path("two.tflite")], load)
    for _ in range(2):
        frame_classifier.request_next_model()
        frame_classifier.classify(frame(frame_bgr()))
        frame_classifier.classify(frame(frame_bgr()))
    assert asked == ["one.tflite", "two.tflite", "one.tflite"]


def test_a_next_model_that_is_none_is_told_and_the_old_one_goes_on(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_text("text")
    frame_classifier = FrameClassifier([model, broken], lambda path: Classifier(path, threads=1))
    frame_classifier.request_next_model()
    assert frame_classifier.classify(frame(frame_bgr())).prediction.label
    told = capsys.readouterr().err
    assert "is not a TFLite model" in told
    assert f"keeping {model}" in told


def test_the_threshold_of_the_user_counts_instead_of_the_cards(model: Path) -> None:
    image = frame_bgr(0, 320, 240)
    assert Classifier(model, threads=1, threshold=1.0).classify(image).label == "neither"
    assert Classifier(model, threads=1, threshold=0.0).classify(image).label != "neither"


def test_the_stages_add_up_to_the_latency(classifier: Classifier) -> None:
    said = classifier.classify(frame_bgr(0, 320, 240))
    assert 0.0 < said.prepare_ms < said.latency_ms
    assert said.prepare_ms + said.invoke_ms <= said.latency_ms
