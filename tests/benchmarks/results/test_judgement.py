"""Promises of the record of a file's accuracy: small, and comparable photograph by photograph."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.results.json_records import from_json, json_text, to_json
from benchmarks.results.judgement import ClassAccuracy, Judgement, NeitherAnswers, compare_judgements, pack_bits
from benchmarks.statistics.estimates import Estimate
from edge_app.common.errors import ResultError
from edge_app.metrics.paired_comparison import PairedComparison

NEITHER = NeitherAnswers("flowers", 40, Estimate(0.98, 0.97, 0.99), 0.6, accepted=9, accepted_right=8, rejected=38)


def judged(right: list[bool], sha256: str = "ab") -> Judgement:
    classes = (ClassAccuracy("cat", sum(right), len(right)),)
    return Judgement("test split", len(right), sha256, pack_bits(np.array(right)), classes, neither=NEITHER)


@settings(max_examples=20, deadline=None)  # 10,000 resamples each
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=70))
def test_two_results_are_compared_as_if_all_answers_had_been_kept(answers: list[tuple[bool, bool]]) -> None:
    first, second = ([pair[place] for pair in answers] for place in range(2))
    again = [from_json(Judgement, json.loads(json_text(to_json(judged(right))))) for right in (first, second)]
    assert again == [judged(first), judged(second)]
    assert again[0].right().tolist() == first
    found = compare_judgements(*again)
    assert found == PairedComparison.of(np.array(first), np.array(second))


def test_different_photographs_are_not_compared() -> None:
    with pytest.raises(ResultError, match=r"different photographs .*; measure both on the same"):
        compare_judgements(judged([True]), judged([True], sha256="cd"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"right_bits": "ffff"},
        {"right_bits": "zz"},
        {"photographs": 0},
        {"classes": (ClassAccuracy("cat", 2, 4),)},
    ],
)
def test_contradictions_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        replace(judged([True, False, True]), **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"accepted": None}, {"threshold": None}, {"accepted_right": 10}, {"rejected": 41}])
def test_impossible_counts_of_neither_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="neither"):
        replace(NEITHER, **wrong)  # type: ignore[arg-type]
