"""Plots of the report: learning curves, confusion matrix, ROC, reliability, mistakes and augmented photographs."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge_app.common.atomic_files import atomic_file
from edge_app.common.notebook import in_notebook
from edge_app.metrics.confidence import (
    ReliabilityBin,
    expected_calibration_error,
    one_vs_rest_auroc,
    reliability_bins,
    roc_curve,
)
from edge_app.teaching.head import PENALTIES, chosen_penalty
from train.augment.augmentation import Augmentation
from train.augment.in_place import augment_batch
from train.data.photograph_set import Photographs
from train.evaluation.evaluate import SplitEvaluation
from train.fitting.loop import Epoch, best_epoch

if not in_notebook():  # whose own backend shows what the user draws
    matplotlib.use("Agg")

from matplotlib import pyplot as plt  # after the choice of a backend that needs no display

_CURVES = 8  # of a ROC plot; of more classes the worst ones
_SHEET_ROWS = 4  # photographs per class
_SHEET_VARIANTS = 6
_SHEET_SIDE_INCHES = 1.5
_LEVEL_LABELS, _LEVEL_CHARACTERS = 3, 8  # of a confusion matrix; more or longer names are turned
_LINE_CHARACTERS = 24  # of a name beside a confusion matrix
_NAME_CHARACTERS = 60  # of a name in a plot; the end of a longer one is left out
_WIDTH_INCHES = 4.4  # panels stand below each other: a third of the report's width, and a phone's
_LEGEND_LINE_INCHES = 0.17
_CORNER_ERRORS = 4.0  # side of the enlarged corner of a ROC plot over the equal error rate of the worst curve


def plot_history(history: Sequence[Epoch], path: Path, star: str = "kept") -> None:
    """Draw loss and accuracy over all epochs; stages are told apart by a line, the best epoch has a star."""
    best = best_epoch(history)
    numbers = range(1, len(history) + 1)
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(_WIDTH_INCHES, 7.2), layout="constrained")
    upper.plot(numbers, [row.loss for row in history], marker=".", label="training")
    upper.plot(numbers, [row.val_loss for row in history], marker=".", label="validation")
    calibrated = [math.nan if row.val_calibrated_loss is None else row.val_calibrated_loss for row in history]
    upper.plot(numbers, calibrated, ".", linestyle="--", color="tab:orange", alpha=0.6, label="validation (calibrated)")
    upper.set(xlabel="epoch", ylabel="loss (nats)", title="Loss")
    lower.plot(numbers, [100 * row.accuracy for row in history], marker=".", label="training")
    lower.plot(numbers, [100 * row.val_accuracy for row in history], marker=".", label="validation")
    lower.set(xlabel="epoch", ylabel="accuracy (%)", title="Accuracy")
    upper.plot(best + 1, history[best].selection_loss, "*", color="black", markersize=11, label=star)
    lower.plot(best + 1, 100 * history[best].val_accuracy, "*", color="black", markersize=11, label=star)
    upper.fill_between(numbers, [row.loss for row in history], [row.val_loss for row in history], alpha=0.12)
    accuracies = [100 * row.accuracy for row in history], [100 * row.val_accuracy for row in history]
    lower.fill_between(numbers, *accuracies, alpha=0.12, label="gap")
    for axes in (upper, lower):
        _mark_stages(axes, [row.stage for row in history])
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
    named = {
        name: line for axes in (upper, lower) for line, name in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=2, fontsize=9)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def plot_penalties(losses: Sequence[float], photographs: int, path: Path) -> None:
    """Draw the out-of-fold log loss of a linear head by penalty (see `PENALTIES`); the chosen one has a star."""
    best = chosen_penalty(losses, photographs)
    figure, axes = plt.subplots(figsize=(_WIDTH_INCHES, 3.4), layout="constrained")
    axes.plot(PENALTIES[: len(losses)], losses, marker=".")
    axes.plot(PENALTIES[best], losses[best], "*", color="black", markersize=11, label="chosen")
    axes.set(
        xscale="log",
        xlabel="penalty over the mean variance of a feature",
        ylabel="log loss on photographs left out (nats)",
    )
    axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _mark_stages(axes: Any, stages: Sequence[str]) -> None:
    """A dotted line where a stage begins, and the names of the stages where there are several."""
    if len(set(stages)) == 1:
        return
    for number, stage in enumerate(stages):
        if number == 0 or stage != stages[number - 1]:
            if number:
                axes.axvline(number + 0.5, color="grey", linestyle=":")
            place = (number + (0.5 if number else 1), 0.98)
            first, _, member = stage.rpartition(" ")  # of a soup the first member has the name, the others their number
            name = member if first and member != "1" else stage
            axes.annotate(f" {name}", place, xycoords=("data", "axes fraction"), va="top", fontsize=9, color="grey")


def plot_confusion(evaluation: SplitEvaluation, labels: Sequence[str], path: Path) -> None:
    """Draw the confusion matrix with counts."""
    counts = np.array(evaluation.confusion)
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    names = [fill(_plain(_shortened(label)), _LINE_CHARACTERS) for label in labels]
    longest = max(len(line) for name in names for line in name.splitlines())
    side = max(3.2, 0.6 * len(labels) + 0.08 * longest + 1)  # at least as wide as a phone
    figure, axes = plt.subplots(figsize=(side, side), layout="constrained")
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    ticks = range(len(labels))
    turned = len(labels) > _LEVEL_LABELS or longest > _LEVEL_CHARACTERS
    axes.set_xticks(ticks, names, rotation=45 if turned else 0, ha="right" if turned else "center")
    axes.set_yticks(ticks, names)
    axes.set(xlabel="predicted label", ylabel="true label")
    figure.suptitle(f"accuracy {evaluation.accuracy}", fontsize=10)  # wider than the cells where names are long
    if len(labels) <= 20:
        for (row, column), count in np.ndenumerate(counts):
            color = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{count:,}", ha="center", va="center", color=color)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def plot_roc(
    probabilities: npt.NDArray[np.float32], targets: npt.NDArray[np.int64], labels: Sequence[str], path: Path
) -> None:
    """Draw the ROC curve: of the second class where there are two, else of each class against all others.

    The lower half enlarges the corner towards which the curves bend.

    Args:
        probabilities: (photographs, classes).
        targets: (photographs,) places of the true labels.
        labels: of the classes.
        path: of the PNG.
    """
    areas = one_vs_rest_auroc(probabilities, targets)
    drawn = [(area, place) for place, area in enumerate(areas) if area is not None]
    drawn = drawn[-1:] if len(labels) == 2 else sorted(drawn)[:_CURVES]
    height = 7.6 + _LEGEND_LINE_INCHES * len(drawn)
    figure, (whole, corner) = plt.subplots(2, 1, figsize=(_WIDTH_INCHES, height), layout="constrained")
    side = 0.01
    for area, place in drawn:
        scores, positive = probabilities[:, place], targets == place
        curve = roc_curve(scores[positive], scores[~positive])
        false_rates, true_rates = curve.false_positive_rates, curve.true_positive_rates
        for axes in (whole, corner):
            axes.plot(
                100 * false_rates, 100 * true_rates, label=f"{_plain(_shortened(labels[place]))}: AUROC {area:.4f}"
            )
        equal_error = float(np.maximum(false_rates, 1 - true_rates).min())
        side = min(1.0, max(side, _CORNER_ERRORS * equal_error))
    whole.plot([0, 100], [0, 100], color="grey", linestyle=":", label="chance: AUROC 0.5")
    worst = f" of the {_CURVES} worst of {len(labels)} classes" if len(labels) > _CURVES else ""
    whole.set(title=f"ROC curve{worst}", xlim=(-1, 101), ylim=(-1, 101), aspect="equal")
    corner.set(title="upper left corner", xlim=(-side, 100 * side), ylim=(100 - 100 * side, 100 + side), aspect="equal")
    for axes in (whole, corner):
        axes.set(xlabel="false positive rate (%)", ylabel="true positive rate (%)")
        axes.grid(alpha=0.3)
    figure.legend(*whole.get_legend_handles_labels(), loc="outside lower center", fontsize=8)  # names can be long
    figure.savefig(path, dpi=110)
    plt.close(figure)


def plot_reliability(
    before: npt.NDArray[Any], after: npt.NDArray[Any], targets: npt.NDArray[np.int64], temperature: float, path: Path
) -> None:
    """Draw accuracy over confidence without and with the fitted temperature, and how many photographs that is.

    Where none was fitted (a temperature of 1) both are the same and drawn once.

    Args:
        before: (photographs, classes) probabilities without it.
        after: the same photographs with it.
        targets: (photographs,) places of the true labels.
        temperature: by which the logits are divided.
        path: of the PNG.
    """
    named = [("before calibration", before), (f"after (temperature {temperature:.2f})", after)]
    if temperature == 1.0:
        named = [("not calibrated", after)]
    figure, panels = plt.subplots(
        2 * len(named),
        1,
        figsize=(_WIDTH_INCHES, 4.4 * len(named)),
        layout="constrained",
        sharex=True,
        height_ratios=(3, 1) * len(named),
    )
    for (name, probabilities), upper, lower in zip(named, panels[::2], panels[1::2], strict=True):
        error = expected_calibration_error(probabilities, targets)
        _draw_reliability(reliability_bins(probabilities, targets), upper, lower)
        upper.set(title=f"{name}: ECE {error:.1%}", ylabel="accuracy (%)")
        lower.set(xlabel="confidence (%)", ylabel="photo-\ngraphs (%)")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _draw_reliability(bins: Sequence[ReliabilityBin], upper: Any, lower: Any) -> None:
    """A bar per bin with photographs; a gap to the diagonal is a confidence that cannot be believed."""
    filled = [one for one in bins if one.photographs]
    middles, width = [50 * (one.low + one.high) for one in filled], 92 / len(bins)
    accuracies = [100 * one.accuracy for one in filled]
    upper.bar(middles, accuracies, width, label="accuracy")
    gaps = [100 * (one.confidence - one.accuracy) for one in filled]
    upper.bar(middles, gaps, width, bottom=accuracies, color="none", edgecolor="tab:red", hatch="///", label="gap")
    upper.plot([0, 100], [0, 100], color="grey", linestyle=":", label="perfect calibration")
    upper.set(xlim=(0, 100), ylim=(0, 101))
    total = sum(one.photographs for one in filled)
    lower.bar(middles, [100 * one.photographs / total for one in filled], width, color="grey")
    for axes in (upper, lower):
        axes.grid(alpha=0.3)


def write_contact_sheets(
    photographs: Photographs, labels: Sequence[str], augmentation: Augmentation, seed: int, folder: Path
) -> list[Path]:
    """Write a PNG per class: photographs on the left, what augmentation makes of each on the right.

    Args:
        photographs: of the training split; the first ones of each class are shown.
        labels: names of the classes in order.
        augmentation: of the run.
        seed: of the run; the variants are those of its first steps, whoever is in the batch.
        folder: where they go.

    Returns:
        the files, in the order of the labels; a class without photographs has none.

    Raises:
        OutputError: the system refused to write.
    """
    written = []
    for place, label in enumerate(labels):
        chosen = np.flatnonzero(photographs.targets == place)[:_SHEET_ROWS]
        if not len(chosen):
            continue
        path = folder / f"augmented-{place:02d}-{_file_name(label)}.png"
        grid = _variants(photographs.pictures(chosen), augmentation, seed)
        with atomic_file(path) as temporary:
            _draw_sheet(grid, temporary)
        written.append(path)
    return written


def _variants(originals_rgb: npt.NDArray[np.uint8], augmentation: Augmentation, seed: int) -> npt.NDArray[np.uint8]:
    """(photographs, 1 + variants, height, width, 3) uint8: the original first."""
    columns = [originals_rgb]
    for step in range(_SHEET_VARIANTS):
        changed = augment_batch(originals_rgb, augmentation, tf.constant([seed, step], tf.int64))
        columns.append(np.rint(changed.numpy()).clip(0, 255).astype(np.uint8))
    return np.stack(columns, axis=1)


def _draw_sheet(grid: npt.NDArray[np.uint8], path: Path) -> None:
    """Draw without words: a phone shows it so small that none could be read."""
    rows, columns = grid.shape[:2]
    size = (_SHEET_SIDE_INCHES * columns, _SHEET_SIDE_INCHES * rows)
    figure, places = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    for (row, column), axes in np.ndenumerate(places):
        _show(axes, grid[row, column])
    figure.savefig(path, dpi=90)
    plt.close(figure)


def _show(axes: Any, image_rgb: npt.NDArray[np.uint8]) -> None:
    axes.imshow(image_rgb)
    axes.axis("off")


def _file_name(label: str) -> str:
    return re.sub(r"[^\w-]+", "_", label)[:60]


def _shortened(label: str) -> str:
    return label if len(label) <= _NAME_CHARACTERS else label[: _NAME_CHARACTERS - 1] + "…"


def _plain(text: str) -> str:
    """Keep matplotlib from reading formulas in a name."""
    return text.replace("$", r"\$")
