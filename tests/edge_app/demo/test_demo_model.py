"""Promises of the demo's own model: it is small, says what it is, and is mostly right about what the demo shows."""

from __future__ import annotations

import json

import numpy as np
import pytest

from edge_app.__main__ import main
from edge_app.demo.demo_model import DEMO_MODEL, introduction
from edge_app.demo.drawn_pets import CLASSES, FRAMES_PER_PET, DrawnCamera
from edge_app.model.card import read_own_card
from edge_app.model.classifier import Classifier
from edge_app.model.starter import STARTER


def test_it_is_right_about_at_least_nine_of_ten_pets_that_the_demo_shows() -> None:
    classifier, camera = Classifier(DEMO_MODEL, threads=1), DrawnCamera(0)
    shown = [camera.frame(number) for number in range(FRAMES_PER_PET // 2, 60 * FRAMES_PER_PET, FRAMES_PER_PET)]
    right = [classifier.classify(frame_bgr).label == label for frame_bgr, label in shown]
    assert np.mean(right) >= 0.9


def test_it_is_small_and_says_of_itself_that_it_knows_drawings() -> None:
    assert DEMO_MODEL.stat().st_size <= 200_000
    card = read_own_card(DEMO_MODEL)
    assert card.labels == CLASSES
    assert card.accuracy is not None
    assert card.accuracy.photographs >= 500
    assert card.neither_threshold is not None


def test_the_demo_runs_it_and_says_where_the_starter_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--source", "demo", "--frames", "2", "--no-window", "--jsonl", "-"]) == 0
    told = capsys.readouterr()
    assert [json.loads(line)["model"] for line in told.out.splitlines()] == [DEMO_MODEL.name] * 2
    assert told.err.splitlines()[:2] == list(introduction())
    about, starter = introduction()
    assert "the demo's own, which tells drawn cats from drawn dogs, right on" in about
    assert "fieldlens app --source 0" in starter


def test_a_model_that_is_given_runs_with_the_demo_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--source", "demo", "--frames", "1", "--no-window", "--jsonl", "-", str(STARTER)]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["model"] == STARTER.name
    assert "no MODEL given" not in told.err
