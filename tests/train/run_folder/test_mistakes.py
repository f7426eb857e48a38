"""Promises of the most confident mistakes: the surest first, twelve at most, in their own colours, named in full."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from edge_app.common.report_page import ReportPage
from edge_app.photographs.folders import PhotographFolder
from train.data.photograph_set import PhotographSet
from train.data.splits import SplitFile
from train.evaluation.evaluate import evaluate_probabilities
from train.run_folder.mistakes import confident_mistakes, heat_of_doubts
from train.screening.report import add_screening
from train.screening.screening import LabelIssue, screening_of

LABELS = ("Käfer", "dog")


def mistakes(scores_of_dog: list[float]) -> list[tuple[list[bytes], str]]:
    """All photographs are red and labelled Käfer."""
    count = len(scores_of_dog)
    names = [f"Käfer/{'long-' * 9}{number}.jpg" for number in range(count)]
    files = tuple(SplitFile(name, "Käfer", "test", name) for name in names)
    red = np.zeros((count, 16, 16, 3), np.uint8)
    red[..., 0] = 250
    targets = np.zeros(count, np.int64)
    of_dog = np.array(scores_of_dog, np.float32)
    evaluation = evaluate_probabilities(np.stack([1 - of_dog, of_dog], axis=1), targets, 2, "test photographs")
    return confident_mistakes(evaluation, PhotographSet(files, red, targets), LABELS)


def test_the_surest_comes_first_and_is_named_in_full() -> None:
    shown = mistakes([0.6, 0.1, 0.97])
    assert [caption for _, caption in shown] == [
        f"predicted dog, 97.0%; labelled Käfer: Käfer/{'long-' * 9}2.jpg",
        f"predicted dog, 60.0%; labelled Käfer: Käfer/{'long-' * 9}0.jpg",
    ]


def test_pictures_keep_their_colours() -> None:
    ((jpeg,), _), *_ = mistakes([0.9])
    blue, green, red = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).mean(axis=(0, 1))
    assert red > 200 > 50 > max(blue, green)


def test_there_are_twelve_at_most_and_none_without_a_mistake() -> None:
    assert len(mistakes([0.9] * 20)) == 12
    assert mistakes([0.2, 0.3]) == []


def test_a_doubted_label_is_shown_with_what_speaks_for_the_other_one(tmp_path: Path) -> None:
    """A picture of its own, not the mistakes'; a file that is gone and a network without maps show none."""
    import tf_keras as keras

    from edge_app.model.card import Size
    from edge_app.model.run_folder import TrainedRun
    from train.models.head import HEAD_LAYER

    keras.utils.set_random_seed(0)
    pictures = keras.Input((16, 16, 3))
    maps = keras.layers.Conv2D(4, 3, activation="relu", padding="same")(pictures)
    pooled = keras.layers.GlobalAveragePooling2D()(maps)
    model = keras.Model(pictures, keras.layers.Dense(2, activation="softmax", name=HEAD_LAYER)(pooled))
    assert cv2.imwrite(str(tmp_path / "a.png"), np.random.default_rng(0).integers(0, 255, (40, 40, 3)).astype(np.uint8))
    issues = [LabelIssue(SplitFile(name, "Käfer", "test", name), "dog", 0.95) for name in ("a.png", "gone.png")]
    run = TrainedRun(tmp_path, LABELS, Size(16, 16), "squash", "bilinear", "none", None, {})
    shown = heat_of_doubts(issues, tmp_path, run, model)
    assert list(shown) == ["a.png"]
    picture = cv2.imdecode(np.frombuffer(shown["a.png"], np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (16, 16, 3)
    flat = keras.Model(pictures, keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(pictures)))
    assert heat_of_doubts(issues, tmp_path, run, flat) == {}
    assert heat_of_doubts(issues[1:], tmp_path, run, model) == {}


def test_the_heat_stands_beside_the_photograph_that_is_doubted(tmp_path: Path) -> None:
    assert cv2.imwrite(str(tmp_path / "a.png"), np.zeros((20, 20, 3), np.uint8))
    page, without = ReportPage("run"), ReportPage("run")
    folder = PhotographFolder(tmp_path, "folder per class", ("dog", "Käfer"), ())
    issue = LabelIssue(SplitFile("a.png", "Käfer", "test", "a"), "dog", 0.95)
    found = replace(screening_of(folder, []), label_issues=(issue,), judge="run")
    add_screening(page, found, {"a.png": b"HEAT"})
    add_screening(without, found)
    assert page.html().count("<img") == without.html().count("<img") + 1
