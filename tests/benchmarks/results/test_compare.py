"""Promises of `fieldlens bench compare`: the right pairs, and a sentence for what cannot be compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.results.compare import compare_results, compare_within, match_files
from benchmarks.results.envelope import read_envelope, write_result
from benchmarks.results.latency import FileResult, FileTimings, LatencyResult, baseline
from tests.benchmarks.results.test_result import FILE, RESULT, STEADY


def file_named(name: str, sha256: str, speed: float = 1.0, threads: int = 2, classes: int = 2) -> FileResult:
    """A file whose rounds differ by a thousandth."""
    rounds = tuple(
        replace(
            STEADY, frame_to_label_s=tuple(speed * (1 + place / 1000) * time_s for time_s in STEADY.frame_to_label_s)
        )
        for place in range(5)
    )
    return replace(FILE, file=name, sha256=sha256, rounds=rounds, threads=threads, classes=classes)


A, B = file_named("a.tflite", "aa"), file_named("b.tflite", "bb", 1.5)


def write(path: Path, *files: FileResult, result: LatencyResult = RESULT) -> str:
    write_result(path, replace(result, files=files))
    return str(path)


def test_files_of_one_result_are_compared_with_the_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "r.json", A, B, file_named("c.tflite", "cc"))
    assert main(["compare", path, "--out", str(tmp_path / "c.json")]) == 0
    pairs = read_envelope(tmp_path / "c.json", "comparison").payload["pairs"]
    verdicts = [(pair["second"], pair["verdict"]) for pair in pairs]
    assert verdicts[0] == ("b.tflite", "slower")
    assert ("c.tflite", "cannot tell") in verdicts
    assert "smallest difference it would have seen" in capsys.readouterr().out


def test_the_others_are_compared_with_float32_wherever_it_stands() -> None:
    """A glob sorts dynamic, float16 and float32 before int8."""
    c = file_named("c.tflite", "cc")
    by_card = replace(B, recipe="float32 throughout, 0..255 in")
    half = replace(c, recipe="float16 kernels, computes in float32, 0..255 in")
    by_name = file_named("m/pets-float32.tflite", "ff")
    assert baseline([A, half, by_card]) is by_card
    assert baseline([A, c, by_name]) is by_name
    assert baseline([replace(by_name, recipe="int8 weights"), A]).recipe == "int8 weights"  # none: the first
    pairs = compare_within(replace(RESULT, files=(A, half, by_card)))
    assert {(pair.first, pair.second) for pair in pairs} == {("b.tflite", "a.tflite"), ("b.tflite", "c.tflite")}
    named = compare_within(replace(RESULT, files=(A, half, by_card)), ["a.tflite", "b.tflite"])
    assert {(pair.first, pair.second) for pair in named} == {("a.tflite", "b.tflite")}


def test_two_results_are_paired_by_bytes_then_by_name(tmp_path: Path) -> None:
    one, two, three = (file_named(name, sha, threads=2) for name, sha in (("x", "1"), ("y", "2"), ("z", "3")))
    renamed, other = replace(one, file="q"), replace(three, sha256="4")
    assert match_files([one, three], [other, renamed]) == [(one, renamed), (three, other)]
    pairs = compare_results(replace(RESULT, files=(one, two)), replace(RESULT, files=(replace(two, file="k"), one)))
    assert {(pair.first, pair.second) for pair in pairs} == {("x:2", "x:2"), ("y", "k")}


def test_separate_runs_tell_only_large_differences() -> None:
    def verdict(speed: float) -> str:
        faster = replace(RESULT, files=(file_named("b", "bb", speed),))
        return compare_results(replace(RESULT, files=(A,)), faster)[0].verdict

    assert verdict(1.05) == verdict(0.95) == "cannot tell"
    assert verdict(1.5) == "slower"
    assert verdict(0.5) == "faster"


def test_an_invalid_result_tells_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    busy = replace(RESULT, rounds=tuple(replace(one, other_cpu_s=2.0) for one in RESULT.rounds))
    assert main(["compare", write(tmp_path / "r.json", A, B, result=busy)]) == 0
    told = capsys.readouterr().out
    assert "cannot tell" in told
    assert "slower" not in told
    assert "other programs used 50% of the processor" in told


def test_what_cannot_be_compared_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = write(tmp_path / "both.json", A, file_named("m.tflite", "mm", classes=1001))
    alone = write(tmp_path / "alone.json", A)
    (tmp_path / "foreign.json").write_text('{"benchmarks": []}')
    (tmp_path / "future.json").write_text('{"kind": "latency", "schema": 9, "date": "", "device": null, "payload": {}}')
    for words, sentence in (
        ([both], "`a.tflite` knows 2 classes and `m.tflite` 1,001: they do not do the same work"),
        ([alone], "one file alone cannot be compared"),
        ([both, "--files", "a", "nobody"], "0 files are called `nobody` in that result; it has a.tflite:2, m.tflite:2"),
        ([alone, str(tmp_path / "foreign.json")], "is no result of FieldLens (it needs kind, schema"),
        ([alone, str(tmp_path / "future.json")], "has schema 9, this version reads up to 1"),
        ([alone, str(tmp_path / "no.json")], "cannot be read"),
        ([alone, alone, alone], "is given twice; give the result of each board once"),
        ([alone, both, alone, "--files", "a", "m"], "--files has 2 names; with more than two results, give one"),
    ):
        assert main(["compare", *words]) == (2 if "given twice" in sentence or "--files has" in sentence else 1)
        told = capsys.readouterr().err
        assert sentence in " ".join(told.split())
        assert told.startswith("error: ")
    assert main(["compare", both, "--files", "a", "m"]) == 0


def test_one_round_tells_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = tuple(replace(file, rounds=file.rounds[:1]) for file in (A, B))
    one = replace(RESULT, files=files, rounds=RESULT.rounds[:1])
    assert main(["compare", write(tmp_path / "r.json", *files, result=one)]) == 0
    told = capsys.readouterr().out
    assert "one round: none" in told
    assert "1 round shows little of how times vary" in told


def test_kinds_that_were_not_measured_are_left_out() -> None:
    bare = FileTimings((0.002,) * 10)
    pairs = compare_results(*(replace(RESULT, files=(replace(A, rounds=(bare,) * 5),)),) * 2)
    assert [pair.what for pair in pairs] == ["frame_to_label_s"]
