"""Pictures for the report: the history, the confusion matrix, and the surest mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np

from train.data.loading import PhotographSet
from train.evaluate import Evaluation
from train.fit import Epoch

matplotlib.use("Agg")

from matplotlib import pyplot as plt  # after the choice of a backend that needs no display

_MISTAKES = 12


def plot_history(history: Sequence[Epoch], path: Path) -> None:
    """Draw loss and accuracy over all epochs; stages are told apart by a line."""
    numbers = range(1, len(history) + 1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    left.plot(numbers, [row.loss for row in history], marker=".", label="training")
    left.plot(numbers, [row.val_loss for row in history], marker=".", label="validation")
    left.set(xlabel="epoch", ylabel="loss, nats", title="Loss")
    right.plot(numbers, [100 * row.accuracy for row in history], marker=".", label="training")
    right.plot(numbers, [100 * row.val_accuracy for row in history], marker=".", label="validation")
    right.set(xlabel="epoch", ylabel="accuracy, %", title="Accuracy")
    for axes in (left, right):
        for number in range(1, len(history)):
            if history[number].stage != history[number - 1].stage:
                axes.axvline(number + 0.5, color="grey", linestyle=":")
                axes.annotate(f" {history[number].stage}", (number + 0.5, 0.95), xycoords=("data", "axes fraction"))
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend()
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def plot_confusion(evaluation: Evaluation, labels: Sequence[str], path: Path) -> None:
    """Draw the confusion matrix with counts."""
    counts = np.array(evaluation.confusion)
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    side = max(4.0, 0.6 * len(labels) + 2)
    figure, axes = plt.subplots(figsize=(side, side), layout="constrained")
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    ticks = range(len(labels))
    axes.set_xticks(ticks, labels, rotation=45, ha="right")
    axes.set_yticks(ticks, labels)
    axes.set(xlabel="predicted", ylabel="true", title=str(evaluation.accuracy))
    if len(labels) <= 20:
        for (row, column), count in np.ndenumerate(counts):
            color = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{count:,}", ha="center", va="center", color=color)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def plot_mistakes(evaluation: Evaluation, photographs: PhotographSet, labels: Sequence[str], path: Path) -> int:
    """Show the photographs that the model was most sure and most wrong about.

    Returns:
        how many are shown; without a mistake there is no file.
    """
    predicted = evaluation.probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != photographs.targets)
    sureness = evaluation.probabilities[wrong, predicted[wrong]]
    chosen = wrong[np.argsort(-sureness, kind="stable")][:_MISTAKES]
    if not len(chosen):
        return 0
    rows = -(-len(chosen) // 4)
    figure, grid = plt.subplots(rows, 4, figsize=(10, 2.9 * rows), layout="constrained", squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for axes, index in zip(grid.flat, chosen, strict=False):
        axes.imshow(photographs.images_rgb[index])
        score = evaluation.probabilities[index, predicted[index]]
        truth, guess = labels[photographs.targets[index]], labels[predicted[index]]
        axes.set_title(f"{guess} {score:.0%}\nis {truth}", fontsize=10)
    figure.savefig(path, dpi=90)
    plt.close(figure)
    return len(chosen)
