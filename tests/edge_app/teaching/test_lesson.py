"""Promises of a sitting: what is held up is kept while it is held, taken back whole, and learned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_app import Classifier
from edge_app.model.card import read_own_card
from edge_app.model.occlusion import explain
from edge_app.photographs.decoder import Image
from edge_app.teaching import lesson as module
from edge_app.teaching.album import Album
from edge_app.teaching.learning import TaughtHead
from edge_app.teaching.lesson import FEWEST_NEW, HOLD_S, Lesson, LessonSettings
from edge_app.teaching.taught_classifier import TaughtClassifier
from tests.edge_app.teaching.shown import LABELS, backbone, frame


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now_s = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now_s[0])
    return now_s


@pytest.fixture
def heads() -> list[TaughtHead]:
    return []


@pytest.fixture
def lesson(tmp_path: Path, heads: list[TaughtHead], clock: list[float]) -> Iterator[Lesson]:
    with Album(tmp_path / "desk", 10**9) as album:
        made = Lesson(
            LessonSettings(LABELS, tmp_path / "models" / "desk.tflite", goal=4), album, backbone(), heads.append
        )
        yield made
        made.wait()


def see(lesson: Lesson, image: Image) -> None:
    lesson.see(image, backbone().features(image))


def show(lesson: Lesson, place: int, numbers: range) -> None:
    """Hold a label up while the frames of its own go by."""
    lesson.press(place)
    for number in numbers:
        see(lesson, frame(3 * number + place))
    lesson.release()


def test_frames_are_kept_only_while_a_label_is_held(lesson: Lesson, clock: list[float]) -> None:
    see(lesson, frame(0))
    assert lesson.counts() == [0, 0, 0]
    lesson.press(0)
    see(lesson, frame(3))
    clock[0] += HOLD_S - 0.01
    lesson.press(0)  # as a key repeats itself
    clock[0] += HOLD_S - 0.01
    see(lesson, frame(6))
    clock[0] += 0.02  # no key-up has come
    see(lesson, frame(9))
    assert lesson.held is None
    assert lesson.counts() == [2, 0, 0]


def test_a_second_label_ends_the_first(lesson: Lesson) -> None:
    lesson.press(0)
    lesson.press(1)
    see(lesson, frame(1))
    assert lesson.counts() == [0, 1, 0]
    lesson.press(7)  # there is none
    assert lesson.held == 1


def test_what_looks_the_same_is_not_kept_again_and_that_is_said(lesson: Lesson) -> None:
    lesson.press(0)
    for _ in range(30):
        see(lesson, frame(0))
    assert lesson.counts() == [1, 0, 0]
    assert lesson.state()["told"].startswith("nothing new: move it")


def test_undo_takes_back_burst_after_burst(lesson: Lesson) -> None:
    show(lesson, 0, range(3))
    show(lesson, 2, range(3))
    show(lesson, 0, range(3, 5))
    assert lesson.counts() == [5, 0, 3]
    lesson.undo()
    assert lesson.counts() == [3, 0, 3]
    assert lesson.state()["told"] == "took back 2 of pet"
    lesson.undo()
    assert lesson.counts() == [3, 0, 0]
    show(lesson, 0, range(3, 5))  # they count as new again
    assert lesson.counts() == [5, 0, 0]
    lesson.undo()
    lesson.undo()
    lesson.undo()
    assert lesson.counts() == [0, 0, 0]
    assert lesson.state()["told"].startswith("nothing to take back")


def test_what_was_taken_back_is_not_in_the_folder(tmp_path: Path) -> None:
    with Album(tmp_path / "desk", 10**9) as album:
        lesson = Lesson(LessonSettings(LABELS, tmp_path / "m.tflite"), album, backbone(), lambda _head: None)
        show(lesson, 0, range(3))
        show(lesson, 1, range(5))
        lesson.undo()
    assert sorted(path.parent.name for path in (tmp_path / "desk").rglob("*.jpg")) == ["pet"] * 3


def test_the_goal_counts_down_and_then_asks_for_another_sitting(lesson: Lesson) -> None:
    assert lesson.goal() == "4 more of pet, then 2 other labels"
    show(lesson, 0, range(4))
    show(lesson, 1, range(3))
    show(lesson, 2, range(4))
    assert lesson.goal() == "1 more of stripes"
    show(lesson, 1, range(3, 4))
    assert lesson.goal().startswith("enough of each; sit down again")
    lesson.remember(0, frame(300), "another sitting")
    assert lesson.goal() == "enough of each"


def test_training_needs_every_label_and_writes_a_file_that_says_the_same(
    lesson: Lesson, heads: list[TaughtHead], tmp_path: Path
) -> None:
    show(lesson, 0, range(8))
    lesson.train()
    assert lesson.state()["told"] == "nothing to learn yet: show stripes, wall"
    for start in (0, 8):
        for place in range(3):
            show(lesson, place, range(start, start + 8))
    lesson.train()
    lesson.wait()
    (taught,) = heads
    assert taught.judged_by == "bursts of a sitting"
    file = tmp_path / "models" / "desk.tflite"
    assert read_own_card(file).labels == LABELS
    live, written = TaughtClassifier(backbone(), LABELS, taught, file), Classifier(file, 1)
    for number in range(90, 99):
        said = live.classify(frame(number), "camera", number)
        assert (said.source, said.frame, said.raw is not None) == ("camera", number, True)
        assert said.top[0][0] == written.classify(frame(number)).top[0][0] == LABELS[number % 3]
        assert said.top[0][1] == pytest.approx(written.scores(frame(number)).max(), abs=0.06)


@pytest.fixture
def by_itself(lesson: Lesson) -> Lesson:
    """A sitting of `--train` that has learned from four frames of each label."""
    for place in range(3):
        show(lesson, place, range(4))
    lesson.settings = replace(lesson.settings, by_itself=True)
    see(lesson, frame(300))
    lesson.wait()
    return lesson


def test_by_itself_it_learns_when_nothing_is_held_and_only_what_is_new(
    by_itself: Lesson, heads: list[TaughtHead]
) -> None:
    assert len(heads) == 1
    see(by_itself, frame(300))
    by_itself.finish()
    assert len(heads) == 1
    show(by_itself, 1, range(4, 5))
    by_itself.finish()
    assert len(heads) == 2


def test_by_itself_it_learns_while_a_label_is_held_too(by_itself: Lesson, heads: list[TaughtHead]) -> None:
    by_itself.press(2)
    for number in range(4, 4 + FEWEST_NEW - 1):
        see(by_itself, frame(3 * number + 2))
        by_itself.wait()
    assert len(heads) == 1
    see(by_itself, frame(3 * 50 + 2))
    by_itself.wait()
    assert by_itself.held == 2
    assert [len(head.logits) for head in heads] == [12, 12 + FEWEST_NEW]
    for _ in range(50):
        see(by_itself, frame(3 * 50 + 2))  # nothing new
    by_itself.wait()
    assert len(heads) == 2


def test_what_is_taught_can_be_explained_like_any_other_model(lesson: Lesson, heads: list[TaughtHead]) -> None:
    for place in range(3):
        show(lesson, place, range(4))
    lesson.train()
    lesson.wait()
    live = TaughtClassifier(backbone(), LABELS, heads[0], Path("models/desk.tflite"))
    explained = explain(live.another(threads=1), frame(0))
    assert explained.label == "pet"
    np.testing.assert_array_equal(live.another(threads=1).scores(frame(0)), live.scores(frame(0)))


def test_before_anything_was_learned_every_frame_is_neither() -> None:
    untaught = TaughtClassifier(backbone(), LABELS, None, Path("models/desk.tflite"))
    said = untaught.classify(frame(0))
    assert (said.label, said.score) == ("neither", 0.0)
    assert sorted(label for label, _ in said.top) == sorted(LABELS)


@pytest.mark.parametrize(
    "what", ["", "hold", "hold/", "hold/99", "hold/x", "release", "undo", "train", "__init__", "état"]
)
def test_a_page_may_ask_for_anything(lesson: Lesson, what: str) -> None:
    lesson.act(what)
    assert lesson.held is None
    json.dumps(lesson.state())


def test_frames_that_the_disk_refused_are_not_learned_from(tmp_path: Path) -> None:
    with Album(tmp_path / "desk", 30_000) as album:
        lesson = Lesson(
            LessonSettings(LABELS, tmp_path / "m.tflite", always="pet"), album, backbone(), lambda _head: None
        )
        for number in range(12):
            see(lesson, frame(3 * number))
    see(lesson, frame(0))
    written = list((tmp_path / "desk").rglob("*.jpg"))
    assert 0 < len(written) < 12
    assert lesson.counts() == [len(written), 0, 0]
    assert "budget" in lesson.state()["told"]
    assert lesson.goal().startswith("nothing more is kept: the budget")
    assert np.array_equal(lesson.examples().targets, np.zeros(len(written)))
