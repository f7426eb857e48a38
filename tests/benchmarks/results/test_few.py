"""Promises of the results on few photographs: known intervals, the worst size stands in the row, misses count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.publish.quantity import POINTS, Value, not_above, not_below
from benchmarks.publish.values import few_coverage, few_differences
from benchmarks.results.device import examine_device
from benchmarks.results.few import (
    Draw,
    FewPhotographs,
    Judged,
    Statement,
    coverages,
    derived_from,
    differences,
    paired_interval,
)
from benchmarks.results.json_records import to_json
from edge_app.metrics.accuracy import MeasuredAccuracy


def _statement(right: int, photographs: int, judged_right: int, others: int, per_class: int = 3) -> Statement:
    stated = MeasuredAccuracy.from_counts(right, photographs, "out of fold")
    return Statement(per_class, 0, stated.top1, stated.low, stated.high, judged_right / others, others)


@pytest.mark.parametrize(
    ("first", "second", "holds"),
    [
        ((56, 70), (48, 80), False),  # 0.0524 to 0.3339
        ((9, 10), (3, 10), False),  # 0.1705 to 0.8090
        ((5, 56), (0, 29), True),  # -0.0381 to 0.1926
        ((6, 7), (2, 7), False),  # 0.0582 to 0.8062
        ((0, 10), (0, 20), True),  # -0.1611 to 0.2775
    ],
)
def test_the_interval_of_a_difference_is_newcombes(
    first: tuple[int, int], second: tuple[int, int], holds: bool
) -> None:
    """Table II of R. G. Newcombe, Statistics in Medicine 17 (1998), method 10; which side states does not matter."""
    assert _statement(*first, *second).holds is holds
    assert _statement(*second, *first).holds is holds


def test_a_judge_with_few_photographs_contradicts_less_than_one_with_many() -> None:
    of_few, of_many = _statement(100, 120, 37, 50), _statement(100, 120, 7400, 10000)
    assert not of_few.holds_judged
    assert of_few.holds
    assert not of_many.holds


def test_an_interval_over_draws_is_students() -> None:
    mean, low, high = paired_interval([1.0, 2.0, 3.0])
    assert mean == 2.0
    assert (high - mean, mean - low) == pytest.approx((2.4841, 2.4841), abs=1e-4)  # 4.3027 / sqrt(3)


def _result(seeds: int = 4) -> FewPhotographs:
    draws = tuple(
        Draw(size, seed, 100, Judged(ours + 0.001 * seed, 0.5), {"peer": Judged(0.8, loss)})
        for size, ours, loss in ((3, 0.81, 0.4), (10, 0.79, 0.6))
        for seed in range(seeds)
    )
    statements = (_statement(80, 100, 7900, 10000), _statement(80, 100, 6000, 10000))
    return FewPhotographs("2026-11-28", examine_device(), "pets", "", ("a", "b"), 200, "", "1", draws, statements)


def test_differences_are_ours_minus_the_peers_and_the_worst_size_stands_in_the_row() -> None:
    result = _result()
    found = {(one.per_class, one.metric): one.value for one in differences(result)}
    assert found == pytest.approx(
        {(3, "accuracy"): 0.0115, (10, "accuracy"): -0.0085, (3, "log_loss"): 0.1, (10, "log_loss"): -0.1}
    )
    payload = to_json({**derived_from(result), "labels": result.labels})
    ((accuracy,), (loss,)) = (few_differences(metric, "peer")(payload) for metric in ("accuracy", "log_loss"))
    assert accuracy.value == pytest.approx(-0.0085)
    assert loss.value == pytest.approx(0.1)
    assert "a, b, worst of 2 sizes (10 per class); 3: 81.2 % against 80.0 %, 10: 79.2 % against 80.0 %" in accuracy.note
    assert not not_below(0.0).is_reached(accuracy, 0.0)
    assert not not_above(0.0).is_reached(loss, 0.0)


def test_coverage_counts_draws_whose_statement_holds() -> None:
    result = _result()
    (found,) = coverages(result)
    assert (found.share, found.raw, found.draws) == (0.5, 0.5, 2)
    assert found.bias == pytest.approx(0.105)
    noisy = replace(result, statements=(_statement(100, 120, 37, 50),))
    assert (coverages(noisy)[0].share, coverages(noisy)[0].raw) == (1.0, 0.0)
    assert few_coverage(to_json({**derived_from(result), "labels": result.labels}))[0].value == 0.5


def test_not_below_asks_that_the_interval_reaches_the_limit() -> None:
    target = not_below(0.0)
    assert target.text(POINTS, 0.0) == "upper end ≥ 0 points"
    assert not_above(0.0).text(POINTS, 0.0) == "lower end ≤ 0 points"
    assert [target.is_reached(Value(-0.1, -0.3, high), 0.0) for high in (-0.01, 0.0, 0.1)] == [False, True, True]
    assert [not_above(0.0).is_reached(Value(0.1, low, 0.3), 0.0) for low in (-0.1, 0.01)] == [True, False]
    assert np.isinf(paired_interval([0.1])[2])
