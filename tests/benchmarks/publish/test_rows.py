"""Promises of the published rows: a verdict follows from its number, and the number from the file."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.__main__ import main
from benchmarks.publish.committed import Committed
from benchmarks.publish.measures import ALL_MEASURES, README, SECTIONS
from benchmarks.publish.quantity import PERCENT, Value, at_least, at_most
from benchmarks.publish.rows import rows_of
from edge_app.common.errors import ResultError

RESULTS = Path(__file__).parents[3] / "results"


def test_a_verdict_follows_from_the_number_in_the_file(tmp_path: Path) -> None:
    content = json.loads((RESULTS / "training/mobilenet_v2.json").read_text(encoding="utf-8"))
    path = tmp_path / "training/mobilenet_v2.json"
    path.parent.mkdir()
    missed = []
    for accuracy in (0.9889, 0.9890):
        for repeat in content["payload"]["repeats"]:
            repeat["test"]["accuracy"] = accuracy
        path.write_text(json.dumps(content), encoding="utf-8")
        (row,) = rows_of(ALL_MEASURES, Committed(tmp_path))
        percent = f"{100 * accuracy:.2f}"
        assert row.measured == f"{percent} % ({percent} to {percent})"
        assert row.found.note == "range of 3 seeds"
        missed.append(row.is_missed)
    assert missed == [True, False]


@given(limit=st.floats(-1e3, 1e3), distance=st.floats(1e-6, 1e3))
def test_a_limit_itself_is_reached_and_what_lies_beyond_is_not(limit: float, distance: float) -> None:
    least, most = at_least(limit), at_most(limit)
    below, at, above = (Value(limit + step) for step in (-distance, 0.0, distance))
    assert [least.is_reached(value, limit) for value in (below, at, above)] == [False, True, True]
    assert [most.is_reached(value, limit) for value in (below, at, above)] == [True, True, False]


def test_the_worse_end_of_an_interval_is_judged_where_the_target_is_for_it() -> None:
    value = Value(1.04, 1.02, 1.06)
    assert at_most(1.05).is_reached(value, 1.05)
    assert not at_most(1.05, of_interval=True).is_reached(value, 1.05)


def test_nothing_that_may_be_judged_reaches_nothing() -> None:
    targets = [measure.target for measure in ALL_MEASURES if measure.target is not None]
    assert not any(target.is_reached(Value(None), target.limit or 1.0) for target in targets)


def test_every_measure_and_every_heading_has_a_name_of_its_own() -> None:
    names = Counter([measure.what for measure in ALL_MEASURES] + [section.title for section in SECTIONS])
    assert names.most_common(1)[0][1] == 1


def test_the_readme_shows_a_few_measures() -> None:
    assert len(README) <= 9
    assert set(README) <= set(ALL_MEASURES)


def test_what_is_not_measured_has_no_row(tmp_path: Path) -> None:
    assert rows_of(ALL_MEASURES, Committed(tmp_path)) == []


def test_every_measure_has_its_committed_result() -> None:
    measured = {row.measure for row in rows_of(ALL_MEASURES, Committed(RESULTS))}
    assert [measure.what for measure in ALL_MEASURES if measure not in measured] == []


def test_a_result_without_the_number_of_its_row_is_one_sentence(tmp_path: Path) -> None:
    content = json.loads((RESULTS / "soak.json").read_text(encoding="utf-8"))
    del content["payload"]["samples"]
    (tmp_path / "soak.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ResultError, match=r"soak.json .* lacks what the row “the app on .*KeyError: 'samples'"):
        rows_of(ALL_MEASURES, Committed(tmp_path))


def test_a_number_that_is_too_large_to_show_is_one_sentence(tmp_path: Path) -> None:
    content = json.loads((RESULTS / "soak.json").read_text(encoding="utf-8"))
    content["payload"]["derived"]["growth_bytes"] = 10**400
    (tmp_path / "soak.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ResultError, match=r"soak.json .* lacks what the row “the app on .*OverflowError"):
        rows_of(ALL_MEASURES, Committed(tmp_path))


def test_the_day_of_a_commit_is_told_as_one(tmp_path: Path) -> None:
    shutil.copytree(RESULTS / "small", tmp_path / "small")
    assert Committed(tmp_path).source("small/metrics.json").date == "by 2026-11-28"
    run = tmp_path / "small/run.json"
    content = json.loads(run.read_text(encoding="utf-8"))
    run.write_text(json.dumps({**content, "date": "2026-11-28T05:07:46+00:00"}), encoding="utf-8")
    assert Committed(tmp_path).source("small/metrics.json").date == "2026-11-28"
    run.write_text(json.dumps({**content, "date": "", "device": {}}), encoding="utf-8")
    source = Committed(tmp_path).source("small/metrics.json")
    assert (source.machine, source.date) == ("not recorded", "not recorded")


def test_the_goals_are_listed_with_verdicts_and_what_was_not_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(RESULTS / "small", tmp_path / "small")
    assert main(["experiment", "goals", "--results", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "| not reached |" in told
    assert "0 of 1 targets are reached" in told
    assert "not measured: MobileNetV2 1.0/224, one fine-tuning (`--soup 1`), median of the seeds;" in told


def test_a_number_is_written_with_its_interval_and_a_true_minus() -> None:
    assert PERCENT.text(-0.0123, -0.02, 0.01) == "−1.23 % (−2.00 to 1.00)"


@pytest.mark.parametrize(("field", "value"), [("cores", []), ("load", [1]), ("load", "high")])
def test_a_device_that_cannot_be_read_is_one_sentence(field: str, value: object, tmp_path: Path) -> None:
    content = json.loads((RESULTS / "soak.json").read_text(encoding="utf-8"))
    content["device"][field] = value
    (tmp_path / "soak.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ResultError, match=r"soak.json` is of no device that can be read"):
        rows_of(ALL_MEASURES, Committed(tmp_path))


def test_a_number_of_another_type_is_one_sentence(tmp_path: Path) -> None:
    shutil.copytree(RESULTS / "all", tmp_path / "all")
    path = tmp_path / "all" / "conversion.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), "duration_s": [1.0]}), encoding="utf-8")
    with pytest.raises(ResultError, match=r"conversion.json .* lacks what the row .*TypeError"):
        rows_of(ALL_MEASURES, Committed(tmp_path))
