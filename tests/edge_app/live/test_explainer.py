"""Promises of explaining live: the loop never waits, the frame is the one that was asked about, the end is at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_app.live.explainer import Explainer
from edge_app.live.frame_classifier import ClassifiedFrame
from edge_app.live.region import Box
from edge_app.model.classifier import Classifier
from edge_app.model.occlusion import Explained, explain
from edge_app.sources.frames import Frame
from tests.models import COLOURS, FOLDER


class Held(Classifier):
    """Its like is ready when the test lets it be."""

    def __init__(self) -> None:
        super().__init__(FOLDER / "strangers" / "symmetric.tflite", 1, COLOURS, trusted=True)
        self.let_go, self.others = threading.Event(), list[Classifier]()

    def another(self, threads: int) -> Classifier:
        assert self.let_go.wait(30)
        self.others.append(super().another(threads))
        return self.others[-1]


@pytest.fixture
def classifier() -> Iterator[Held]:
    held = Held()
    yield held
    held.let_go.set()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def explainer(told: list[str]) -> Iterator[Explainer]:
    made = Explainer(told.append)
    yield made
    made.close()


def frame(classifier: Classifier, bgr: tuple[int, int, int], box: Box | None = None) -> ClassifiedFrame:
    """A square of a colour on grey."""
    image = np.full((480, 640, 3), 100, np.uint8)
    image[200:400, 100:300] = bgr
    part = image if box is None else box.cut(image)
    return ClassifiedFrame(Frame(image, "test", 0, 0.0), image, box, classifier.classify(part), classifier)


def eventually(ready: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 30
    while not (value := ready()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
    return value


def test_the_loop_goes_on_and_the_frame_that_was_asked_about_is_explained(
    classifier: Held, explainer: Explainer, told: list[str]
) -> None:
    asked, later = frame(classifier, (255, 0, 0)), frame(classifier, (0, 0, 255))
    assert explainer.follow(False, later) is None
    assert explainer.follow(True, asked) is None
    for _ in range(20):  # the other interpreter is not there yet
        assert explainer.follow(True, later) is None
    asked.image_bgr[:] = 0  # a camera may fill its memory again
    classifier.let_go.set()
    found: Explained = eventually(lambda: explainer.follow(True, later))
    assert explainer.follow(True, later) is found
    assert found.explanation.label == "blue"
    assert found.image_bgr.shape == (240, 320, 3)
    assert classifier.others[0].threads == 1
    expected = explain(classifier, frame(classifier, (255, 0, 0)).image_bgr)
    np.testing.assert_array_equal(found.explanation.drops, expected.drops)
    assert not told


def test_asked_again_it_looks_anew(classifier: Held, explainer: Explainer) -> None:
    classifier.let_go.set()
    labels = []
    for bgr in ((255, 0, 0), (0, 0, 255)):
        one = frame(classifier, bgr)
        found: Explained = eventually(lambda one=one: explainer.follow(True, one))
        labels.append(found.explanation.label)
        assert explainer.follow(False, one) is None
    assert labels == ["blue", "red"]


def test_only_what_was_classified_is_explained(classifier: Held, explainer: Explainer) -> None:
    classifier.let_go.set()
    box = Box(80, 180, 240, 240)
    found: Explained = eventually(lambda: explainer.follow(True, frame(classifier, (0, 255, 0), box)))
    assert found.image_bgr.shape == (240, 240, 3)
    assert found.explanation.label == "green"


def test_closed_early_nothing_runs_on(classifier: Held, explainer: Explainer) -> None:
    explainer.follow(True, frame(classifier, (255, 0, 0)))
    job = next(thread for thread in threading.enumerate() if thread.name == "explainer")
    explainer.follow(False, frame(classifier, (255, 0, 0)))
    classifier.let_go.set()
    job.join(30)
    assert not job.is_alive()
    assert not classifier.others or classifier.others[0].working_since_s is None


def test_a_file_that_is_gone_is_told_and_nothing_breaks(tmp_path: Path, explainer: Explainer, told: list[str]) -> None:
    path = tmp_path / "gone.tflite"
    path.write_bytes((FOLDER / "strangers" / "symmetric.tflite").read_bytes())
    classified = frame(Classifier(path, 1, COLOURS, trusted=True), (255, 0, 0))
    path.unlink()
    assert explainer.follow(True, classified) is None
    eventually(lambda: told)
    assert told[0].startswith(f"not explained: `{path}`")
    assert explainer.follow(True, classified) is None
