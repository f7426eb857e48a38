"""Rows of accuracies: runs that were repeated with several seeds, and single ones."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.goals import CUSTOM_CNN, DISTILLED, MOBILENET_V2, SMALL, SOUP, Goal
from benchmarks.publish.readme.row import Row, finding, judged
from benchmarks.publish.readme.units import PERCENT

ABLATION = "training/ablation.json"


def repeated_row(file: str, goal: Goal, variant: str, results: Committed) -> tuple[Row, ...]:
    """Judge the median of the test accuracies of all seeds; one seed has its own interval."""
    repeats = [one for one in results.read(file)["repeats"] if one["variant"] == variant]
    if not repeats:
        return ()
    tests = [one["test"] for one in repeats]
    accuracies = sorted(float(test["accuracy"]) for test in tests)
    interval = None
    if len(tests) == 1:
        interval = (tests[0]["accuracy_low"], tests[0]["accuracy_high"])
        seeds = "one seed"
    else:
        seeds = f"{len(tests)} seeds: {', '.join(PERCENT.number(one) for one in accuracies)} %"
    remark = f"{seeds}; {_confidence(tests)}"
    return (judged(goal, statistics.median(accuracies), results.source(file), interval=interval, remark=remark),)


def single_row(file: str, goal: Goal, results: Committed) -> tuple[Row, ...]:
    """Judge the test accuracy of one run."""
    test = results.read(file)["test"]
    interval = (test["accuracy_low"], test["accuracy_high"])
    remark = f"one seed; {_confidence([test])}"
    return (judged(goal, test["accuracy"], results.source(file), interval=interval, remark=remark),)


def ablation_row(results: Committed) -> tuple[Row, ...]:
    """Tell mean and range of the test accuracies of every variant."""
    repeats = results.read(ABLATION)["repeats"]
    variants = dict.fromkeys(one["variant"] for one in repeats)
    shares = {name: [one["test"]["accuracy"] for one in repeats if one["variant"] == name] for name in variants}
    told = [f"{name} {_mean_and_range(values)}" for name, values in shares.items()]
    best = max(shares, key=lambda name: statistics.fmean(shares[name]))
    recipe = repeats[0]["recipe"]
    what = (
        f"what each technique brings to a network from scratch, {recipe['input_size']} px, {recipe['epochs']} epochs, "
        f"{len(repeats) // len(variants)} seeds: mean and range"
    )
    return (finding(what, f"{', '.join(told)}; best: {best}", results.source(ABLATION)),)


MOBILENET_V2_ROW = partial(repeated_row, "training/mobilenet_v2.json", MOBILENET_V2, "mobilenet_v2")
SOUP_ROW = partial(repeated_row, "training/soup.json", SOUP, "mobilenet_v2, soup of 3")
CUSTOM_CNN_ROW = partial(repeated_row, "training/custom_cnn.json", CUSTOM_CNN, "custom_cnn, exposed")
DISTILLED_ROW = partial(repeated_row, "training/custom_cnn.json", DISTILLED, "custom_cnn, distilled")
SMALL_ROW = partial(single_row, "small/metrics.json", SMALL)


def _confidence(tests: Sequence[Mapping[str, Any]]) -> str:
    losses = sorted(float(test["log_loss"]) for test in tests)
    errors = [float(test["confidence"]["expected_calibration_error"]) for test in tests if "confidence" in test]
    loss = f"log loss {losses[0]:.3f}" + (f" to {losses[-1]:.3f}" if len(losses) > 1 else "")
    return f"{loss}, ECE {PERCENT.text(statistics.median(errors))}" if errors else loss


def _mean_and_range(shares: Sequence[float]) -> str:
    low, mean, high = (f"{100 * value:.1f}" for value in (min(shares), statistics.fmean(shares), max(shares)))
    return f"{mean} % ({low} to {high})"
