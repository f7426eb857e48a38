"""Promises of the most confident mistakes: the surest first, twelve at most, in their own colours, named in full."""

from __future__ import annotations

import cv2
import numpy as np

from train.data.photograph_set import PhotographSet
from train.data.splits import SplitFile
from train.evaluation.evaluate import evaluate_probabilities
from train.run_folder.mistakes import confident_mistakes

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
