"""Promises of `benchmarks experiment teach-live`: turns are compared within their round, and a script teaches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.experiments.teach_live import LABELS, Plan, run_teach_live
from benchmarks.publish import lessons
from benchmarks.results.envelope import read_envelope, read_result
from benchmarks.results.teach_live import LEARNING, LIVE, RECORDING, TeachLive, costs
from edge_app.common.errors import FieldLensError


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run."""
    out = tmp_path_factory.mktemp("live") / "teach-live.json"
    plan = Plan(rounds=1, turn_s=1.0, fps=15.0, starts=1, fetch_s=0.1, hold_s=3.0, look_s=0.5)
    assert run_teach_live(plan, out, overwrite=False) == 0
    return out


@pytest.fixture(scope="module")
def result(written: Path) -> TeachLive:
    return read_result(written, TeachLive)


def test_only_turns_that_record_keep_photographs_and_only_the_last_kind_learns(result: TeachLive) -> None:
    by_way = {turn.way: turn for turn in result.turns}
    assert by_way[LIVE].kept == 0 < by_way[RECORDING].kept
    assert (by_way[LIVE].learned, by_way[RECORDING].learned) == (0, 0)
    assert by_way[LEARNING].learned >= 1
    assert all(0 < turn.labelled <= turn.came for turn in result.turns)


def test_three_labels_are_taught_from_nothing_and_the_hands_are_not_the_machine(result: TeachLive) -> None:
    (start,) = result.starts
    assert len(start.kept) == len(LABELS)
    assert min(start.kept) >= 3
    assert start.hands_s >= len(LABELS) * (0.1 + 3.0)
    assert 0.0 < start.machine_s < start.total_s
    assert start.machine_s > start.page_s + start.labels_s - 0.001  # written with five digits


def test_a_way_is_compared_with_the_live_labels_of_its_own_round(result: TeachLive) -> None:
    def turn(way: str, labelled: int, ms: float) -> object:
        one = next(turn for turn in result.turns if turn.way == way)
        return replace(one, came=100, labelled=labelled, frame_to_label_ms=(ms, ms, 100.0))

    first = (turn(LIVE, 100, 2.0), turn(RECORDING, 95, 3.0), turn(LEARNING, 90, 4.0))
    second = (turn(LEARNING, 40, 8.0), turn(LIVE, 50, 4.0), turn(RECORDING, 50, 4.0))
    recording, learning = costs(replace(result, turns=(*first, *second)))  # type: ignore[arg-type]  # made by `turn`
    assert (recording.way, recording.labelled, recording.frame_to_label) == (RECORDING, (0.95, 1.0), (1.5, 1.0))
    assert (learning.labelled, learning.frame_to_label) == ((0.9, 0.8), (2.0, 2.0))


def test_what_is_published_says_how_it_was_measured(written: Path) -> None:
    envelope = read_envelope(written)
    payload = {**envelope.payload["derived"], **envelope.payload}
    assert [value.note for value in lessons.unlabelled(payload)] == [
        f"{way}; 15 fps; median and range of rounds, 1 in all" for way in (RECORDING, LEARNING)
    ]
    assert len(lessons.slower(payload)) == 2
    (total,), (machine,) = lessons.until_labels(payload), lessons.machine(payload)
    assert total.value is not None
    assert machine.value is not None
    assert machine.value < total.value
    assert "cat, dog, nothing; " in machine.note


def test_an_older_result_is_not_replaced(written: Path) -> None:
    with pytest.raises(FieldLensError, match="--overwrite"):
        run_teach_live(Plan(1, 1.0, 15.0, 1, 0.1, 1.0), written, overwrite=False)
