"""Promises of what is said of two models: the verdict, what would decide it, and which labels changed."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.results.device import examine_device
from benchmarks.results.json_records import from_json, to_json
from benchmarks.results.model_comparison import (
    Answer,
    AnsweredPhotograph,
    ComparedModel,
    ModelComparison,
    about,
    advice_sentence,
    classes_table,
    models_table,
    photographs_for,
    smallest_difference,
    verdict_of,
    verdict_sentence,
)
from edge_app.metrics.paired_comparison import PairedComparison


def photograph(number: int, label: str, old: str, new: str, score: float = 0.9, group: int = -1) -> AnsweredPhotograph:
    return AnsweredPhotograph(
        f"{label}/{number}.jpg", label, group if group >= 0 else number, Answer(old, 0.6, True), Answer(new, score)
    )


def comparison(*photographs: AnsweredPhotograph) -> ModelComparison:
    old, new = ComparedModel("a/old.tflite", "0" * 64), ComparedModel("b/new.tflite", "1" * 64)
    return ModelComparison("2026-11-29T12:00:00+00:00", examine_device(), "all of desk", (), old, new, photographs)


def drawn(count: int, differ: float, gain: float, seed: int) -> PairedComparison:
    """Two models that differ on a share of photographs, the second one better by `gain`."""
    dice = np.random.default_rng(seed).random(count)
    first = dice < (differ - gain) / 2
    second = (dice > 1 - (differ + gain) / 2) & ~first
    return PairedComparison.of(~second, ~first, resamples=1000)


def test_every_photograph_whose_label_changed_is_of_one_kind_and_the_surest_comes_first() -> None:
    result = comparison(
        photograph(0, "cup", "cup", "cup"),
        photograph(1, "cup", "cup", "phone", 0.7),
        photograph(2, "cup", "cup", "phone", 0.8),
        photograph(3, "phone", "cup", "phone"),
        photograph(4, "phone", "cup", "lamp"),
    )
    assert [one.path for one in result.changed("wrong now")] == ["cup/2.jpg", "cup/1.jpg"]
    assert [one.path for one in result.changed("right now")] == ["phone/3.jpg"]
    assert [one.path for one in result.changed("wrong with another label")] == ["phone/4.jpg"]
    assert result.neither() == (5, 0)
    assert about(result)[-1] == "4 of 5 labels changed: 2 wrong now, 1 right now, 1 wrong with another label"
    assert classes_table(result).rows == [("cup", "3", "100.0%", "33.3%"), ("phone", "2", "0.0%", "50.0%")]
    assert [row[1] for row in models_table(result).rows] == ["old.tflite", "new.tflite"]


def test_a_better_model_is_called_better_and_the_other_way_round_worse() -> None:
    better = [photograph(number, "cup", "phone", "cup") for number in range(12)]
    same = [photograph(12 + number, "cup", "cup", "cup") for number in range(38)]
    found = comparison(*better, *same).paired
    assert verdict_of(found) == "better"
    assert verdict_sentence(found).startswith("the new model is better: +24.00 (+")
    assert advice_sentence(found) == ""
    turned = [photograph(number, "cup", "cup", "phone") for number in range(12)]
    assert verdict_sentence(comparison(*turned, *same).paired).startswith("the new model is worse: −24.00 (−")


def test_frames_of_few_sessions_decide_nothing_and_more_sessions_are_asked_for() -> None:
    frames = [photograph(number, "cup", "phone", "cup", group=number // 20) for number in range(80)]
    found = comparison(*frames).paired
    assert verdict_sentence(found).startswith("cannot tell which model is better: +100.00 (")
    assert "80 photographs in 4 groups" in verdict_sentence(found)
    assert "judge on photographs of more sessions" in advice_sentence(found)
    alone = [photograph(number, "cup", "phone", "cup") for number in range(80)]
    assert verdict_of(comparison(*alone).paired) == "better"


def test_models_that_always_agree_are_no_better_and_the_number_of_photographs_says_how_sure_that_is() -> None:
    assert "more would have been found" in advice_sentence(drawn(50, 0.0, 0.0, 0))
    assert "choose by size or speed" in advice_sentence(drawn(2000, 0.0, 0.0, 0))


@pytest.mark.parametrize(("differ", "gain"), [(0.1, 0.03), (0.3, 0.05)])
def test_so_many_photographs_find_the_difference_nine_times_in_ten(differ: float, gain: float) -> None:
    """The range holds the right number; with that many, models so different are told apart in nine of ten draws."""
    few, many = photographs_for(drawn(300, differ, gain, 1), gain)
    right = int(10.5 * differ / gain**2)
    assert few <= right <= many
    found = sum(verdict_of(drawn(right, differ, gain, seed)) == "better" for seed in range(300)) / 300
    assert 0.86 <= found <= 0.96


def test_a_difference_that_was_seen_is_not_far_above_the_smallest_one_that_would_have_been() -> None:
    found = drawn(4000, 0.1, 0.02, 3)
    assert verdict_of(found) == "better"
    assert 0.010 < smallest_difference(found) < 0.025
    assert smallest_difference(drawn(20, 0.1, 0.02, 3)) > 0.2


def test_a_written_comparison_is_read_as_it_was() -> None:
    result = comparison(photograph(0, "cup", "cup", "phone"), photograph(1, "phone", "cup", "phone"))
    assert from_json(ModelComparison, to_json(result)) == result
