"""Why is a model wrong on the device? Feed it in every usual way and see which way makes it right.

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

from convert.doctor.feeding import Channels, Feeding, Probe
from convert.doctor.label_order import FOUND, LabelOrder, best_order, named_orders
from convert.doctor.photographs import Sample
from edge_app.common.progress import Progress
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.metrics.paired_comparison import PairedComparison
from edge_app.model.card import ResizeRule

SURE = 0.05
"""p-value below which a difference is taken for no chance, on either half of the photographs.

An explanation must pass on both halves, so a file without a fault is accused far more rarely (simulated: at most 5 of
1,000 visits).
"""

UNDECIDED = 0.3
"""p-value below which more photographs might show a difference."""

_ROUNDS = ((24, 10), (72, 4))  # photographs seen by then, ways of feeding that stay
_ENOUGH_PER_CLASS = 5  # photographs of each class, before an order of labels can be read off them
_WORTH = 0.01  # of accuracy: what a change must bring to be part of the explanation

Rights = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of one way of feeding and one order of labels.

    Attributes:
        feeding: how.
        order: of the labels.
        right: (photographs,) whether the best score is that of the true class.
        data: which photographs.
    """

    feeding: Feeding
    order: LabelOrder
    right: Rights
    data: str

    @property
    def accuracy(self) -> MeasuredAccuracy:
        """Return the top-1 accuracy with its interval."""
        return MeasuredAccuracy.from_counts(int(self.right.sum()), len(self.right), self.data)

    def changes_from(self, feeding: Feeding, order: LabelOrder) -> list[str]:
        """Say what is different, a few words each."""
        changes = self.feeding.changes_from(feeding)
        return changes + ([f"labels {self.order.name}"] if self.order.places != order.places else [])


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What the doctor found.

    Attributes:
        now: as it is, on the judging half.
        best: the explanation, on the same photographs; the same as `now` where there is none.
        comparison: of the two.
        chance: share of the commonest class on the judging half.
        now_choosing: as it is, on the choosing half.
        changes: one change each from what is now, on the choosing half, best first.
    """

    now: Outcome
    best: Outcome
    comparison: PairedComparison
    chance: float
    now_choosing: Outcome
    changes: tuple[Outcome, ...]

    @property
    def found(self) -> bool:
        """Tell whether the explanation is better than what is now by more than chance."""
        return self.comparison.difference > 0.0 and self.comparison.p_value < SURE

    @property
    def undecided(self) -> bool:
        """Tell whether more photographs might show the explanation to be better."""
        return not self.found and self.comparison.difference > _WORTH and self.comparison.p_value < UNDECIDED

    @property
    def hopeless(self) -> bool:
        """Tell whether even the best way is no better than always giving the commonest label."""
        return (self.best if self.found else self.now).accuracy.low <= self.chance


class _Trials:
    """Remembers the best score's place of every photograph under every way of feeding that was asked for."""

    def __init__(self, probe: Probe, sample: Sample, tick: Callable[[int], None]) -> None:
        self._probe, self._sample, self._tick = probe, sample, tick
        self._best: dict[Feeding, npt.NDArray[np.int64]] = {}

    def best(self, feeding: Feeding, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        known = self._best.setdefault(feeding, np.full(len(self._sample.targets), -1, np.int64))
        for place in places[known[places] < 0]:
            picture = self._sample.pictures_bgr[feeding.resize][place]
            known[place] = int(self._probe.scores(feeding, picture).argmax())
            self._tick(1)
        return known[places]


class _Orders:
    """The orders of labels that are tried: the usual mistakes, and what the photographs themselves say."""

    def __init__(self, labels: Sequence[str], shown: Sequence[str]) -> None:
        self._named = named_orders(labels, shown)
        self._classes, self._scores = len(shown), len(labels)

    def possible(self, best: npt.NDArray[np.int64], targets: npt.NDArray[np.int64]) -> list[LabelOrder]:
        """Return the file's own order, the other named ones, and the best one if the photographs are enough for it."""
        if len(targets) < _ENOUGH_PER_CLASS * self._classes:
            return self._named
        found = best_order(best, targets, self._classes, self._scores)
        return [*self._named, *([found] if found.places not in [order.places for order in self._named] else [])]


def diagnose(probe: Probe, sample: Sample, now: Feeding) -> Diagnosis:
    """Find what makes the model right.

    Args:
        probe: the model.
        sample: photographs of classes that are all among its labels.
        now: how it is fed now.
    """
    grid = all_feedings(probe, now)
    work = _amount_of_work(len(grid), len(single_changes(grid, now)), sample)
    with Progress("feeding it in other ways", work) as progress:
        trials = _Trials(probe, sample, lambda steps: progress.step(steps=steps))
        orders = _Orders(probe.card.labels, sample.classes)
        finalists = _halve(trials, sample, grid, now, orders)
        singles = single_changes(grid, now)
        on_choosing = [
            outcome
            for feeding in dict.fromkeys([now, *finalists, *singles])
            for outcome in _outcomes(trials, sample, feeding, orders)
        ]
        now_choosing = on_choosing[0]
        chosen = max(on_choosing, key=lambda one: (int(one.right.sum()), -_changes(one, now_choosing)))
        chosen = simplified(chosen, now_choosing, on_choosing)
        judged_now = _judge(trials, sample, now_choosing)
        best = _judge(trials, sample, chosen)
    changes = sorted(
        (one for one in on_choosing if _changes(one, now_choosing) == 1), key=lambda one: -int(one.right.sum())
    )
    counts = np.bincount(sample.targets[sample.judging])
    return Diagnosis(
        now=judged_now,
        best=best,
        comparison=PairedComparison.of(judged_now.right, best.right),
        chance=float(counts.max() / counts.sum()),
        now_choosing=now_choosing,
        changes=tuple(changes),
    )


def all_feedings(probe: Probe, now: Feeding) -> list[Feeding]:
    """Return every combination that makes a difference for the model's tensors, `now` first."""
    channels: tuple[Channels, ...] = get_args(Channels)
    rules: tuple[ResizeRule, ...] = get_args(ResizeRule)
    readings = dict.fromkeys([now.reading, "numbers"])
    combined = [
        Feeding(scaling, channel, rule, reading)
        for scaling, channel, rule, reading in product(probe.scalings(now.scaling), channels, rules, readings)
    ]
    extra = [replace(now, reading="unsigned")] if probe.output_dtype == "int8" else []
    return list(dict.fromkeys([now, *combined, *extra]))


def single_changes(feedings: Sequence[Feeding], now: Feeding) -> list[Feeding]:
    """Return those that differ from `now` in one thing."""
    return [one for one in feedings if len(one.changes_from(now)) == 1]


def simplified(chosen: Outcome, now: Outcome, tried: Sequence[Outcome]) -> Outcome:
    """Take back every change that does not pay.

    Of all that was tried, the outcome with the fewest changes that is not clearly worse than the chosen one: within
    `_WORTH` of its accuracy, or no more different than chance allows.
    """

    def good_enough(one: Outcome) -> bool:
        compared = PairedComparison.of(chosen.right, one.right)
        return compared.difference >= -_WORTH or compared.p_value >= SURE

    enough = [one for one in tried if good_enough(one)]
    return min(enough, key=lambda one: (_changes(one, now), one.order.name == FOUND, -int(one.right.sum())))


def _changes(one: Outcome, now: Outcome) -> int:
    return len(one.changes_from(now.feeding, now.order))


def _halve(trials: _Trials, sample: Sample, grid: Sequence[Feeding], now: Feeding, orders: _Orders) -> list[Feeding]:
    """Drop ways of feeding that look bad after a few photographs, under every order of labels."""
    alive = list(grid)
    for seen, staying in _ROUNDS:
        places = sample.choosing[:seen]
        targets = sample.targets[places]
        said, any_order = {}, {}
        for feeding in alive:
            best = trials.best(feeding, places)
            rights = [int(order.right(best, targets).sum()) for order in orders.possible(best, targets)]
            said[feeding], any_order[feeding] = rights[0], max(rights)
        ranked = [sorted(alive, key=lambda one: -table[one])[:staying] for table in (said, any_order)]
        alive = list(dict.fromkeys([now, *ranked[0], *ranked[1]]))
    return alive


def _outcomes(trials: _Trials, sample: Sample, feeding: Feeding, orders: _Orders) -> list[Outcome]:
    best = trials.best(feeding, sample.choosing)
    targets = sample.targets[sample.choosing]
    return [
        Outcome(feeding, order, order.right(best, targets), sample.description)
        for order in orders.possible(best, targets)
    ]


def _judge(trials: _Trials, sample: Sample, chosen: Outcome) -> Outcome:
    best = trials.best(chosen.feeding, sample.judging)
    right = chosen.order.right(best, sample.targets[sample.judging])
    return replace(chosen, right=right)


def _amount_of_work(ways: int, singles: int, sample: Sample) -> int:
    """An upper estimate of the pictures to classify."""
    count = len(sample.choosing)
    first, second = (min(seen, count) for seen, _ in _ROUNDS)
    kept, finalists = (2 * staying + 1 for _, staying in _ROUNDS)
    return (
        ways * first
        + min(kept, ways) * (second - first)
        + min(finalists + singles, ways) * (count - first)
        + 2 * len(sample.judging)
    )
