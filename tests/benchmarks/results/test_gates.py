"""Promises of `--require`: every file is held to each requirement, and what misses is said in a sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import main
from benchmarks.results.gates import (
    MEASURES,
    UNMET,
    Requirement,
    gate_lines,
    parse_requirement,
    parse_requirements,
    unmet_sentences,
)
from benchmarks.results.latency import FileResult, LatencyResult
from edge_app.common.errors import UsageError
from edge_app.model.starter import STARTER
from tests.benchmarks.results.test_result import FILE, RESULT, STEADY

SLOW = replace(FILE, file="slow.tflite", rounds=(replace(STEADY, frame_to_label_s=(0.008,) * 40),) * 5)
NOISY = replace(RESULT, rounds=tuple(replace(one, other_cpu_s=2.0) for one in RESULT.rounds))


def result(*files: FileResult) -> LatencyResult:
    return replace(RESULT, files=files)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accuracy", 1579 / 1602),
        ("accuracy_low", 0.97856),
        ("p50_ms", 2.1),
        ("p90_ms", 2.1),
        ("p95_ms", 2.1),
        ("p99_ms", 2.1),
        ("bare_ms", 2.0),
        ("images_per_s", 500.0),
        ("start_s", 0.20),
        ("load_ms", 10.0),
        ("memory_mb", (73 << 20) / 1e6),
        ("size_mb", 2.71),
    ],
)
def test_every_name_is_the_number_of_the_table_in_its_unit(name: str, value: float) -> None:
    assert MEASURES[name].of(FILE) == pytest.approx(value, rel=1e-4)


def test_every_name_is_tested() -> None:
    assert len(MEASURES) == 12


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("accuracy>=0.97", Requirement("accuracy", ">=", 0.97)),
        (" accuracy >= 97% ", Requirement("accuracy", ">=", 0.97)),
        ("p95_ms<5", Requirement("p95_ms", "<", 5.0)),
        ("memory_mb<=1e2", Requirement("memory_mb", "<=", 100.0)),
    ],
)
def test_a_requirement_is_read(text: str, expected: Requirement) -> None:
    assert parse_requirement(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("p95_ms=5", "is not a requirement; write it as in --require 'p95_ms<=5', in quotes"),
        ("p95_ms", "is not a requirement"),
        ("p95_ms<=", "is not a requirement"),
        ("p95ms<=5", "did you mean p95_ms?"),
        ("beauty>=1", "choose from accuracy, accuracy_low, p50_ms"),
        ("accuracy>=97", "write accuracy>=0.97 or accuracy>=97%"),
        ("p95_ms<=5%", "p95_ms is not a share"),
        ("p95_ms<=fast", "`fast` is not a number"),
        ("p95_ms<=nan", "`nan` is not a number"),
    ],
)
def test_what_cannot_be_required_is_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_requirement(text)
    assert sentence in str(error.value)


def test_accuracy_cannot_be_required_without_photographs() -> None:
    with pytest.raises(UsageError, match="needs --photos DIR"):
        parse_requirements(["accuracy_low>=0.9"], with_photographs=False)
    assert len(parse_requirements(["accuracy_low>=0.9", "size_mb<=3"], with_photographs=True)) == 2


def test_each_file_and_requirement_that_misses_has_its_sentence() -> None:
    required = [Requirement("p95_ms", "<=", 5.0), Requirement("accuracy", ">=", 0.99)]
    assert unmet_sentences(result(FILE, SLOW), required) == [
        "pets-int8.tflite: accuracy is 0.98564, where at least 0.99 is required",
        "slow.tflite: p95_ms is 8, where at most 5 is required",
        "slow.tflite: accuracy is 0.98564, where at least 0.99 is required",
    ]
    assert gate_lines(result(SLOW), required[:1]) == ["not met: slow.tflite: p95_ms is 8, where at most 5 is required"]
    assert gate_lines(result(FILE, SLOW), [Requirement("size_mb", "<", 3.0)]) == ["met: 1 requirement, 2 files"]


def test_a_limit_that_is_just_reached_is_met_unless_it_must_be_passed() -> None:
    assert not unmet_sentences(result(FILE), [Requirement("size_mb", "<=", 2.71)])
    assert unmet_sentences(result(FILE), [Requirement("size_mb", "<", 2.71)]) == [
        "pets-int8.tflite: size_mb is 2.71, where less than 2.71 is required"
    ]


def test_what_was_not_measured_is_not_met() -> None:
    other = replace(FILE, accuracy=None, accuracy_note="its labels are others")
    assert unmet_sentences(result(other), [Requirement("accuracy", ">=", 0.5)]) == [
        "pets-int8.tflite: accuracy was not measured (its labels are others), where at least 0.5 is required"
    ]


def test_an_invalid_run_meets_nothing() -> None:
    (sentence,) = unmet_sentences(NOISY, [Requirement("size_mb", "<=", 3.0)])
    assert sentence.startswith("the run is invalid: other programs used 50% of the processor")


@pytest.mark.parametrize(
    ("measured", "words", "code", "told"),
    [
        (RESULT, ["size_mb<=3", "p95_ms<=5"], 0, "met: 2 requirements, 1 file"),
        (RESULT, ["size_mb<=3", "p95_ms<=2"], 3, "not met: pets-int8.tflite: p95_ms is 2.1, where at most 2 is"),
        (NOISY, ["size_mb<=3"], 3, "not met: the run is invalid: other programs used 50%"),
        (NOISY, [], 0, "INVALID: other programs used 50%"),
        (replace(RESULT, partial=True), ["size_mb<=3"], 130, "interrupted: 5 of 5 rounds"),
        (RESULT, ["accuracy>=0.5"], 2, "--require accuracy needs --photos DIR"),
    ],
)
def test_the_exit_code_of_a_run_is_that_of_its_requirements(
    measured: LatencyResult, words: list[str], code: int, told: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def measure(*_models: Any, **_options: Any) -> LatencyResult:
        return measured

    monkeypatch.setattr("benchmarks.measure.protocol.measure.measure", measure)
    required = [word for text in words for word in ("--require", text)]
    assert main(["run", str(STARTER), *required, "--out", str(tmp_path / "out")]) == code
    captured = capsys.readouterr()
    assert told in captured.out + captured.err
    assert UNMET == 3


def test_a_run_under_load_is_held_to_no_requirements(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--sustained", "1s", "--require", "p95_ms<=5"]) == 2
    assert "leave out --require" in capsys.readouterr().err
