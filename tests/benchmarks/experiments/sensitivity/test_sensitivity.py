"""Promises of `fieldlens bench experiment sensitivity`: it counts right, and goes on where it was interrupted."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.sensitivity import runs
from benchmarks.experiments.sensitivity.experiment import (
    Repetition,
    Sensitivity,
    SensitivityOptions,
    begin,
    invocation_shift,
    separate_pairs,
)
from benchmarks.experiments.sensitivity.report import derived
from benchmarks.results.envelope import read_result
from edge_app.common.errors import ResultError, UsageError
from edge_app.model.starter import STARTER

WORDS = ["experiment", "sensitivity", str(STARTER), "--repetitions", "2", "--rounds", "2", "--seconds", "0.01"]


def repetitions(count: int, shift: float = 0.0, seed: int = 0) -> tuple[Repetition, ...]:
    """Invocations of a quiet machine whose runs shift."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        file_logs = math.log(1e-3) + shift * rng.standard_normal() + 0.005 * rng.standard_normal(8)
        equal, delayed = 0.005 * rng.standard_normal(8), math.log(1.05) + 0.005 * rng.standard_normal(8)
        found.append(Repetition(tuple(equal), tuple(delayed), tuple(file_logs), -9.0, 0.02))
    return tuple(found)


def test_on_a_quiet_machine_all_three_questions_are_answered_as_wanted() -> None:
    found = replace(begin(STARTER, "ab", SensitivityOptions()), repetitions=repetitions(100, shift=0.02))
    for question in derived(found)["questions"].values():
        assert question["share"] >= question["wanted"]
        assert question["faster"] + question["cannot tell"] + question["slower"] == 100


def test_the_shift_of_separate_runs_is_found() -> None:
    assert invocation_shift(repetitions(200, shift=0.03)) == pytest.approx(0.03, rel=0.15)
    assert invocation_shift(repetitions(200)) < 0.002


def test_every_repetition_is_in_two_pairs_of_separate_runs() -> None:
    pairs = separate_pairs(100)
    assert len(set(pairs)) == 100
    assert sorted(place for pair in pairs for place in pair) == sorted(2 * list(range(100)))


def test_an_interrupted_experiment_is_kept_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "s.json"
    original, called = runs.repeat, []

    def interrupted(*arguments: object) -> Repetition:
        called.append(arguments)
        if len(called) == 2:
            raise KeyboardInterrupt
        return original(*arguments) if len(called) == 1 else repetitions(1)[0]  # type: ignore[arg-type]

    monkeypatch.setattr(runs, "repeat", interrupted)
    assert main([*WORDS, "--out", str(out)]) == 130
    assert json.loads(out.read_text())["payload"]["derived"]["partial"]
    first = read_result(out, Sensitivity).repetitions
    assert len(first) == 1
    assert "partial: interrupted" in capsys.readouterr().out
    assert main([*WORDS, "--seed", "1", "--resume", "--out", str(out)]) == 2
    assert main([*WORDS, "--out", str(out)]) == 1
    assert "is of another file or other settings" in capsys.readouterr().err
    assert main([*WORDS, "--resume", "--out", str(out)]) == 0
    again = read_result(out, Sensitivity)
    assert not again.partial
    assert again.repetitions[0] == first[0]
    assert "in turns, the file with the delay" in capsys.readouterr().out


def test_bad_settings_and_foreign_files_are_refused(tmp_path: Path) -> None:
    for wrong in ({"rounds": 1}, {"delay": 0.0}, {"repetitions": 1}):
        with pytest.raises(UsageError):
            SensitivityOptions(**wrong)  # type: ignore[arg-type]
    (tmp_path / "s.json").write_text("[]")
    with pytest.raises(ResultError, match="is no result of FieldLens"):
        read_result(tmp_path / "s.json", Sensitivity)
