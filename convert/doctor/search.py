"""Why is a model wrong on the device? Try every usual way of preprocessing and see which one makes it right.

An explanation is chosen on one half of the photographs and judged on the other, by a paired test, so that neither luck
nor the number of things tried makes a finding. Most of the many combinations are dropped after a few photographs
(successive halving: K. Jamieson and A. Talwalkar, AISTATS 2016).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import get_args

import numpy as np
import numpy.typing as npt

from convert.doctor.label_order import FOUND, LabelOrder, best_order, named_orders
from convert.doctor.photographs import Sample
from convert.doctor.preprocessing import Channels, ModelUnderTest, Preprocessing
from edge_app.common.progress import Progress
from edge_app.metrics.accuracy import MeasuredAccuracy, independent_photographs
from edge_app.metrics.paired_comparison import PairedComparison
from edge_app.model.card import ResizeRule

SURE = 0.05
"""p-value below which a difference is taken for no chance, on either half of the photographs.

An explanation must pass on both halves, so a file without a fault is accused far more rarely (simulated: at most 5 of
1,000 visits).
"""

UNDECIDED = 0.3
"""p-value below which more photographs might show a difference."""

_ROUNDS = ((24, 10), (72, 4))  # photographs seen by then, hypotheses that stay
_ENOUGH_PER_CLASS = 5  # photographs of each class, before an order of labels can be inferred from them
_WORTH = 0.01  # of accuracy: what a change must bring to be part of the explanation

Places = npt.NDArray[np.int64]
Rights = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class HypothesisResult:
    """How one way of preprocessing with one order of labels does on the photographs.

    Attributes:
        preprocessing: how.
        order: of the labels.
        right: (photographs,) whether the best score is that of the true class.
        data: which photographs.
        groups: (photographs,) that they are in; empty: each counts by itself.
    """

    preprocessing: Preprocessing
    order: LabelOrder
    right: Rights
    data: str
    groups: tuple[int, ...] = ()

    @property
    def accuracy(self) -> MeasuredAccuracy:
        """Return the top-1 accuracy with its interval."""
        independent = independent_photographs(self.groups) if self.groups else None
        return MeasuredAccuracy.from_counts(int(self.right.sum()), len(self.right), self.data, independent)

    def against(self, other: HypothesisResult) -> PairedComparison:
        """Compare this one with another on the same photographs, which comes first."""
        return PairedComparison.of(other.right, self.right, self.groups or None)

    def changes_from(self, preprocessing: Preprocessing, order: LabelOrder) -> list[str]:
        """Say what is different, a few words each."""
        changes = self.preprocessing.changes_from(preprocessing)
        return changes + ([f"labels {self.order.name}"] if self.order.places != order.places else [])


@dataclass(frozen=True, eq=False)
class MismatchDiagnosis:
    """What the search found.

    Attributes:
        current: the model as it is preprocessed now, on the validation half.
        best: the explanation, on the same photographs; the same as `current` where there is none.
        comparison: of the two.
        majority_share: share of the most common class on the validation half, 0..1.
        current_on_selection: the model as it is preprocessed now, on the selection half.
        single_changes: hypotheses that differ from it in one thing, on the selection half, best first.
        uncounted_groups: see `Sample`.
    """

    current: HypothesisResult
    best: HypothesisResult
    comparison: PairedComparison
    majority_share: float
    current_on_selection: HypothesisResult
    single_changes: tuple[HypothesisResult, ...]
    uncounted_groups: int = 0

    @property
    def found(self) -> bool:
        """Tell whether the explanation is better than the current preprocessing by more than chance."""
        return self.comparison.difference > 0.0 and self.comparison.p_value < SURE

    @property
    def undecided(self) -> bool:
        """Tell whether more photographs might show the explanation to be better."""
        return not self.found and self.comparison.difference > _WORTH and self.comparison.p_value < UNDECIDED

    @property
    def hopeless(self) -> bool:
        """Tell whether even the best way is no better than always giving the most common label."""
        return (self.best if self.found else self.current).accuracy.low <= self.majority_share


class _Predictions:
    """Remembers the best label of every photograph for every preprocessing that was tried."""

    def __init__(self, model: ModelUnderTest, sample: Sample, tick: Callable[[int], None]) -> None:
        self._model, self._sample, self._tick = model, sample, tick
        self._best: dict[Preprocessing, Places] = {}

    def best(self, preprocessing: Preprocessing, photographs: Places) -> Places:
        """Return (photographs,) the place of the best score of each."""
        known = self._best.setdefault(preprocessing, np.full(len(self._sample.targets), -1, np.int64))
        for number in photographs[known[photographs] < 0]:
            picture = self._sample.pictures_bgr[preprocessing.resize][number]
            known[number] = int(self._model.scores(preprocessing, picture).argmax())
            self._tick(1)
        return known[photographs]


class _LabelOrders:
    """The orders of labels that are tried: the usual mistakes, and what the photographs themselves say."""

    def __init__(self, labels: Sequence[str], shown: Sequence[str]) -> None:
        self._named = named_orders(labels, shown)
        self._classes, self._scores = len(shown), len(labels)

    def possible(self, best: Places, targets: Places) -> list[LabelOrder]:
        """Return the file's own order, the other named ones, and the best one if the photographs are enough for it."""
        if len(targets) < _ENOUGH_PER_CLASS * self._classes:
            return self._named
        found = best_order(best, targets, self._classes, self._scores)
        return [*self._named, *([found] if found.places not in [order.places for order in self._named] else [])]


class _Search:
    """One search: the model, the photographs, and every hypothesis about its preprocessing and its labels."""

    def __init__(
        self, model: ModelUnderTest, sample: Sample, current: Preprocessing, tick: Callable[[int], None]
    ) -> None:
        self._sample, self._current = sample, current
        self._grid = preprocessing_grid(model, current)
        self._orders = _LabelOrders(model.card.labels, sample.classes)
        self._predictions = _Predictions(model, sample, tick)

    def on_selection(self) -> list[HypothesisResult]:
        """Return results of the promising hypotheses and of all single changes; that of the current one first."""
        tried = dict.fromkeys([self._current, *self._finalists(), *single_changes(self._grid, self._current)])
        return [result for preprocessing in tried for result in self._results(preprocessing)]

    def validated(self, chosen: HypothesisResult) -> HypothesisResult:
        """Return the same hypothesis on the photographs on which it was not chosen."""
        best = self._predictions.best(chosen.preprocessing, self._sample.validation)
        right = chosen.order.right(best, self._sample.targets[self._sample.validation])
        return replace(chosen, right=right, groups=self._sample.counted_groups(self._sample.validation))

    def _finalists(self) -> list[Preprocessing]:
        """Drop what looks bad after a few photographs, under every order of labels."""
        alive = self._grid
        for seen, staying in _ROUNDS:
            photographs = self._sample.selection[:seen]
            targets = self._sample.targets[photographs]
            stated, any_order = {}, {}
            for preprocessing in alive:
                best = self._predictions.best(preprocessing, photographs)
                rights = [int(order.right(best, targets).sum()) for order in self._orders.possible(best, targets)]
                stated[preprocessing], any_order[preprocessing] = rights[0], max(rights)
            ranked = [sorted(alive, key=lambda one: -table[one])[:staying] for table in (stated, any_order)]
            alive = list(dict.fromkeys([self._current, *ranked[0], *ranked[1]]))
        return alive

    def _results(self, preprocessing: Preprocessing) -> list[HypothesisResult]:
        best = self._predictions.best(preprocessing, self._sample.selection)
        targets = self._sample.targets[self._sample.selection]
        groups = self._sample.counted_groups(self._sample.selection)
        return [
            HypothesisResult(preprocessing, order, order.right(best, targets), self._sample.description, groups)
            for order in self._orders.possible(best, targets)
        ]


def search_mismatch(model: ModelUnderTest, sample: Sample, current: Preprocessing) -> MismatchDiagnosis:
    """Find the preprocessing and the order of labels that make the model right.

    Args:
        model: the file.
        sample: photographs of classes that are all among its labels.
        current: how it is preprocessed now.
    """
    grid = preprocessing_grid(model, current)
    work = _amount_of_work(len(grid), len(single_changes(grid, current)), sample)
    with Progress("trying other preprocessing", work) as progress:
        search = _Search(model, sample, current, lambda steps: progress.step(steps=steps))
        results = search.on_selection()
        current_result = results[0]
        chosen = max(results, key=lambda one: (int(one.right.sum()), -_changes(one, current_result)))
        chosen = simplified(chosen, current_result, results)
        validated, best = search.validated(current_result), search.validated(chosen)
    singles = (one for one in results if _changes(one, current_result) == 1)
    counts = np.bincount(sample.targets[sample.validation])
    return MismatchDiagnosis(
        current=validated,
        best=best,
        comparison=best.against(validated),
        majority_share=float(counts.max() / counts.sum()),
        current_on_selection=current_result,
        single_changes=tuple(sorted(singles, key=lambda one: -int(one.right.sum()))),
        uncounted_groups=sample.uncounted_groups,
    )


def preprocessing_grid(model: ModelUnderTest, current: Preprocessing) -> list[Preprocessing]:
    """Return every combination that makes a difference for the model's tensors, `current` first."""
    channels: tuple[Channels, ...] = get_args(Channels)
    rules: list[ResizeRule] = list(dict.fromkeys([current.resize, model.card.resize, "squash", "center_crop"]))
    readings = dict.fromkeys([current.reading, "numbers"])
    combined = [
        Preprocessing(scaling, channel, rule, reading)
        for scaling, channel, rule, reading in product(model.scalings(current.scaling), channels, rules, readings)
    ]
    extra = [replace(current, reading="unsigned")] if model.output_dtype == "int8" else []
    return list(dict.fromkeys([current, *combined, *extra]))


def single_changes(grid: Sequence[Preprocessing], current: Preprocessing) -> list[Preprocessing]:
    """Return those that differ from `current` in one thing."""
    return [one for one in grid if len(one.changes_from(current)) == 1]


def simplified(
    chosen: HypothesisResult, current: HypothesisResult, tried: Sequence[HypothesisResult]
) -> HypothesisResult:
    """Take back every change that does not pay.

    Of all that was tried, the hypothesis with the fewest changes that is not clearly worse than the chosen one: within
    `_WORTH` of its accuracy, or no more different than chance allows.
    """

    def good_enough(one: HypothesisResult) -> bool:
        compared = one.against(chosen)
        return compared.difference >= -_WORTH or compared.p_value >= SURE

    enough = [one for one in tried if good_enough(one)]
    return min(enough, key=lambda one: (_changes(one, current), one.order.name == FOUND, -int(one.right.sum())))


def _changes(one: HypothesisResult, current: HypothesisResult) -> int:
    return len(one.changes_from(current.preprocessing, current.order))


def _amount_of_work(hypotheses: int, singles: int, sample: Sample) -> int:
    """An upper estimate of the pictures to classify."""
    count = len(sample.selection)
    first, second = (min(seen, count) for seen, _ in _ROUNDS)
    kept, finalists = (2 * staying + 1 for _, staying in _ROUNDS)
    return (
        hypotheses * first
        + min(kept, hypotheses) * (second - first)
        + min(finalists + singles, hypotheses) * (count - first)
        + 2 * len(sample.validation)
    )
