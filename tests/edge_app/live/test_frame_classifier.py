"""Promises of what happens to a frame up to its label, and from the label to what is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_app.common.errors import SourceError, UsageError
from edge_app.display.controls import Controls
from edge_app.display.region import Box, Region, Turn
from edge_app.live.display_frame import DisplayFrame
from edge_app.live.frame_classifier import ClassifiedFrame, FrameClassifier
from edge_app.model.classifier import Classifier
from edge_app.presenter import Presentation, Presenter
from edge_app.sources.frames import Frame
from tests.edge_app.live.display_examples import frame_bgr, shown_example


@pytest.fixture(scope="module")
def model(data_folder: Path) -> Path:
    return data_folder / "models/tf2_mobilenet_v2_1.0_224_ptq.tflite"


@pytest.fixture(scope="module")
def classifier(model: Path) -> Classifier:
    return Classifier(model, threads=1)


def frame(image: np.ndarray, number: int = 0, at_s: float = 0.0) -> Frame:
    return Frame(image, "test", number, at_s)


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.shown: list[DisplayFrame] = []

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def take(self, shown: DisplayFrame) -> bool:
        self.shown.append(shown)
        return True


def test_the_part_of_the_upright_frame_is_what_is_classified(classifier: Classifier, model: Path) -> None:
    image = frame_bgr(0, 320, 240)
    turn = Turn(90, mirror=True)
    seen = FrameClassifier([model], lambda _path: classifier, turn, Region.parse("0.5,0,0.5,0.5")).look(frame(image))
    upright = turn.apply(image)
    assert seen.box == Box(120, 0, 120, 160)
    np.testing.assert_array_equal(seen.image_bgr, upright)
    expected = classifier.classify(np.ascontiguousarray(upright[:160, 120:]))
    assert seen.prediction.top == expected.top


def test_a_region_outside_of_the_picture_is_refused_with_its_size(classifier: Classifier, model: Path) -> None:
    watch = FrameClassifier([model], lambda _path: classifier, region=Region.parse("700,0,50,50"))
    with pytest.raises(UsageError, match="`--roi 700,0,50,50` lies outside of the picture, which is 320×240 pixels"):
        watch.look(frame(frame_bgr(0, 320, 240)))


@pytest.mark.parametrize("image", [np.zeros((0, 640, 3), np.uint8), np.zeros((0, 0, 3), np.uint8), np.zeros(4)])
def test_a_frame_that_is_no_picture_is_one_sentence(image: np.ndarray, classifier: Classifier, model: Path) -> None:
    with pytest.raises(SourceError, match="test gave a frame that is no picture"):
        FrameClassifier([model], lambda _path: classifier, Turn(90)).look(frame(image))


@pytest.mark.parametrize(("width", "height"), [(1, 1), (40_000, 3), (3, 40_000), (5_000, 5_000)])
def test_a_frame_of_any_size_is_classified_and_drawn(
    width: int, height: int, classifier: Classifier, model: Path
) -> None:
    seen = FrameClassifier([model], lambda _path: classifier).look(frame(np.full((height, width, 3), 90, np.uint8)))
    assert seen.prediction.label
    shown = shown_example(seen.prediction.label, seen.prediction.top, seen.image_bgr)
    assert shown.drawn_bgr().shape == (height, width, 3)


def test_turning_a_region_out_of_the_picture_later_ends_nothing(classifier: Classifier, model: Path) -> None:
    watch = FrameClassifier([model], lambda _path: classifier, region=Region.parse("300,0,20,20"))
    assert watch.look(frame(frame_bgr(0, 320, 240))).box is not None
    watch.turn = Turn(90)
    assert watch.look(frame(frame_bgr(0, 320, 240))).box is None


def test_the_next_model_takes_over_and_the_first_follows_the_last(classifier: Classifier, model: Path) -> None:
    asked = []

    def load(path: Path) -> Classifier:
        asked.append(path.name)
        return classifier

    watch = FrameClassifier([Path("one.tflite"), Path("two.tflite")], load)
    for _ in range(2):
        watch.want_next_model()
        watch.look(frame(frame_bgr()))
        watch.look(frame(frame_bgr()))
    assert asked == ["one.tflite", "two.tflite", "one.tflite"]


def test_a_next_model_that_is_none_is_told_and_the_old_one_goes_on(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_text("text")
    watch = FrameClassifier([model, broken], lambda path: Classifier(path, threads=1))
    watch.want_next_model()
    assert watch.look(frame(frame_bgr())).prediction.label
    told = capsys.readouterr().err
    assert "is no TFLite model" in told
    assert f"going on with {model}" in told


def test_the_threshold_of_the_user_counts_instead_of_the_cards(model: Path) -> None:
    image = frame_bgr(0, 320, 240)
    assert Classifier(model, threads=1, threshold=1.0).classify(image).label == "neither"
    assert Classifier(model, threads=1, threshold=0.0).classify(image).label != "neither"


def test_the_stages_add_up_to_the_latency(classifier: Classifier) -> None:
    said = classifier.classify(frame_bgr(0, 320, 240))
    assert 0.0 < said.prepare_ms < said.latency_ms
    assert said.prepare_ms + said.invoke_ms <= said.latency_ms


def jumping(classifier: Classifier, count: int, fps: float) -> list[ClassifiedFrame]:
    """Frames whose raw scores change sides every time."""
    image = frame_bgr()
    said = classifier.classify(image)
    assert said.raw is not None
    seen = []
    for number in range(count):
        raw = np.zeros_like(said.raw)
        raw[number % 2], raw[1 - number % 2] = 140, 110
        labels = classifier.card.labels
        best = ((labels[number % 2], 140 / 256), (labels[1 - number % 2], 110 / 256))
        prediction = replace(said, label=best[0][0], score=best[0][1], top=best, raw=raw)
        seen.append(ClassifiedFrame(frame(image, number, number / fps), image, None, prediction, classifier))
    return seen


@pytest.mark.parametrize(("smoothing_s", "labels"), [(0.3, 1), (0.0, 2)])
def test_smoothing_holds_the_label_and_leaves_the_raw_scores(
    smoothing_s: float, labels: int, classifier: Classifier
) -> None:
    kept = Kept()
    how = Presentation(smoothing_s=smoothing_s, top=2)
    presenter = Presenter([kept], Controls(), how, lambda seen: seen.frame.captured_at_s)
    for seen in jumping(classifier, 40, 30.0):
        assert presenter.take(seen)
    assert len({shown.label for shown in kept.shown}) == labels
    assert len({shown.seen.prediction.label for shown in kept.shown}) == 2


def test_keys_reach_the_picture_and_the_disk(classifier: Classifier, tmp_path: Path) -> None:
    kept, controls = Kept(), Controls()
    presenter = Presenter([kept], controls, Presentation(folder=tmp_path), lambda seen: 0.0)
    first, second, third = jumping(classifier, 3, 30.0)
    for key in "htsv":
        controls.press(ord(key))
    assert presenter.take(first)
    assert presenter.take(second)
    assert kept.shown[0].caption.marks.help
    assert kept.shown[0].caption.marks.times
    assert kept.shown[1].caption.marks.recorded_s is not None
    controls.press(ord("q"))
    assert not presenter.take(third)
    presenter.close()
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".mp4", ".png"]
    assert kept.shown[1].caption.figures.draw_ms > 0.0


def test_figures_change_twice_a_second_and_not_with_every_frame(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, frames = Kept(), jumping(classifier, 61, 30.0)
    now_s = [100.0]
    monkeypatch.setattr("edge_app.presenter.time.perf_counter", lambda: now_s[0])
    presenter = Presenter([kept], Controls(), Presentation(), lambda seen: 0.0)
    for number, seen in enumerate(frames):
        presenter.take(replace(seen, prediction=replace(seen.prediction, latency_ms=float(number))))
        now_s[0] += 1 / 30
    figures = [shown.caption.figures for shown in kept.shown]
    assert 4 <= len(set(figures)) <= 5
    assert figures[-1].fps == pytest.approx(30.0, rel=0.01)
    assert 40 < figures[-1].latency_ms < 60  # the mean of the last half second, not the last frame's
