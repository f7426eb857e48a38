"""The one plot of a bundle: how good each file is, and how large."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt  # after the choice of a backend that needs no display

if TYPE_CHECKING:
    from convert.bundle.records import Bundle

_MARKERS = "os^Dv<>P"


def plot_accuracy_against_size(bundle: Bundle, path: Path) -> None:
    """Draw the accuracy of every file with its 95 % interval over its size; a line for the Keras model."""
    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    keras = bundle.keras_accuracy
    axes.axhline(100 * keras.top1, color="grey", linestyle="--", label="Keras model")
    for number, file in enumerate(bundle.files):
        accuracy = file.proof.accuracy
        bars = [[100 * (accuracy.top1 - accuracy.low)], [100 * (accuracy.high - accuracy.top1)]]
        axes.errorbar(
            [file.size_bytes / 1e6],
            [100 * accuracy.top1],
            yerr=bars,
            marker=_MARKERS[number % len(_MARKERS)],
            markersize=8,
            fillstyle="none",
            capsize=4,
            linestyle="none",
            label=file.recipe.name + (" (rejected)" if file.objections else ""),
        )
    axes.set_xlim(left=0, right=1.15 * max(file.size_bytes for file in bundle.files) / 1e6)
    axes.set(
        xlabel="size of the file, MB",
        ylabel=f"accuracy on the {keras.data}, %",
        title="Accuracy against size (bars: 95 % interval of each alone)",
    )
    axes.grid(alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.savefig(path, dpi=110)
    plt.close(figure)
