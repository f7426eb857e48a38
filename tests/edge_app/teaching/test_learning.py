"""Promises of learning: judged on sittings that a head has not seen, and nothing is said that was not measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge_app.metrics.accuracy import is_cross_validation
from edge_app.teaching.learning import Examples, learn
from tests.edge_app.teaching.shown import LABELS, examples


def test_what_holds_in_one_sitting_only_is_no_accuracy() -> None:
    """Each class looks another way in every sitting: whoever had seen the sitting would be right every time."""
    sittings, classes, each = 4, 2, 10
    targets = np.tile(np.repeat(np.arange(classes), each), sittings)
    session = np.repeat(np.arange(sittings), classes * each)
    features = np.eye(sittings * classes, dtype=np.float32)[session * classes + targets]
    features = np.hstack([features, np.random.default_rng(0).normal(0, 0.1, (len(targets), 5)).astype(np.float32)])
    names = [f"s{one}" for one in session]
    found = learn(Examples(features, targets, names, names), ("a", "b"), "desk")
    assert found.accuracy is not None
    assert found.accuracy.top1 < 0.75
    assert found.logits.argmax(axis=1).tolist() == targets.tolist()  # the head itself has learned them all


def test_two_sittings_are_left_out_one_after_the_other() -> None:
    found = learn(examples(), LABELS, "desk")
    assert found.accuracy is not None
    assert found.accuracy.data == "2-fold cross-validation on 30 photographs of desk, left out by sittings"
    assert is_cross_validation(found.accuracy.data)
    assert found.accuracy.top1 > 0.9
    assert found.accuracy.high - found.accuracy.low > 0.3  # 2 sittings of 3 classes are not 30 photographs


def test_one_sitting_is_judged_by_its_bursts_and_says_so() -> None:
    found = learn(examples(sessions=1), LABELS, "desk")
    assert found.accuracy is not None
    assert found.accuracy.data.endswith("left out by bursts of a sitting")


def test_one_burst_of_a_class_learns_and_measures_nothing() -> None:
    shown = examples(sessions=1)
    found = learn(replace(shown, bursts=[str(one) for one in shown.targets]), LABELS, "desk")
    assert (found.accuracy, found.threshold, found.judged_by) == (None, None, "")
    assert (found.logits.argmax(axis=1) == shown.targets).mean() > 0.9


def test_a_threshold_lets_nearly_all_through_and_needs_frames() -> None:
    assert learn(examples(count=18), LABELS, "desk").threshold is None
    threshold = learn(examples(), LABELS, "desk").threshold
    assert threshold is not None
    assert 1 / 3 <= threshold < 1.0
    assert threshold * 256 == int(threshold * 256)  # a score that an 8-bit file can give


def test_a_class_that_was_not_shown_is_a_fault_of_the_caller() -> None:
    shown = examples()
    with pytest.raises(ValueError, match="each of 4 classes needs a photograph"):
        learn(replace(shown, bursts=["one"] * 30, sessions=["one"] * 30), (*LABELS, "phone"), "desk")
