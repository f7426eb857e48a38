"""Promises of the record of several seeds: answers of one photograph go together, and nothing is compared by halves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.results.device import examine_device
from benchmarks.results.judgement import ClassAccuracy, Judgement, pack_bits
from benchmarks.results.other_source import FileElsewhere, LeftOut
from benchmarks.results.seeds import SeedFile, Seeds, derived, int8_change, pooled_comparison, seeds_table, sentences
from benchmarks.statistics.estimates import Estimate
from edge_app.common.errors import ResultError
from edge_app.metrics.paired_comparison import PairedComparison

RIGHT = [True] * 8 + [False] * 2


def judged(right: list[bool], loss: float = 0.1, data: str = "test split", sha256: str = "ab") -> Judgement:
    classes = (ClassAccuracy("cat", sum(right), len(right)),)
    bits = pack_bits(np.array(right))
    return Judgement(data, len(right), sha256, bits, classes, log_loss=Estimate(loss, loss, loss))


def right_on(count: int, loss: float = 0.1, data: str = "test split") -> Judgement:
    return judged([place < count for place in range(20)], loss, data)


def file(recipe: str, seed: int, conversion: str, own: Judgement, elsewhere: Judgement) -> SeedFile:
    name = f"models/{recipe}-{seed}/{recipe}-{seed}-{conversion}.tflite"
    return SeedFile(
        recipe, f"models/{recipe}-{seed}", conversion, own, FileElsewhere(name, "a" * 64, "", None, elsewhere)
    )


def two_recipes() -> Seeds:
    """Two seeds each of twenty photographs: the soup is right on 19 and 18, its int8 files on 18 and 18."""
    web = "web, odd half"
    counts = {
        ("soup", "float32"): ((19, 0.10), (18, 0.20)),
        ("soup", "int8"): ((18, 0.12), (18, 0.21)),
        ("single", "float32"): ((17, 0.20), (17, 0.20)),
        ("single", "int8"): ((17, 0.20), (16, 0.20)),
    }
    files = [
        file(recipe, seed, conversion, right_on(right, loss), right_on(right - 2, loss, web))
        for recipe in ("soup", "single")
        for seed in (0, 1)
        for conversion in ("float32", "int8")
        for right, loss in (counts[recipe, conversion][seed],)
    ]
    return Seeds("2026-11-29T00:00:00+00:00", examine_device(), "web", "odd", LeftOut(), tuple(files))


@settings(max_examples=20, deadline=None)  # 10,000 resamples each
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=8, max_size=60), st.integers(1, 4))
def test_seeds_that_answer_alike_say_as_much_as_one(answers: list[tuple[bool, bool]], seeds: int) -> None:
    first, second = (judged([pair[place] for pair in answers]) for place in range(2))
    pooled, alone = pooled_comparison([first] * seeds, [second] * seeds), pooled_comparison([first], [second])
    assert (pooled.difference, pooled.low, pooled.high) == pytest.approx((alone.difference, alone.low, alone.high))
    assert pooled.p_value == pytest.approx(alone.p_value)
    assert alone == PairedComparison.of(first.right(), second.right())
    assert pooled.groups == len(answers)


def test_the_difference_is_the_mean_of_the_seeds() -> None:
    pooled = pooled_comparison([right_on(15), right_on(16)], [right_on(17), right_on(20)])
    assert pooled.difference == pytest.approx((0.1 + 0.2) / 2)
    assert pooled.low > 0.0


def test_other_photographs_and_missing_seeds_are_refused() -> None:
    with pytest.raises(ResultError, match="different photographs"):
        pooled_comparison([judged(RIGHT), judged(RIGHT, sha256="cd")], [judged(RIGHT), judged(RIGHT)])
    with pytest.raises(ValueError, match="as many seeds of both are needed, received 1 and 2"):
        pooled_comparison([judged(RIGHT)], [judged(RIGHT), judged(RIGHT)])
    result = two_recipes()
    for wrong in (result.files[1:], result.files[:3], result.files[:-1], (*result.files[1:], result.files[1])):
        with pytest.raises(ValueError, match="one or two recipes are needed"):
            replace(result, files=wrong)


def test_int8_by_hand() -> None:
    change = int8_change(two_recipes(), "soup", "own source")
    assert change.differences == pytest.approx((-0.05, 0.0))
    assert change.paired.difference == pytest.approx(-0.025)
    assert change.log_loss_increase == pytest.approx(0.33 / 0.30 - 1)
    assert change.log_loss_increases == pytest.approx((0.2, 0.05))


def test_a_recipe_by_itself_is_compared_with_nothing() -> None:
    result = two_recipes()
    alone = replace(result, files=tuple(result.of("soup", "float32") + result.of("soup", "int8")))
    assert derived(alone)["new_against_old"] == []
    assert int8_change(alone, "soup", "own source") == int8_change(result, "soup", "own source")
    assert [one.partition(":")[0] for one in sentences(alone)[1:]] == [
        "int8 against float32, soup, own source",
        "int8 against float32, soup, other source",
    ]


def test_a_file_without_a_log_loss_is_told() -> None:
    result = two_recipes()
    files = tuple(replace(one, own=replace(one.own, log_loss=None)) for one in result.files)
    with pytest.raises(ResultError, match="has no log loss"):
        int8_change(replace(result, files=files), "soup", "own source")


def test_rows_and_sentences_by_hand() -> None:
    result = two_recipes()
    assert seeds_table(result).rows[1] == (
        "soup",
        "int8",
        "2",
        "90.00 (90.00 to 90.00)",
        "80.00 (80.00 to 80.00)",
        "0.1650 (0.1200 to 0.2100)",
        "0.1650 (0.1200 to 0.2100)",
    )
    said = sentences(result)
    assert said[0] == "own source: test split, 20 photographs; other source: web, odd half, 20 photographs"
    assert said[1].startswith("soup against single, float32, own source: +7.50 points (")
    assert any(one.startswith("int8 against float32, soup, own source: -2.50 points (") for one in said)
    assert said[5].endswith("log loss +10.0 %")
