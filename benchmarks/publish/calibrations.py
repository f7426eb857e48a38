"""From what `benchmarks experiment calibration` measured to the values that the documents show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from benchmarks.publish.quantity import Value
from benchmarks.results.calibration import RoundedScores, Trial, trial_groups

_ALLOWED = 0.005  # of a log loss: the target


def worst_change(payload: Mapping[str, Any]) -> Sequence[Value]:
    """Return the change of log loss by the temperature of the simulated set that did worst."""
    trials = _trials(payload)
    worst = max(trials, key=lambda one: one.change)
    beyond = sum(one.change > _ALLOWED for one in trials)
    return [Value(worst.change, note=f"{beyond} of {len(trials)} sets beyond it; the worst: {_told(worst)}")]


def worst_mean(payload: Mapping[str, Any]) -> Sequence[Value]:
    """Return the mean change of log loss over the draws of the head, epoch and size where it is worst."""
    trials = _trials(payload)
    groups = list(trial_groups(trials).values())
    worst = max(groups, key=lambda group: fmean(one.change for one in group))
    change = fmean(one.change for one in worst)
    mean = f"{100 * fmean(one.change for one in trials):+.2f} %".replace("-", "−")
    return [Value(change, note=f"worst of {len(groups)} means: {_told(worst[0])}; {mean} over all")]


def worst_rounding(payload: Mapping[str, Any]) -> Sequence[Value]:
    """Return the change of log loss by 8 bits, as they are read, of the head where it is worst."""
    heads = [RoundedScores(**one) for one in payload["rounded"]]
    worst = max(heads, key=lambda one: one.read / one.real)
    stored = f"{100 * (worst.stored / worst.real - 1.0):+.1f} %".replace("-", "−")
    return [Value(worst.read / worst.real - 1.0, note=f"worst of {len(heads)} heads; {stored} with zeros as stored")]


def _trials(payload: Mapping[str, Any]) -> list[Trial]:
    return [Trial(**one) for one in payload["trials"]]


def _told(one: Trial) -> str:
    return f"head of {one.learned:,} photographs, {one.epoch} epoch, {one.photographs:,} to validate"
