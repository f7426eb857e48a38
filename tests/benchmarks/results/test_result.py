"""Promises of a result: it survives being written, and nonsense is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.measure.protocol.report import derived
from benchmarks.results.device import Device, MachineState, examine_device
from benchmarks.results.envelope import read_result, write_result
from benchmarks.results.latency import (
    ColdStart,
    FileResult,
    FileTimings,
    LatencyResult,
    RoundConditions,
    Stream,
    Throughput,
)
from benchmarks.results.tables import all_tables, result_table
from benchmarks.results.validity import invalid_reasons, warnings
from edge_app.common.errors import ResultError
from edge_app.metrics.accuracy import MeasuredAccuracy

QUIET = Device(
    "Board 4", "CPU", 4, 4 << 30, "Linux 6 aarch64", "3.11", "ai-edge-litert 2", "cv2 5", None, 45.0, None, 0.1
)
ROOT = Path(__file__).parents[3]
STEADY = FileTimings(
    (0.0021,) * 40, (0.0020,) * 40, (0.0001,) * 40, (0.00002,) * 40, 10, 0.01, 0.002, 30, 0.2, True,
    (Throughput(1, 50, 0.1),),
)  # fmt: skip
CONDITIONS = RoundConditions((0,), (0.003,), (0.0001,), 0.01, 4.0)
FILE = FileResult(
    file="models/pets-int8.tflite",
    sha256="ab" * 32,
    size_bytes=2_710_000,
    input_size="224×224",
    input_dtype="uint8",
    threads=2,
    starts=tuple(ColdStart(0.010, 0.0021, start_s, 73 << 20, 70 << 20) for start_s in (0.20, 0.21, 0.19, 0.20, 0.20)),
    rounds=(STEADY,) * 5,
    classes=2,
    stream=Stream((0.002,) * 2000, 61.0),
    accuracy=MeasuredAccuracy.from_counts(1579, 1602, "test split of train"),
)
AFTER = MachineState(None, 46.0, None, 0.5)
RESULT = LatencyResult("2026-11-24T12:00:00+00:00", QUIET, (FILE,), (CONDITIONS,) * 5, AFTER, 3, 5)


def with_rounds(**changes: object) -> dict[str, object]:
    """Rounds that are all changed in the same way."""
    return {"rounds": (replace(STEADY, **changes),) * 5}  # type: ignore[arg-type]


def test_a_result_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    write_result(path, RESULT)
    again = read_result(path, LatencyResult)
    assert again.files[0].accuracy is not None
    assert again.files[0].accuracy.top1 == pytest.approx(1579 / 1602, abs=1e-6)
    assert replace(again, files=(replace(again.files[0], accuracy=FILE.accuracy),)) == RESULT


def test_the_json_says_what_follows_and_is_read_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    write_result(path, replace(RESULT, partial=True), derived(RESULT))
    content = json.loads(path.read_text())["payload"]
    said = content["derived"]
    assert (said["valid"], said["invalid_reasons"], content["partial"]) == (True, [], True)
    assert said["summary"][0]["median_interval_over_rounds_s"] == [0.0021, 0.0021]
    assert read_result(path, LatencyResult).partial


def test_a_migrated_result_of_version_1_has_blanks_where_it_told_nothing() -> None:
    old = read_result(ROOT / "results" / "goal-latency" / "result.json", LatencyResult)
    (file,) = old.files
    assert len(file.start_to_label_s) == 5
    assert len(file.frame_to_label_s) == len(file.invoke_s) > 1000
    assert (old.seed, old.after, old.other_share, file.classes, file.steady_memory_bytes) == (None, None, None, 0, None)
    assert any("1 round shows little of how times vary" in sentence for sentence in warnings(old))
    assert "(one process)" in all_tables(old)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"load_s"', '"lod_s"', r"is damaged: `files\[0\].starts\[0\].load_s` is missing"),
        ('"latency"', '"soak"', "is a result of kind `soak`; a `latency` is needed"),
        ('"threads": 2', '"threads": "2"', r"`files\[0\].threads` must be a whole number, received \"2\""),
        ('"order"', '"oder"', r"`rounds\[0\].order` is missing"),
    ],
)
def test_what_does_not_fit_is_refused(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    write_result(path, RESULT)
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ResultError, match=sentence):
        read_result(path, LatencyResult)


def test_every_file_has_every_round() -> None:
    with pytest.raises(ValueError, match="rounds that not every file has"):
        replace(RESULT, rounds=RESULT.rounds[1:])


@pytest.mark.parametrize("wrong", [{"rounds": ()}, {"starts": ()}, {"size_bytes": 0}, {"threads": 0}])
def test_impossible_numbers_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"pets-int8\.tflite"):
        replace(FILE, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"frame_to_label_s": ()}, {"invoke_s": (float("nan"),)}, {"post_s": (-1.0,)}])
def test_impossible_times_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="time"):
        replace(STEADY, **wrong)  # type: ignore[arg-type]


def test_the_table_shows_each_number_once_in_its_unit() -> None:
    row = str(result_table(RESULT)).splitlines()[2]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == [
        "pets-int8.tflite", "2", "2.71", "98.6% (97.9% to 99.0%)", "2.10 (2.10 to 2.10)", "2.10", "2.10", "2.10", "500",
        "73", "70",
    ]  # fmt: skip
    assert "2,000" in all_tables(RESULT)


def test_a_quiet_measurement_has_no_warnings() -> None:
    assert warnings(RESULT) == invalid_reasons(RESULT) == []


@pytest.mark.parametrize(
    ("device", "sentence"),
    [
        ({"load": 3.0}, "something else is running"),
        ({"governor": "powersave"}, "governor `powersave`"),
        ({"temperature_c": 82.0}, "82 °C"),
        ({"throttled": "0x50000"}, "was throttled (0x50000)"),
        ({"runtime": "tflite-runtime 2.14", "system": "Linux 6 x86_64"}, "install ai-edge-litert"),
    ],
)
def test_every_reason_to_distrust_the_device_is_voiced(device: dict[str, object], sentence: str) -> None:
    (voiced,) = warnings(replace(RESULT, device=replace(QUIET, **device)))  # type: ignore[arg-type]
    assert sentence in voiced


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (with_rounds(invoke_s=(0.001, 0.004) * 20), "the median of bare runs is not settled after 200 runs"),
        (with_rounds(frame_to_label_s=(0.0021,) * 38 + (0.02,) * 2), "something interrupts"),
        (with_rounds(settled=False), "in 5 of 5 rounds the times were not yet stable"),
        ({"stream": Stream((0.002,) * 100, 0.3)}, "too short: 100 queries in 0 s"),
        ({"accuracy": None, "accuracy_note": "the photographs show tulip"}, "no accuracy: the photographs show tulip"),
        ({"accuracy": MeasuredAccuracy.from_counts(20, 25, "few")}, "25 photographs leave the accuracy open"),
    ],
)
def test_every_reason_to_distrust_a_number_is_voiced(file: dict[str, object], sentence: str) -> None:
    (voiced,) = warnings(replace(RESULT, files=(replace(FILE, **file),)))  # type: ignore[arg-type]
    assert sentence in voiced
    assert voiced.startswith("models/pets-int8.tflite: ")


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        ({"partial": True, "rounds_planned": 8}, "interrupted: 5 of 8 rounds"),
        (
            {"files": (replace(FILE, rounds=(STEADY,) * 3),), "rounds": (CONDITIONS,) * 3},
            "3 rounds show little of how times vary",
        ),
        ({"rounds": (replace(CONDITIONS, other_cpu_s=0.4),) * 5}, "other programs used 10% of the processor"),
        ({"after": replace(AFTER, temperature_c=80.0)}, "80 °C at the end"),
    ],
)
def test_every_reason_to_distrust_the_run_is_voiced(result: dict[str, object], sentence: str) -> None:
    changed = replace(RESULT, **result)  # type: ignore[arg-type]
    (voiced,) = warnings(changed)
    assert sentence in voiced
    assert invalid_reasons(changed) == []


NOISY = tuple(replace(STEADY, frame_to_label_s=(time_s,) * 40) for time_s in (0.002, 0.003, 0.002, 0.003, 0.004))


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (
            {"after": replace(AFTER, throttled="0x50005")},
            "throttled during the measurement (the power supply is too weak",
        ),
        ({"rounds": (replace(CONDITIONS, other_cpu_s=2.0),) * 5}, "other programs used 50% of the processor"),
        ({"files": (replace(FILE, rounds=NOISY),)}, "too noisy"),
        ({"device": replace(QUIET, emulator="qemu-aarch64-static")}, "measured in an emulator (qemu-aarch64-static)"),
    ],
)
def test_a_throttled_a_busy_a_noisy_and_an_emulated_run_are_invalid(result: dict[str, object], sentence: str) -> None:
    (reason,) = invalid_reasons(replace(RESULT, **result))  # type: ignore[arg-type]
    assert sentence in reason


def test_throttling_before_the_run_does_not_make_it_invalid() -> None:
    before = replace(RESULT, device=replace(QUIET, throttled="0x50000"), after=replace(AFTER, throttled="0x50000"))
    assert invalid_reasons(before) == []


def test_this_machine_tells_who_it_is() -> None:
    device = examine_device()
    assert device.cores >= 1
    assert device.memory_bytes > 1 << 28
    assert "litert" in device.runtime or "tflite" in device.runtime
    assert json.dumps(str(device))
