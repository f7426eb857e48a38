"""Promises of the plots of confidence: drawn for two classes, for many, for classes without photographs."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot as plt

from edge_app.metrics.accuracy import MeasuredAccuracy
from train.evaluation.confidence import softmax
from train.evaluation.evaluate import SplitEvaluation
from train.fitting.loop import Epoch
from train.run_folder import plots
from train.run_folder.plots import plot_confusion, plot_history, plot_reliability, plot_roc


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the plots would throw away."""
    kept: list[Any] = []
    monkeypatch.setattr(plots.plt, "close", kept.append)
    return kept


def drawn(classes: int, count: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(classes)
    probabilities = softmax(rng.normal(0, 2, (count, classes))).astype(np.float32)
    return probabilities, np.array([rng.choice(classes, p=row / row.sum()) for row in probabilities.astype(np.float64)])


def curves(figure: Any) -> list[str]:
    labels = [line.get_label() for line in figure.axes[0].get_lines()]
    plt.close("all")
    return labels


def test_two_classes_are_one_curve(figures: list[Any], tmp_path: Path) -> None:
    plot_roc(*drawn(2), ("cat", "dog"), tmp_path / "roc.png")
    (dog, chance) = curves(figures[0])
    assert dog.startswith("dog: AUROC 0.")
    assert chance == "chance: AUROC 0.5"
    assert (tmp_path / "roc.png").read_bytes().startswith(b"\x89PNG")


def test_more_classes_are_a_curve_each_the_worst_first_and_eight_at_most(figures: list[Any], tmp_path: Path) -> None:
    plot_roc(*drawn(3), ("a", "b", "c"), tmp_path / "roc.png")
    plot_roc(*drawn(12), tuple("abcdefghijkl"), tmp_path / "many.png")
    assert "8 worst of 12" in figures[1].axes[0].get_title()
    few, many = curves(figures[0]), curves(figures[1])
    assert {label[0] for label in few[:3]} == {"a", "b", "c"}
    areas = [float(label.split()[-1]) for label in many[:-1]]
    assert areas == sorted(areas)
    assert len(areas) == 8


def test_a_class_without_photographs_has_no_curve(figures: list[Any], tmp_path: Path) -> None:
    probabilities, targets = drawn(3)
    targets[targets == 2] = 0
    plot_roc(probabilities, targets, ("a", "b", "c"), tmp_path / "roc.png")
    assert {label[0] for label in curves(figures[0])[:-1]} == {"a", "b"}


def test_long_names_stay_clear_of_the_curves(figures: list[Any], tmp_path: Path) -> None:
    names = [f"Donaudampfschifffahrtsgesellschaftskapitän {number}" for number in range(12)]
    plot_roc(*drawn(12), names, tmp_path / "roc.png")
    (legend,) = figures[0].legends
    words = legend.get_window_extent()
    assert not any(words.overlaps(axes.get_tightbbox()) for axes in figures[0].axes)
    assert words.x0 >= 0
    assert words.x1 <= figures[0].bbox.x1
    plt.close("all")


@pytest.mark.parametrize("classes", [2, 4, 12])
def test_a_confusion_matrix_with_long_names_keeps_its_cells(classes: int, figures: list[Any], tmp_path: Path) -> None:
    words = "Donaudampfschifffahrtsgesellschaftskapitän, schlafend auf einer Schokoladentorte"
    names = [f"{number} {words}"[: 100 if number else 3] for number in range(classes)]
    confusion = tuple(tuple(10 if row == column else 1 for column in range(classes)) for row in range(classes))
    accuracy = MeasuredAccuracy.from_counts(10 * classes, classes * (classes + 9), "test split")
    probabilities = np.zeros((accuracy.photographs, classes), np.float32)
    plot_confusion(
        SplitEvaluation(accuracy, 0.5, confusion, probabilities, accuracy.photographs),
        names,
        tmp_path / "confusion.png",
    )
    (axes,) = figures[0].axes
    assert axes.bbox.width / classes > 0.25 * figures[0].dpi, "inches of a cell, with space for its count"
    boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
    assert not any(one.overlaps(other) for one, other in itertools.pairwise(boxes))
    assert min(box.x0 for box in boxes) >= 0
    plt.close("all")


def test_reliability_is_drawn_before_and_after(figures: list[Any], tmp_path: Path) -> None:
    probabilities, targets = drawn(2, 2000)
    sure = softmax(np.log(probabilities.astype(np.float64)), 0.4)
    plot_reliability(sure, probabilities, targets, 2.5, tmp_path / "reliability.png")
    before, after = (axes.get_title() for axes in figures[0].axes[::2])
    assert before.startswith("before calibration: ECE ")
    assert after.startswith("after (temperature 2.50): ECE ")
    assert float(before.split()[-1][:-1]) > 2 * float(after.split()[-1][:-1])
    plot_reliability(probabilities, probabilities, targets, 1.0, tmp_path / "reliability.png")
    assert [axes.get_title().split(":")[0] for axes in figures[1].axes] == ["not calibrated", ""], "drawn once"
    plt.close("all")


def test_the_history_names_its_stages_and_marks_the_kept_epoch(figures: list[Any], tmp_path: Path) -> None:
    rows = [
        Epoch("head", 1, 0.5, 0.8, 0.4, 0.85, 1.0, 0.39),
        Epoch("head", 2, 0.4, 0.9, 0.3, 0.90, 1.0, 0.20),  # kept: the lowest calibrated loss
        Epoch("fine-tuning", 1, 0.3, 0.9, 0.25, 0.95, 1.0, 0.24),
    ]
    plot_history(rows, tmp_path / "history.png")
    for axes in figures[0].axes:
        assert [text.get_text().strip() for text in axes.texts] == ["head", "fine-tuning"]
    kept = [line for line in figures[0].axes[0].get_lines() if line.get_label() == "kept"]
    assert [point.tolist() for point in kept[0].get_xydata()] == [[2.0, 0.20]]
    plot_history(rows[:2], tmp_path / "history.png")
    assert all(not axes.texts for axes in figures[1].axes)
    plt.close("all")
