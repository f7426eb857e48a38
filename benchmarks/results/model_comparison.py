"""Is the new model better than the old one? What both answered, photograph by photograph, and what follows from it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from benchmarks.results.device import Device
from edge_app.common.tables import Table
from edge_app.metrics.accuracy import MeasuredAccuracy, independent_photographs
from edge_app.metrics.paired_comparison import NO_DIFFERENCE, PairedComparison, Rights

Verdict = Literal["better", "worse", "cannot tell"]
Change = Literal["right now", "wrong now", "wrong with another label"]

ONE_POINT = 0.01
_SURE = 1.959964 + 1.281552  # of a 95 % interval, and of nine times in ten: percentiles of the normal distribution


@dataclass(frozen=True)
class Answer:
    """What a model says of one photograph.

    Attributes:
        label: the best one.
        score: of this label, 0..1.
        neither: whether the app says `neither` instead, because the score is below the threshold.
    """

    label: str
    score: float
    neither: bool = False

    def __str__(self) -> str:
        return f"{self.label} {self.score:.0%}" + (" (neither)" if self.neither else "")


@dataclass(frozen=True)
class AnsweredPhotograph:
    """One photograph and both answers.

    Attributes:
        path: relative to the folder, with forward slashes.
        label: what it shows.
        group: number of its group; see `numbered_groups`.
        old: answer of the old model.
        new: answer of the new one.
    """

    path: str
    label: str
    group: int
    old: Answer
    new: Answer

    @property
    def change(self) -> Change | None:
        """What became of it; None: both give the same label."""
        if self.old.label == self.new.label:
            return None
        if self.new.label == self.label:
            return "right now"
        return "wrong now" if self.old.label == self.label else "wrong with another label"


@dataclass(frozen=True)
class ComparedModel:
    """One of the two models: its path, and the SHA-256 of its bytes."""

    file: str
    sha256: str

    @property
    def name(self) -> str:
        """Without its folder."""
        return Path(self.file).name


@dataclass(frozen=True)
class ModelComparison:
    """Two models on the same photographs.

    Attributes:
        date: UTC, ISO 8601.
        device: it was measured on.
        data: which photographs.
        notes: what a reader should know of them.
        old: the first model.
        new: the second one.
        photographs: with both answers, sorted by path.
    """

    KIND: ClassVar[str] = "model-comparison"

    date: str
    device: Device
    data: str
    notes: tuple[str, ...]
    old: ComparedModel
    new: ComparedModel
    photographs: tuple[AnsweredPhotograph, ...]

    def __post_init__(self) -> None:
        if not self.photographs:
            raise ValueError("models cannot be compared without photographs")

    @property
    def paired(self) -> PairedComparison:
        """How the new model differs from the old one."""
        return PairedComparison.of(*self.rights(), self.groups)

    @property
    def groups(self) -> list[int]:
        """(photographs,) number of each one's group."""
        return [one.group for one in self.photographs]

    def rights(self) -> tuple[Rights, Rights]:
        """Return (photographs,) bool where the old model is right, and where the new one is."""
        old, new = ([answer.label == one.label for one, answer in self._answers(which)] for which in ("old", "new"))
        return np.array(old), np.array(new)

    def accuracies(self, label: str | None = None) -> tuple[MeasuredAccuracy, MeasuredAccuracy]:
        """Return the accuracy of both models.

        Args:
            label: on the photographs of this class alone; None: on all.
        """
        counted = np.array([label in (None, one.label) for one in self.photographs])
        worth = independent_photographs(np.array(self.groups)[counted].tolist())
        found = [
            MeasuredAccuracy.from_counts(int(right[counted].sum()), int(counted.sum()), self.data, worth)
            for right in self.rights()
        ]
        return found[0], found[1]

    def changed(self, change: Change) -> list[AnsweredPhotograph]:
        """Return the photographs whose label changed so, those first that the new model is surest of."""
        found = [one for one in self.photographs if one.change == change]
        return sorted(found, key=lambda one: (-one.new.score, one.path))

    def neither(self) -> tuple[int, int]:
        """Return how many photographs the old model would answer with `neither`, and how many the new one."""
        old, new = (sum(answer.neither for _, answer in self._answers(which)) for which in ("old", "new"))
        return old, new

    def _answers(self, which: str) -> list[tuple[AnsweredPhotograph, Answer]]:
        return [(one, one.new if which == "new" else one.old) for one in self.photographs]


def verdict_of(found: PairedComparison) -> Verdict:
    """Return whether the new model is better or worse, or that it cannot be told: too few sessions never tell."""
    if found.too_few_groups:
        return "cannot tell"
    if found.low > 0.0:
        return "better"
    return "worse" if found.high < 0.0 else "cannot tell"


def verdict_sentence(found: PairedComparison) -> str:
    """Say it with the difference, its interval, and the photographs that it rests on."""
    verdict = verdict_of(found)
    said = "cannot tell which model is better" if verdict == "cannot tell" else f"the new model is {verdict}"
    moved = f"{found.only_second:,} right that the old one missed, {found.only_first:,} wrong that it had right"
    return f"{said}: {_points(found)} points on {found.compared_on}; {moved}"


def advice_sentence(found: PairedComparison) -> str:
    """Say what would decide it where it cannot be told; empty: it is decided."""
    if verdict_of(found) != "cannot tell":
        return ""
    if found.too_few_groups:
        return (
            f"the photographs are of {found.groups} sessions, too few for any test; judge on photographs of "
            "more sessions, not on more of the same ones"
        )
    if max(-found.low, found.high) <= NO_DIFFERENCE:
        return f"they differ by no more than {100 * NO_DIFFERENCE:g} points either way, so choose by size or speed"
    seen = smallest_difference(found)
    sentence = f"a difference of {100 * seen:.1f} points or more would have been found nine times in ten"
    if seen <= ONE_POINT:
        return sentence
    few, many = photographs_for(found, ONE_POINT)
    return f"{sentence}; to find one of 1 point takes {few:,} to {many:,} photographs like these"


def smallest_difference(found: PairedComparison) -> float:
    """Return the difference of accuracies, 0..1, that these photographs would have shown nine times in ten.

    A photograph adds 1, 0 or −1 to the difference, so its variance is the share on which the models differ; of this
    share, the upper end of its interval counts. R. J. Connor, Biometrics 43 (1987) 207-211.
    """
    return min(1.0, _SURE * math.sqrt(_disagreement(found).high / found.independent))


def photographs_for(found: PairedComparison, difference: float) -> tuple[int, int]:
    """Return how many photographs would show a difference nine times in ten: fewest and most, to two digits.

    The range is that of the share on which the models differ (95 %). Photographs of sessions are counted as they come:
    as many of each as here.

    Args:
        found: of photographs like those.
        difference: of accuracies, above 0.
    """
    share, per_independent = _disagreement(found), found.photographs / found.independent
    few, many = (_two_digits(_SURE**2 * one / difference**2 * per_independent) for one in (share.low, share.high))
    return max(few, found.photographs), max(many, found.photographs)


def _disagreement(found: PairedComparison) -> MeasuredAccuracy:
    """The share of photographs on which one of the models is right and the other wrong."""
    differ = found.only_first + found.only_second
    return MeasuredAccuracy.from_counts(differ, found.photographs, "", found.independent)


def _two_digits(count: float) -> int:
    step = int(10 ** max(0, math.floor(math.log10(max(1.0, count))) - 1))
    return math.ceil(count / step) * step


def _points(found: PairedComparison) -> str:
    return str(found).replace(" points", "").replace("-", "−")


def models_table(result: ModelComparison) -> Table:
    """Return a row per model."""
    rows = [
        (which, model.name, str(accuracy), f"{neither:,} of {accuracy.photographs:,}")
        for which, model, accuracy, neither in zip(
            ("old", "new"), (result.old, result.new), result.accuracies(), result.neither(), strict=True
        )
    ]
    return Table(("model", "file", "accuracy (95 %)", "the app would say “neither”"), rows)


def classes_table(result: ModelComparison) -> Table:
    """Return a row per class: how many photographs of it each model gets right."""
    rows = []
    for label in sorted({one.label for one in result.photographs}):
        old, new = result.accuracies(label)
        rows.append((label, f"{old.photographs:,}", f"{old.top1:.1%}", f"{new.top1:.1%}"))
    return Table(("class", "photographs", "old", "new"), rows)


def about(result: ModelComparison) -> list[str]:
    """Say the verdict, what would decide it, how many labels changed, and what a reader should know."""
    found = result.paired
    sentences = [
        verdict_sentence(found),
        advice_sentence(found),
        _changes_sentence(result),
        *(f"note: {note}" for note in result.notes),
    ]
    return [sentence for sentence in sentences if sentence]


def _changes_sentence(result: ModelComparison) -> str:
    counts = {change: len(result.changed(change)) for change in CHANGES}
    kinds = ", ".join(f"{count:,} {change}" for change, count in counts.items() if count)
    return f"{sum(counts.values()):,} of {len(result.photographs):,} labels changed" + (f": {kinds}" if kinds else "")


CHANGES: Sequence[Change] = ("wrong now", "right now", "wrong with another label")
"""In the order in which a reader wants to see them."""


def derived(result: ModelComparison) -> dict[str, object]:
    """Return what follows from the answers, for readers of the JSON."""
    old, new = result.accuracies()
    found = result.paired
    return {"verdict": verdict_of(found), "paired": found.to_json(), "old_accuracy": old, "new_accuracy": new}
