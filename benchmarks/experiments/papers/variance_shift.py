"""Dropout together with batch norm: the variance shift (Li et al., arXiv:1801.05134).

In training, dropout scales up what it keeps, so a batch norm behind it sees, and stores, a larger variance than it
gets in inference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tf_keras as keras

from benchmarks.experiments.papers.figure import COLOURS, figure, line_and_points
from benchmarks.experiments.papers.findings import Finding, find, in_seeds, mean, mean_percent
from benchmarks.experiments.papers.pictures import Part, Pictures
from benchmarks.experiments.papers.record import Key
from benchmarks.experiments.papers.training import BATCH, risk_of, small_cnn, trained
from train.data.batches import normalize
from train.models import build_model
from train.recipes import Recipe

NONE, NORM, DROPOUT, BOTH, AFTER = (
    "none",
    "batch norm",
    "dropout",
    "dropout before batch norm",
    "dropout after the last",
)
VARIANTS = (NONE, NORM, DROPOUT, BOTH, AFTER)

_AT_ONCE = 250  # photographs
_RENEWING_BATCHES = 60  # the moving statistics keep 0.9 ** 60 = 0.2 % of what they were


@dataclass(frozen=True)
class ShiftPoint:
    """One training.

    Attributes:
        variant: one of `VARIANTS`.
        seed: of everything random.
        training_error: share wrong, in inference mode.
        test_error: share wrong.
        renewed_test_error: share wrong after the moving statistics were measured again without dropout; the same as
            `test_error` where there is no batch norm.
        variance_ratios: per batch norm layer the mean over its channels of the variance of the layer's input on the
            training photographs in inference mode, divided by the layer's moving variance.
        shift_ratios: the same of max(ratio, 1/ratio): the paper's measure, which noise moves up too.
    """

    variant: str
    seed: int
    training_error: float
    test_error: float
    renewed_test_error: float
    variance_ratios: tuple[float, ...]
    shift_ratios: tuple[float, ...]

    @property
    def key(self) -> Key:
        """Variant and seed."""
        return self.variant, self.seed


@dataclass(frozen=True)
class VarianceShift:
    """Five networks that differ in dropout and batch norm alone; the rate falls to zero along a cosine.

    Attributes:
        rate: share of channels dropped after every block, or of features before the last layer; the paper's 0.5 keeps
            so small a network from learning.
        steps: batches.
        filters: of the blocks; each has one batch norm.
    """

    name: ClassVar[str] = "variance-shift"
    point: ClassVar[type[ShiftPoint]] = ShiftPoint

    rate: float = 0.3
    steps: int = 1500
    filters: tuple[int, ...] = (8, 16, 32, 64)

    def keys(self, seeds: int) -> list[Key]:
        """Return variant and seed of all trainings."""
        return [(variant, seed) for seed in range(seeds) for variant in VARIANTS]

    def recipe(self, variant: str) -> Recipe:
        """Return the network of a variant."""
        return small_cnn(
            filters=self.filters,
            dense_units=0,
            batch_norm=variant in (NORM, BOTH, AFTER),
            block_dropout=self.rate if variant in (DROPOUT, BOTH) else 0.0,
            dropout=self.rate if variant == AFTER else 0.0,
        )

    def measure(self, key: Key, pictures: Pictures) -> ShiftPoint:
        """Train once."""
        variant, seed = str(key[0]), int(key[1])
        recipe = self.recipe(variant)
        trainer = trained(recipe, pictures.train, pictures.classes, self.steps, seed)
        ratios = variance_ratios(trainer.network, pictures.train)
        test_error = trainer.judge(pictures.test).error
        renewed = renewed_error(recipe, trainer.network.get_weights(), pictures) if ratios else test_error
        return ShiftPoint(
            variant,
            seed,
            training_error=trainer.judge(pictures.train).error,
            test_error=test_error,
            renewed_test_error=renewed,
            variance_ratios=tuple(float(ratio.mean()) for ratio in ratios),
            shift_ratios=tuple(float(np.maximum(ratio, 1.0 / ratio).mean()) for ratio in ratios),
        )

    def findings(self, points: Sequence[ShiftPoint]) -> tuple[Finding, Finding]:
        """Judge the shift, and the harm."""
        of = by_variant(points)
        shifts = [mean(point.shift_ratios[1:]) for point in of[BOTH]]  # the first one has no dropout before it
        without = [mean(point.shift_ratios[1:]) for point in of[NORM]]
        kept = [mean(point.variance_ratios[1:]) for point in of[BOTH]]
        effects = [both - plain for both, plain in zip(shifts, without, strict=True)]
        shift = find(
            effects,
            f"the shift ratio of batch norm behind dropout is {mean(shifts):.2f}, and {mean(without):.2f} of the same "
            f"layers without dropout (1: no shift), larger with dropout {in_seeds(effects)}; in inference the variance "
            f"is {mean(kept):.2f} times what training stored.",
        )
        errors = {variant: [point.test_error for point in of[variant]] for variant in VARIANTS}
        harm = [both - plain for both, plain in zip(errors[BOTH], errors[NORM], strict=True)]
        renewed = [point.renewed_test_error for point in of[BOTH]]
        return shift, find(
            harm,
            f"the test error is {mean_percent(errors[BOTH])} with dropout before batch norm and "
            f"{mean_percent(errors[NORM])} with batch norm alone, larger with both {in_seeds(harm)}; with statistics "
            f"measured again without dropout {mean_percent(renewed)}, with dropout only after the last batch norm "
            f"{mean_percent(errors[AFTER])}, with dropout alone {mean_percent(errors[DROPOUT])}, with neither "
            f"{mean_percent(errors[NONE])}.",
        )

    def table(self, points: Sequence[ShiftPoint]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Return means per variant."""
        rows: list[tuple[str, ...]] = []
        for variant, group in by_variant(points).items():
            shifts = [f"{ratio:.2f}" for ratio in np.mean([point.shift_ratios for point in group], axis=0)]
            rows.append(
                (
                    variant,
                    mean_percent([point.training_error for point in group]),
                    mean_percent([point.test_error for point in group]),
                    mean_percent([point.renewed_test_error for point in group]) if shifts else "",
                    " ".join(shifts),
                )
            )
        return ("network", "training error", "test error", "statistics renewed", "shift ratio per layer"), rows

    def draw(self, points: Sequence[ShiftPoint], path: Path) -> None:
        """Draw the accuracies, and the ratio of the variances per layer."""
        of = by_variant(points)
        seeds = len({point.seed for point in points})
        with figure(path, 2, f"Dropout and batch norm, {seeds} seeds: every seed a point, lines their means") as axes:
            _draw_accuracies(axes[0], of)
            for colour, variant in zip(COLOURS, (NORM, BOTH, AFTER), strict=False):
                ratios = list(zip(*(point.variance_ratios for point in of[variant]), strict=True))
                line_and_points(axes[1], range(1, len(ratios) + 1), ratios, variant, colour)
            axes[1].axhline(1.0, color="black", linewidth=0.8, linestyle=":")
            axes[1].set_xticks(range(1, len(self.filters) + 1))
            axes[1].set_xlabel("batch norm layer (1: no dropout before it)")
            axes[1].set_ylabel("variance in inference / stored in training")
            axes[1].set_ylim(bottom=0.0)
            axes[1].legend(loc="lower left")


def by_variant(points: Sequence[ShiftPoint]) -> dict[str, list[ShiftPoint]]:
    """Return the points of each variant in the order of their seeds."""
    ordered = sorted(points, key=lambda point: point.seed)
    return {variant: [point for point in ordered if point.variant == variant] for variant in VARIANTS}


def variance_ratios(network: Any, part: Part) -> list[npt.NDArray[np.float64]]:
    """Compare what batch norm layers get in inference mode with what they stored.

    Args:
        network: of `build_model`.
        part: photographs that it was trained on.

    Returns:
        per layer, from the input on, (channels,): variance of the layer's input, divided by its moving variance.
    """
    norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    if not norms:
        return []
    probe = keras.Model(network.input, [layer.input for layer in norms])
    sums = [np.zeros((2, layer.moving_variance.shape[0])) for layer in norms]
    values = [0] * len(norms)
    for start in range(0, len(part), _AT_ONCE):
        inputs = probe(normalize(tf.constant(part.images_rgb[start : start + _AT_ONCE])), training=False)
        for place, block in enumerate(inputs if len(norms) > 1 else [inputs]):
            flat = block.numpy().reshape(-1, block.shape[-1]).astype(np.float64)  # (photographs · pixels, channels)
            sums[place] += (flat.sum(axis=0), (flat**2).sum(axis=0))
            values[place] += len(flat)
    return [
        (squares / count - (total / count) ** 2) / np.maximum(layer.moving_variance.numpy(), 1e-12)
        for layer, (total, squares), count in zip(norms, sums, values, strict=True)
    ]


def renewed_error(recipe: Recipe, weights: Sequence[npt.NDArray[Any]], pictures: Pictures) -> float:
    """Measure the test error once moving mean and variance were measured again without dropout (the paper does too).

    Args:
        recipe: of the network.
        weights: trained.
        pictures: training photographs renew, test photographs judge.
    """
    kept = {"filters": recipe.filters, "dense_units": recipe.dense_units, "batch_norm": recipe.batch_norm}
    network = build_model(small_cnn(**kept), pictures.classes, "none")
    network.set_weights(weights)
    for number in range(_RENEWING_BATCHES):
        places = np.arange(number * BATCH, (number + 1) * BATCH) % len(pictures.train)
        network(normalize(tf.constant(pictures.train.images_rgb[places])), training=True)
    images = pictures.test.images_rgb
    blocks = [
        network(normalize(tf.constant(images[start : start + _AT_ONCE])), training=False).numpy()
        for start in range(0, len(images), _AT_ONCE)
    ]
    return risk_of(np.concatenate(blocks).astype(np.float64), pictures.test.targets).error


def _draw_accuracies(axes: Any, of: Mapping[str, Sequence[ShiftPoint]]) -> None:
    for place, variant in enumerate(reversed(VARIANTS)):
        tested = [100.0 * (1.0 - point.test_error) for point in of[variant]]
        axes.plot(tested, [place] * len(tested), "o", color="tab:blue", label=None if place else "as trained")
        axes.plot([mean(tested)] * 2, [place - 0.25, place + 0.25], color="tab:blue")
        if variant == BOTH:
            renewed = [100.0 * (1.0 - point.renewed_test_error) for point in of[variant]]
            axes.plot(renewed, [place - 0.15] * len(renewed), "x", color="tab:red", label="statistics renewed")
    axes.set_yticks(range(len(VARIANTS)), list(reversed(VARIANTS)))
    axes.set_xlabel("test accuracy, %")
    axes.legend(loc="best")
