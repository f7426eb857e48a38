"""Promises of a result: it survives being written, and nonsense is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.device import Device, examine_device
from benchmarks.doubts import doubts
from benchmarks.result import FileResult, Result, read_result
from benchmarks.table import result_table
from edge_app.errors import ResultError
from edge_app.model_card import MeasuredAccuracy

QUIET = Device(
    "Board 4", "CPU", 4, 4 << 30, "Linux 6 aarch64", "3.11", "ai-edge-litert 2", "cv2 5", None, 45.0, None, 0.1
)
FILE = FileResult(
    file="models/pets-int8.tflite",
    sha256="ab" * 32,
    size_bytes=2_710_000,
    input_size="224×224",
    input_dtype="uint8",
    load_s=0.010,
    first_invoke_s=0.0021,
    start_to_label_s=(0.20, 0.21, 0.19),
    peak_memory_bytes=73 << 20,
    invoke_s=(0.0020,) * 200,
    frame_to_label_s=(0.0021,) * 200,
    accuracy=MeasuredAccuracy.from_counts(1579, 1602, "test split of train"),
)
RESULT = Result("2026-11-24T12:00:00+00:00", QUIET, 2, (FILE,))


def test_a_result_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(RESULT.to_json())
    again = read_result(path)
    assert again.device == RESULT.device
    assert again.files[0].invoke_s == FILE.invoke_s
    assert again.files[0].accuracy is not None
    assert again.files[0].accuracy.top1 == pytest.approx(1579 / 1602, abs=1e-6)


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"schema_version": 7}', RESULT.to_json().replace('"load_s"', '"lod_s"')]
)
def test_nonsense_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(text)
    with pytest.raises(ResultError, match="is no benchmark result"):
        read_result(path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="cannot be read"):
        read_result(tmp_path / "nowhere.json")


@pytest.mark.parametrize("wrong", [{"load_s": 0.0}, {"invoke_s": ()}, {"invoke_s": (float("nan"),)}, {"size_bytes": 0}])
def test_impossible_numbers_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"pets-int8\.tflite"):
        replace(FILE, **wrong)  # type: ignore[arg-type]


def test_the_table_shows_each_number_once_in_its_unit() -> None:
    row = result_table(RESULT).splitlines()[2]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == [
        "pets-int8.tflite", "2.71", "98.6% (97.9% to 99.0%)", "2.10 (2.10 to 2.10)", "2.10", "2.10", "2.00", "1.050",
        "10.0", "2.1", "0.20", "73",
    ]  # fmt: skip


def test_a_quiet_measurement_has_no_doubts() -> None:
    assert doubts(RESULT) == []


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
    (voiced,) = doubts(replace(RESULT, device=replace(QUIET, **device)))  # type: ignore[arg-type]
    assert sentence in voiced


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ({"invoke_s": (0.001, 0.004) * 20}, "the median of bare runs is not settled after 40 runs"),
        ({"frame_to_label_s": (0.0021,) * 190 + (0.02,) * 10}, "something interrupts"),
        ({"accuracy": None, "accuracy_note": "the photographs show tulip"}, "no accuracy: the photographs show tulip"),
        ({"accuracy": MeasuredAccuracy.from_counts(20, 25, "few")}, "25 photographs leave the accuracy open"),
    ],
)
def test_every_reason_to_distrust_a_number_is_voiced(file: dict[str, object], sentence: str) -> None:
    (voiced,) = doubts(replace(RESULT, files=(replace(FILE, **file),)))  # type: ignore[arg-type]
    assert sentence in voiced
    assert voiced.startswith("models/pets-int8.tflite: ")


def test_this_machine_tells_who_it_is() -> None:
    device = examine_device()
    assert device.cores >= 1
    assert device.memory_bytes > 1 << 28
    assert "litert" in device.runtime or "tflite" in device.runtime
    assert json.dumps(str(device))
