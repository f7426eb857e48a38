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
from benchmarks.results.tables import accuracy_tables
from benchmarks.statistics.estimates import Estimate
from edge_app.common.errors import ResultError
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.metrics.paired_comparison import PairedComparison
from tests.benchmarks.results.test_result import FILE, RESULT

NEITHER = NeitherAnswers("flowers", 40, Estimate(0.98, 0.97, 0.99), 0.6, accepted=9, accepted_right=8, rejected=38)


def judged(right: list[bool], sha256: str = "ab", groups: tuple[int, ...] = ()) -> Judgement:
    classes = (ClassAccuracy("cat", sum(right), len(right)),)
    bits = pack_bits(np.array(right))
    return Judgement("test split", len(right), sha256, bits, classes, neither=NEITHER, groups=groups)


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
        {"groups": (0, 0)},
        {"groups": (1, 0, 0)},
    ],
)
def test_contradictions_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        replace(judged([True, False, True]), **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"accepted": None}, {"threshold": None}, {"accepted_right": 10}, {"rejected": 41}])
def test_impossible_counts_of_neither_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="neither"):
        replace(NEITHER, **wrong)  # type: ignore[arg-type]


SESSIONS = tuple(number // 4 for number in range(80))
FIRST = [number % 20 != 0 for number in SESSIONS]  # 19 of 20 sessions
SECOND = [number % 3 != 0 for number in SESSIONS]  # 13 of them


def test_four_photographs_of_every_session_prove_no_more_than_one() -> None:
    found, one_each = judged(FIRST, groups=SESSIONS), judged(FIRST[::4])
    assert found.shown == "80 photographs in 20 groups"
    assert one_each.shown == "20 photographs"
    assert (found.accuracy.low, found.accuracy.high) == (one_each.accuracy.low, one_each.accuracy.high)
    assert judged(FIRST).accuracy.low > found.accuracy.low
    of_class = ClassAccuracy("cat", 76, 80, independent=20.0).accuracy
    assert (of_class.low, of_class.high) == (found.accuracy.low, found.accuracy.high)
    compared = compare_judgements(found, judged(SECOND, groups=SESSIONS))
    alone = compare_judgements(one_each, judged(SECOND[::4]))
    assert (compared.low, compared.high, compared.p_value) == (alone.low, alone.high, alone.p_value)


def test_a_result_without_groups_reads_as_before_and_takes_those_of_the_other() -> None:
    content = json.loads(json_text(to_json(judged(FIRST, groups=SESSIONS))))
    assert content.pop("groups") == list(SESSIONS)
    older = from_json(Judgement, content)
    assert older == judged(FIRST)
    assert older.accuracy == MeasuredAccuracy.from_counts(76, 80, "test split")
    newer = judged(SECOND, groups=SESSIONS)
    expected = PairedComparison.of(older.right(), newer.right(), SESSIONS)
    assert compare_judgements(older, newer) == expected
    assert compare_judgements(newer, older).difference == -expected.difference
    assert compare_judgements(newer, older).groups == 20


def test_photographs_that_were_grouped_otherwise_are_not_compared() -> None:
    pairs = tuple(number // 2 for number in range(80))
    said = r"different groups \(80 photographs in 20 groups; 80 photographs in 40 groups\), .*with the same groups.csv"
    with pytest.raises(ResultError, match=said):
        compare_judgements(judged(FIRST, groups=SESSIONS), judged(SECOND, groups=pairs))


def test_the_tables_say_how_many_groups_there_are() -> None:
    files = (judged(FIRST, groups=SESSIONS), judged(SECOND, groups=SESSIONS))
    named = tuple(replace(FILE, file=f"{name}.tflite", judgement=one) for name, one in zip("ab", files, strict=True))
    told = accuracy_tables(replace(RESULT, files=named))
    assert told.startswith("80 photographs in 20 groups, test split; others: 40, flowers. ")
    assert "Intervals are over groups." in told
    assert "Groups change sides as a whole in the test" in told
    alone = tuple(replace(one, judgement=replace(one.judgement, groups=())) for one in named)
    assert "groups" not in accuracy_tables(replace(RESULT, files=alone)).lower()


@pytest.mark.parametrize("wrong", [{"accepted_independent": 9.5}, {"others_independent": 0.5}])
def test_nothing_is_worth_more_than_its_photographs(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="cannot say as much as"):
        replace(NEITHER, **wrong)  # type: ignore[arg-type]
