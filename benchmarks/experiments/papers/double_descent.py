"""The double-descent risk curve (Belkin et al., arXiv:1812.11118): risk against capacity.

Random features of minimum norm have their threshold where there are as many features as photographs. For the custom CNN
it is measured: the narrowest width that gets nearly all its training labels right, the wrong ones too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from statistics import median
from typing import Any, ClassVar, Self

import numpy as np

from benchmarks.experiments.papers.figure import COLOURS, figure, groups, line_and_points, log_ticks
from benchmarks.experiments.papers.findings import Finding, find, in_seeds, mean, number
from benchmarks.experiments.papers.pictures import Pictures
from benchmarks.experiments.papers.random_features import Kind, RandomFeatures, minimum_norm, pooled_vectors
from benchmarks.experiments.papers.record import Key
from benchmarks.experiments.papers.training import risk_of, small_cnn, trained
from edge_app.common.errors import UsageError

FEATURES, CNN = "random features", "custom CNN"
RATIOS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Features per photograph."""

_NAMES: Mapping[Kind, str] = {"fourier": "Fourier", "relu": "ReLU"}
_INTERPOLATES = 0.02  # training error, at most


@dataclass(frozen=True)
class RiskPoint:
    """One model.

    Attributes:
        model: `random features` or `custom CNN`.
        capacity: number of features, or filters of the first block.
        label_noise: share of wrong labels in training.
        seed: of everything random.
        parameters: that were fitted.
        training_squared_error: mean over photographs and classes, against the labels that were shown.
        training_error: share wrong of the same.
        test_squared_error: against true labels.
        test_error: share wrong of the same.
    """

    model: str
    capacity: int
    label_noise: float
    seed: int
    parameters: int
    training_squared_error: float
    training_error: float
    test_squared_error: float
    test_error: float

    @property
    def key(self) -> Key:
        """Model, capacity, label noise and seed."""
        return self.model, self.capacity, self.label_noise, self.seed


@dataclass(frozen=True)
class DoubleDescent:
    """Two models of growing capacity, fitted until they interpolate.

    Attributes:
        label_noise: shares of wrong labels; the CNN is trained with the largest one.
        features: of the linear model.
        photographs: that random features are fitted to.
        ratios: features per photograph.
        widths: of the CNN: filters of its first block; the next two have twice and four times as many.
        cnn_photographs: that it is trained on.
        cnn_steps: batches.
        cnn_seeds: at most; random features have all seeds.
    """

    name: ClassVar[str] = "double-descent"
    point: ClassVar[type[RiskPoint]] = RiskPoint

    label_noise: tuple[float, ...] = (0.0, 0.2)
    features: Kind = "fourier"
    photographs: int = 1000
    ratios: tuple[float, ...] = RATIOS
    widths: tuple[int, ...] = (1, 2, 3, 4, 6, 8, 12, 16)
    cnn_photographs: int = 500
    cnn_steps: int = 1200
    cnn_seeds: int = 3

    def __post_init__(self) -> None:
        for share in self.label_noise:
            if not 0.0 <= share < 0.5:
                raise UsageError(f"--label-noise must be at least 0 and below 0.5, received {share}; try 0.2")
        if len(set(self.label_noise)) < max(1, len(self.label_noise)):
            raise UsageError(f"--label-noise must be different shares, received {' '.join(map(str, self.label_noise))}")

    @property
    def capacities(self) -> list[int]:
        """Numbers of random features."""
        return [round(ratio * self.photographs) for ratio in self.ratios]

    def keys(self, seeds: int) -> list[Key]:
        """Return model, capacity, label noise and seed: the quick model first."""
        quick: list[Key] = [
            (FEATURES, capacity, noise, seed)
            for seed in range(seeds)
            for noise in self.label_noise
            for capacity in self.capacities
        ]
        noise = max(self.label_noise)
        return quick + [(CNN, w, noise, seed) for seed in range(min(seeds, self.cnn_seeds)) for w in self.widths]

    def measure(self, key: Key, pictures: Pictures) -> RiskPoint:
        """Fit one model."""
        model, capacity, noise, seed = str(key[0]), int(key[1]), float(key[2]), int(key[3])
        fit = self._fit_features if model == FEATURES else self._fit_cnn
        return fit(capacity, noise, seed, pictures)

    def findings(self, points: Sequence[RiskPoint]) -> tuple[Finding, Finding]:
        """Judge the second descent of both models."""
        return self._features_finding(points), self._cnn_finding(points)

    def table(self, points: Sequence[RiskPoint]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Return medians per model, label noise and capacity."""
        rows = []
        for (model, noise, capacity), group in groups(points, _curve_place, lambda one: one).items():
            values = [
                f"{median(getattr(one, name) for one in group):.3g}"
                for name in ("training_squared_error", "test_squared_error", "training_error", "test_error")
            ]
            rows.append((model, f"{100 * noise:g} %", f"{capacity:,}", f"{group[0].parameters:,}", *values))
        head = ("model", "wrong labels", "capacity", "parameters", "training risk", "test risk", "training error")
        return (*head, "test error"), rows

    def draw(self, points: Sequence[RiskPoint], path: Path) -> None:
        """Draw both risks of random features, and both errors of the CNN, against capacity."""
        title = "Risk against capacity: every seed a point, lines through their medians"
        with figure(path, 3, title, width=4.8, height=4.2) as axes:
            squared, wrong, cnn = axes
            linear = [point for point in points if point.model == FEATURES]
            _draw_risks(squared, linear, ("training_squared_error", "test_squared_error"))
            squared.set_yscale("log")
            squared.set_ylim(bottom=1e-3)
            squared.set_ylabel("squared error (below 0.001 not shown)")
            _draw_risks(wrong, linear, ("training_error", "test_error"))
            wrong.set_ylabel("share of wrong labels")
            for one in (squared, wrong):
                one.axvline(self.photographs, color="black", linestyle=":", linewidth=1)
                one.set_xlabel(f"random {_NAMES[self.features]} features (dotted: {self.photographs:,} photographs)")
            _draw_risks(cnn, [point for point in points if point.model == CNN], ("training_error", "test_error"))
            threshold = self.cnn_threshold(points)
            if threshold is not None:
                cnn.axvline(threshold, color="black", linestyle=":", linewidth=1)
            log_ticks(cnn.xaxis, self.widths)
            cnn.set_xlabel("filters of the CNN's first block (dotted: interpolates)")
            cnn.set_ylabel("share of wrong labels")

    def cnn_threshold(self, points: Sequence[RiskPoint]) -> int | None:
        """Return the narrowest width whose mean training error is at most 2 %; None: no width gets there."""
        errors = groups(
            [point for point in points if point.model == CNN], lambda one: one.capacity, lambda one: one.training_error
        )
        return next((width for width in self.widths if width in errors and mean(errors[width]) <= _INTERPOLATES), None)

    def _fit_features(self, capacity: int, noise: float, seed: int, pictures: Pictures) -> RiskPoint:
        classes = pictures.classes
        part = pictures.train.sample(self.photographs, classes, seed).with_wrong_labels(noise, classes, seed)
        vectors = pooled_vectors(part.images_rgb)
        random = RandomFeatures(self.features, vectors, max(self.capacities), seed)
        shown = random.of(vectors, capacity)
        coefficients = minimum_norm(shown, np.eye(classes)[part.targets] - 1.0 / classes)
        unseen = random.of(pooled_vectors(pictures.test.images_rgb), capacity)
        training = risk_of(shown @ coefficients + 1.0 / classes, part.targets)
        test = risk_of(unseen @ coefficients + 1.0 / classes, pictures.test.targets)
        risks = (training.squared_error, training.error, test.squared_error, test.error)
        return RiskPoint(FEATURES, capacity, noise, seed, capacity * classes, *risks)

    def _fit_cnn(self, width: int, noise: float, seed: int, pictures: Pictures) -> RiskPoint:
        classes = pictures.classes
        part = pictures.train.sample(self.cnn_photographs, classes, seed).with_wrong_labels(noise, classes, seed)
        recipe = small_cnn(filters=(width, 2 * width, 4 * width), batch_norm=True, dense_units=0)
        trainer = trained(recipe, part, classes, self.cnn_steps, seed)
        training, test = trainer.judge(part), trainer.judge(pictures.test)
        risks = (training.squared_error, training.error, test.squared_error, test.error)
        return RiskPoint(CNN, width, noise, seed, int(trainer.network.count_params()), *risks)

    def _features_finding(self, points: Sequence[RiskPoint]) -> Finding:
        effects: list[float] = []
        told = []
        for noise in self.label_noise:
            curve = Descent.of(points, FEATURES, noise, "test_squared_error", self.photographs)
            effects += curve.effects
            told.append(
                f"with {100 * noise:g} % wrong labels the median test risk is {number(curve.narrow)} at best below the "
                f"threshold ({curve.narrow_capacity:,} features), {number(curve.peak)} at it and {number(curve.wide)} "
                f"with {curve.wide_capacity:,}, rise and second descent {in_seeds(curve.effects)}, its end "
                f"{'below' if curve.wide < curve.narrow else 'not below'} the first minimum"
            )
        return find(
            effects, f"{self.photographs:,} photographs, random {_NAMES[self.features]} features: {'; '.join(told)}."
        )

    def _cnn_finding(self, points: Sequence[RiskPoint]) -> Finding:
        noise, threshold = max(self.label_noise), self.cnn_threshold(points)
        if threshold is None:
            return Finding(
                "unclear", f"Unclear: no width of the CNN up to {self.widths[-1]} learned its training labels."
            )
        if threshold in (self.widths[0], self.widths[-1]):
            where = "narrowest" if threshold == self.widths[0] else "widest"
            return Finding("unclear", f"Unclear: only the {where} CNN ({threshold} filters) bounds the threshold.")
        curve = Descent.of(points, CNN, noise, "test_error", threshold)
        return find(
            curve.effects,
            f"the CNN's median test error with {100 * noise:g} % wrong labels is {100 * curve.narrow:.1f} % at best "
            f"below the threshold (width {curve.narrow_capacity}), {100 * curve.peak:.1f} % at it (width {threshold}) "
            f"and {100 * curve.wide:.1f} % at width {curve.wide_capacity}; rise and second descent "
            f"{in_seeds(curve.effects)}.",
        )


@dataclass(frozen=True)
class Descent:
    """A curve's three places: best below the threshold, the threshold, and the widest.

    Attributes:
        narrow_capacity: below the threshold, with the lowest median risk.
        narrow: its median risk.
        peak: median risk at the threshold.
        wide_capacity: the largest.
        wide: its median risk.
        effects: per seed the smaller of rise and second descent; above 0 where the seed shows both.
    """

    narrow_capacity: int
    narrow: float
    peak: float
    wide_capacity: int
    wide: float
    effects: tuple[float, ...]

    @classmethod
    def of(cls, points: Sequence[RiskPoint], model: str, noise: float, risk: str, threshold: int) -> Self:
        """Read a curve.

        Args:
            points: of all curves.
            model: whose curve.
            noise: its label noise.
            risk: name of the field.
            threshold: capacity at which the model begins to interpolate, neither the smallest nor the largest.
        """
        part = sorted((one for one in points if (one.model, one.label_noise) == (model, noise)), key=lambda p: p.seed)
        risks: dict[int, list[float]] = groups(part, lambda one: one.capacity, attrgetter(risk))
        medians = {capacity: median(values) for capacity, values in risks.items()}
        narrow = min((capacity for capacity in medians if capacity < threshold), key=lambda capacity: medians[capacity])
        wide = max(medians)
        effects = (
            min(peak - before, peak - after)
            for before, peak, after in zip(risks[narrow], risks[threshold], risks[wide], strict=True)
        )
        return cls(narrow, medians[narrow], medians[threshold], wide, medians[wide], tuple(effects))


def _curve_place(point: RiskPoint) -> tuple[str, float, int]:
    return point.model, point.label_noise, point.capacity


def _draw_risks(axes: Any, points: Sequence[RiskPoint], names: tuple[str, str]) -> None:
    """Draw training (dashed) and test risk against capacity, a colour per label noise."""
    for colour, noise in zip(COLOURS, sorted({point.label_noise for point in points}), strict=False):
        part = [point for point in points if point.label_noise == noise]
        for name, style in zip(names, ("--", "-"), strict=True):
            found: dict[int, list[float]] = groups(part, lambda one: one.capacity, attrgetter(name))
            label = f"{name.split('_')[0]}, {100 * noise:g} % wrong labels"
            line_and_points(axes, list(found), list(found.values()), label, colour, style, median)
    axes.set_xscale("log")
    if points:
        axes.legend(fontsize=8)
