"""Promises of a sweep's result and of the choice from it: by validation accuracy, within the limits, nearly told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.__main__ import main
from benchmarks.results.envelope import write_result
from benchmarks.results.json_records import rounded, to_json
from benchmarks.results.sweep.pick import Budget, pick
from benchmarks.results.sweep.plot import plot_sweep
from benchmarks.results.sweep.result import Latency, Sweep, SweptFile, read_sweep, sweep_table
from edge_app.common.errors import MissingDependencyError, ResultError
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.card import read_own_card
from edge_app.model.starter import STARTER
from tests.benchmarks.results.test_result import QUIET


def swept(name: str, ms: float | None, kilobytes: int, right: int, right_in_test: int = 1900) -> SweptFile:
    """A file that is right on `right` of 800 validation photographs."""
    recipe = "int8" if "int8" in name else "float32"
    return SweptFile(
        file=f"models/sweep/{name}.tflite",
        sha256="ab" * 32,
        point=name,
        training="custom_cnn" if "cnn" in name else "mobilenet_v2_small",
        width=0.35,
        input_px=160,
        recipe=recipe,
        size_bytes=kilobytes * 1000,
        macs=kilobytes * 40_000,
        parameters=kilobytes * 900,
        validation=MeasuredAccuracy.from_counts(right, 800, "validation split of photos"),
        test=MeasuredAccuracy.from_counts(right_in_test, 2000, "test split of photos"),
        trained_s=60.0,
        frame_to_label=None if ms is None else Latency(ms * 1e-3, ms * 0.9e-3, ms * 1.1e-3),
        invoke=None if ms is None else Latency(ms * 0.8e-3, ms * 0.7e-3, ms * 0.9e-3),
    )


FILES = (
    swept("a-int8", 0.5, 600, 760, right_in_test=1990),
    swept("b-int8", 0.9, 700, 776, right_in_test=1950),
    swept("c-int8", 1.1, 800, 784),
    swept("d-float32", 3.0, 9000, 790),
    swept("cnn-int8", 0.8, 900, 740),
)
SWEEP = Sweep("2026-11-28T00:00:00+00:00", QUIET, 1, "photos, 8,000 photographs", "python …", FILES)


def test_the_best_on_validation_within_the_limits_is_picked_and_better_ones_just_outside_are_told() -> None:
    choice = pick(FILES, Budget(1e-3, 1e6))
    assert choice.best.name == "b-int8.tflite"  # `a` is better on test photographs, which decide nothing
    assert [file.name for file in choice.nearly] == ["c-int8.tflite"]
    told = choice.sentences()
    assert told[0] == "best within 1 ms and 1 MB: b-int8.tflite, 0.90 ms, 0.70 MB, validation 97.0%"
    assert "chosen by 800 validation photographs" in told[1]
    assert "97.5%" in told[1]
    assert told[2] == "nearly: c-int8.tflite, 1.10 ms, 0.80 MB, validation 98.0%, 10.0% too slow"


def test_without_limits_the_best_is_picked_and_of_equals_the_faster() -> None:
    slower = swept("e-int8", 5.0, 600, 790)
    assert pick((slower, *FILES), Budget()).best.name == "d-float32.tflite"


def test_where_nothing_fits_the_nearest_is_named() -> None:
    with pytest.raises(ResultError, match=r"nothing fits 0\.4 ms; the nearest is a-int8\.tflite.*25\.0% too slow"):
        pick(FILES, Budget(latency_s=0.4e-3))


# A busy machine is no fault of the choice.
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.floats(0.1, 9), st.integers(1, 5000), st.integers(0, 800)), min_size=1, max_size=8),
    st.floats(0.1, 9),
    st.integers(1, 5000),
)
def test_a_choice_keeps_its_limits_and_nothing_inside_them_is_better(
    drawn: list[tuple[float, int, int]], ms: float, kilobytes: int
) -> None:
    files = [swept(f"{place}-int8", *one) for place, one in enumerate(drawn)]
    budget = Budget(ms * 1e-3, kilobytes * 1000)
    inside = [file for file in files if budget.excess(file) <= 1]
    if not inside:
        with pytest.raises(ResultError):
            pick(files, budget)
        return
    choice = pick(files, budget)
    assert choice.best in inside
    assert choice.best.validation.top1 == max(file.validation.top1 for file in inside)
    assert all(budget.excess(file) > 1 and file.validation.top1 > choice.best.validation.top1 for file in choice.nearly)


def test_a_sweep_comes_back_as_it_was_written_measured_or_not(tmp_path: Path) -> None:
    sweep = replace(SWEEP, files=(*FILES, swept("late-int8", None, 500, 700)), notes=("one failed",), complete=False)
    sweep = replace(sweep, device=None)
    write_result(tmp_path / "sweep.json", sweep)
    again = read_sweep(tmp_path)
    assert to_json(again) == rounded(to_json(sweep))
    assert again.files[-1].frame_to_label is None
    assert "late-int8.tflite" in str(sweep_table(again.files))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "cannot be read as JSON"),
        ("[]", "is no result of FieldLens"),
        ("{}", "is no result of FieldLens"),
        ('{"kind": "soak", "schema": 1, "date": "2026-11-28", "device": null, "payload": {}}', "a `sweep` is needed"),
        ('{"kind": "sweep", "schema": 1, "date": "2026-11-28", "device": null, "payload": {}}', "is damaged"),
    ],
)
def test_nonsense_is_one_sentence(text: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "sweep.json").write_text(text)
    assert main(["pick", str(tmp_path / "sweep.json")]) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--budget-ms", "0"], "--budget-ms must be above 0, received 0"),
        (["--budget-mb", "nan"], "--budget-mb must be above 0, received nan"),
        (["--plot", "plot.jpg"], "--plot writes a .png file"),
    ],
)
def test_impossible_limits_are_one_sentence(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_result(tmp_path / "sweep.json", SWEEP)
    assert main(["pick", str(tmp_path), *words]) == 2
    assert sentence in capsys.readouterr().err


def test_the_verb_picks_from_a_result_without_running_anything_and_draws_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_result(tmp_path / "sweep.json", SWEEP)
    assert main(["pick", str(tmp_path / "sweep.json"), "--budget-ms", "1", "--budget-mb", "1"]) == 0
    told = capsys.readouterr().out
    assert "file    models/sweep/b-int8.tflite" in told
    assert "on another source: not known, because `models/sweep/b-int8.tflite` is not here any more" in told
    try:
        plot_sweep(replace(SWEEP, files=(*FILES, swept("late-int8", None, 500, 700))), tmp_path / "a.png", Budget(1e-3))
    except MissingDependencyError as error:
        assert "pip install matplotlib" in str(error)
    else:
        assert (tmp_path / "a.png").stat().st_size > 30_000


def test_the_accuracy_on_another_source_is_told_from_the_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_result(tmp_path / "sweep.json", SWEEP)
    monkeypatch.chdir(tmp_path)
    model = tmp_path / "models" / "sweep" / "b-int8.tflite"
    model.parent.mkdir(parents=True)
    words = ["pick", "sweep.json", "--budget-ms", "1", "--budget-mb", "1"]
    model.write_bytes(STARTER.read_bytes())
    card = read_own_card(STARTER)
    with monkeypatch.context() as without:
        without.setattr("edge_app.model.card.read_own_card", lambda _path: replace(card, other_source=None))
        assert main(words) == 0
    assert "not measured; fieldlens bench other-source models/sweep/b-int8.tflite --photos" in capsys.readouterr().out
    found = card.other_source
    assert found is not None
    assert main(words) == 0
    assert f"on {found.photographs} photographs of another source, {found.data}: {found}" in capsys.readouterr().out


def test_a_sweep_that_was_stopped_before_it_measured_says_so() -> None:
    with pytest.raises(ResultError, match="was stopped before it measured latency"):
        pick([swept("late-int8", None, 500, 700)], Budget(latency_s=1e-3))
