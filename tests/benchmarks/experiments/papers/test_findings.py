"""Promises of the sentences: they follow from the numbers, and a verdict needs every seed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.experiments.papers.double_descent import CNN, FEATURES, DoubleDescent, RiskPoint
from benchmarks.experiments.papers.dropout import Dropout, DropoutPoint
from benchmarks.experiments.papers.findings import Finding, find, verdict_of
from benchmarks.experiments.papers.training import Curve
from benchmarks.experiments.papers.variance_shift import BOTH, NORM, VARIANTS, ShiftPoint, VarianceShift


@given(st.lists(st.floats(-1, 1), max_size=6))
def test_seen_means_every_seed_and_not_seen_means_none(effects: list[float]) -> None:
    shown = [effect > 0 for effect in effects]
    verdict = verdict_of(effects)
    assert (verdict == "seen") == (len(effects) > 1 and all(shown))
    assert (verdict == "not seen") == (len(effects) > 1 and not any(shown))
    assert find(effects, "x.").sentence == f"{verdict.capitalize()}: x."


def test_a_sentence_cannot_contradict_its_verdict() -> None:
    with pytest.raises(ValueError, match="must begin with its verdict"):
        Finding("not seen", "Seen: it is there.")


def dropout_point(variant: str, seed: int, losses: tuple[float, ...], errors: tuple[float, ...]) -> DropoutPoint:
    steps = tuple(50 * (place + 1) for place in range(len(losses)))
    return DropoutPoint(variant, seed, Curve(steps, losses, errors, losses, errors))


def test_dropout_costs_the_iterations_to_the_lowest_loss_that_all_reached() -> None:
    points = []
    for seed in (0, 1):
        points.append(dropout_point("without", seed, (0.6, 0.4, 0.2, 0.1), (0.4, 0.35, 0.32, 0.3)))
        points.append(dropout_point("with", seed, (0.7, 0.6, 0.5, 0.4), (0.4, 0.3, 0.29, 0.25)))
    gain, cost = Dropout().findings(points)
    assert gain.sentence.startswith(
        "Seen: the test error at the lowest validation loss is 25.0 % with dropout and 30.0 %"
    )
    assert "the same training loss (0.4 nats) takes 2.0 times the iterations (2.0 to 2.0; within" in cost.sentence


@pytest.mark.parametrize(("both", "verdict"), [(0.4, "seen"), (0.2, "not seen")])
def test_harm_of_dropout_before_batch_norm_is_judged_against_batch_norm_alone(both: float, verdict: str) -> None:
    error = dict.fromkeys(VARIANTS, 0.3) | {BOTH: both}
    ratios = dict.fromkeys(VARIANTS, (1.0, 1.1)) | {BOTH: (1.0, 1.5), NORM: (1.0, 1.1)}
    points = [
        ShiftPoint(variant, seed, 0.1, error[variant], 0.25, ratios[variant], ratios[variant])
        for seed in (1, 0)
        for variant in VARIANTS
    ]
    shift, harm = VarianceShift().findings(points)
    assert shift.sentence.startswith("Seen: the shift ratio of batch norm behind dropout is 1.50, and 1.10")
    assert harm.verdict == verdict
    assert "statistics measured again without dropout 25.0 %" in harm.sentence


def risk_points(model: str, risks: dict[int, tuple[float, float]], training: dict[int, float]) -> list[RiskPoint]:
    return [
        RiskPoint(model, capacity, 0.2, seed, capacity, 0.0, training[capacity], risk, risk)
        for capacity, by_seed in risks.items()
        for seed, risk in enumerate(by_seed)
    ]


def test_a_second_descent_needs_a_rise_before_it() -> None:
    paper = DoubleDescent(label_noise=(0.2,), photographs=100, ratios=(0.1, 1.0, 10.0), widths=(1, 2, 4))
    learned = {10: 0.4, 100: 0.0, 1000: 0.0, 1: 0.4, 2: 0.01, 4: 0.0}
    double = risk_points(FEATURES, {10: (0.3, 0.3), 100: (9.0, 8.0), 1000: (0.2, 0.2)}, learned)
    falling = risk_points(CNN, {1: (0.4, 0.4), 2: (0.35, 0.35), 4: (0.3, 0.3)}, learned)
    features, cnn = paper.findings([*double, *falling])
    assert (features.verdict, cnn.verdict) == ("seen", "not seen")
    assert "0.3 at best below the threshold (10 features), 8.5 at it and 0.2 with 1,000" in features.sentence
    assert "its end below the first minimum" in features.sentence
    assert paper.cnn_threshold(falling) == 2


def test_without_a_threshold_among_the_widths_nothing_is_claimed() -> None:
    paper = DoubleDescent(label_noise=(0.2,), photographs=100, ratios=(0.1, 1.0, 10.0), widths=(1, 2))
    features = risk_points(
        FEATURES, {10: (0.3, 0.3), 100: (9.0, 8.0), 1000: (0.2, 0.2)}, dict.fromkeys((10, 100, 1000), 0)
    )
    for training, sentence in ((0.3, "no width of the CNN up to 2"), (0.0, "only the narrowest CNN")):
        cnn = risk_points(CNN, {1: (0.4, 0.4), 2: (0.3, 0.3)}, {1: training, 2: training})
        finding = paper.findings([*features, *cnn])[1]
        assert finding.verdict == "unclear"
        assert sentence in finding.sentence
