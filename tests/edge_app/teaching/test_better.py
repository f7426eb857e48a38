"""Promises of the comparison of two taught models: only frames of sittings that a head had not seen count."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_app.teaching.better import Better, compared
from edge_app.teaching.learning import Examples, TaughtHead, learn

LABELS = ("cup", "phone")


def sittings(first: int, count: int) -> Examples:
    """Sittings of two labels whose means lie two deviations apart, in 60 dimensions: few frames learn little."""
    random = np.random.default_rng(first)
    targets = np.arange(20 * count) % 2
    features = random.normal(0.0, 1.0, (20 * count, 60)) + np.outer(2.0 * targets - 1.0, np.full(60, 1.0 / np.sqrt(60)))
    names = [f"sitting {first + number // 20}" for number in range(20 * count)]
    return Examples(features.astype(np.float32), targets, names, names)


def both(old: Examples, new: Examples) -> Examples:
    features, targets = np.vstack([old.features, new.features]), np.concatenate([old.targets, new.targets])
    names = [*old.sessions, *new.sessions]
    return Examples(features, targets, names, names)


def test_more_of_what_matters_is_better_and_wrong_labels_are_worse() -> None:
    old, more = sittings(0, 8), sittings(8, 60)
    wrong = replace(more, targets=1 - more.targets)
    good, bad = (compared(old, learn(both(old, one), LABELS, "desk"), LABELS, "desk") for one in (more, wrong))
    assert good is not None
    assert bad is not None
    assert Better(good, Path("a"), Path("b")).verdict == "better"
    assert Better(bad, Path("a"), Path("b")).verdict == "worse"
    assert bad.photographs == 160


def test_the_same_frames_again_are_no_difference() -> None:
    old = sittings(0, 8)
    found = compared(old, learn(old, LABELS, "desk"), LABELS, "desk")
    assert found is not None
    assert (found.difference, found.groups_different) == (0.0, 0)
    assert Better(found, Path("a"), Path("b")).verdict == "cannot tell"


@pytest.mark.parametrize("which", ["before", "now"])
def test_frames_of_one_sitting_never_tell(which: str) -> None:
    """Judged by bursts, which flatters: nothing of this may be said of two models."""
    many, one = sittings(0, 4), replace(sittings(0, 4), sessions=["one"] * 80)
    now: TaughtHead = learn(one if which == "now" else many, LABELS, "desk")
    assert compared(one if which == "before" else many, now, LABELS, "desk") is None
    told = str(Better(None, Path("a"), Path("b")))
    assert told.startswith("better than the model before? cannot tell from these frames")


def test_the_command_names_both_files() -> None:
    command = Better(None, Path("models/desk-before.tflite"), Path("models/desk.tflite")).command
    assert command.startswith("fieldlens bench compare models/desk-before.tflite models/desk.tflite --photos DIR")
