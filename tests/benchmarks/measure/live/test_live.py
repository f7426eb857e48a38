"""Promises of the experiments `live` and `soak`, through their command lines, with a camera that serves pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.measure.live.camera_stand_in import NUMBERS, numbered_pictures, read_number, write_number
from benchmarks.results.device import examine_device
from benchmarks.results.live import LiveRound, Sample, Soak
from edge_app.photographs.decoder import decode_photograph
from tests.models import INT8


def test_numbers_survive_the_picture_format() -> None:
    for number, jpeg in enumerate(numbered_pictures(5)):
        assert read_number(decode_photograph(jpeg, "picture")) == number
    for number in range(NUMBERS):
        image = np.full((32, 160, 3), 128, np.uint8)
        write_number(image, number)
        assert read_number(image) == number


def test_the_ratio_is_of_throughputs() -> None:
    assert LiveRound(invoke_s=(0.9, 0.9), frame_to_label_s=(0.99, 0.99), loop_s=2.0).ratio == pytest.approx(0.9)


def soaked(*samples: tuple[int, int]) -> Soak:
    found = tuple(Sample(at_s, size_bytes, 8, 0) for at_s, size_bytes in samples)
    return Soak("2026-11-28", examine_device(), "a.tflite", "ab", 30.0, found)


def test_growth_counts_after_five_minutes_or_a_third() -> None:
    assert soaked((0, 10), (299, 50), (300, 100), (1000, 130), (3600, 120)).highest_moment_bytes() == 30
    assert soaked((0, 10), (10, 40), (20, 60), (30, 55)).highest_moment_bytes() == 20


def test_a_leak_is_growth_and_a_frame_that_comes_and_goes_is_none() -> None:
    steady = [(at_s, 100 + 9 * (at_s % 7 == 0)) for at_s in range(0, 3600, 5)]
    assert soaked(*steady).growth_bytes() == 0
    assert soaked(*steady).highest_moment_bytes() == 9
    leaking = soaked(*((at_s, value + at_s // 60) for at_s, value in steady))
    assert 45 <= leaking.growth_bytes() <= 50  # the first ten minutes are compared with the last
    assert soaked((0, 10), (30, 40), (40, 60), (50, 70), (60, 80), (70, 75), (80, 90)).growth_bytes() > 0


def test_the_live_loop_is_measured_with_every_raw_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "live.json"
    words = [
        "experiment",
        "live",
        str(INT8),
        "--rounds",
        "2",
        "--frames",
        "10",
        "--seconds",
        "0.5",
        "--starts",
        "1",
    ]
    assert main([*words, "--threads", "2", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    result = json.loads(out.read_text())["payload"]
    assert [len(one["invoke_s"]) for one in result["rounds"]] == [10, 10]
    assert all(one["loop_s"] > 0 for one in result["rounds"])
    assert len(result["ages"]["known_s"]) == len(result["ages"]["true_s"]) == 15
    assert all(known > 0 for known in result["ages"]["known_s"])
    assert all(true < NUMBERS / 30 for true in result["ages"]["true_s"])
    (warm,), (cold,) = result["warm_starts"], result["cold_starts"]
    assert warm["label_s"] > 0
    assert 20 << 20 < warm["peak_memory_bytes"] < 500 << 20
    assert cold["label_s"] > 0
    assert "throughput / bare model" in told
    assert main([*words, "--out", str(out)]) == 1
    assert "exists already" in capsys.readouterr().err


def test_the_app_outlives_a_camera_that_drops(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.measure.live.soak._GONE_S", 0.2)
    out = tmp_path / "soak.json"
    words = [
        "experiment",
        "soak",
        str(INT8),
        "--minutes",
        "0.08",
        "--drop-every",
        "1",
        "--out",
        str(out),
    ]
    assert main(words) == 0
    assert "slowest recovery" in capsys.readouterr().out
    result = json.loads(out.read_text())["payload"]
    assert result["exit_code"] == 0
    assert len(result["recoveries_s"]) >= 1
    assert sum("is back after" in sentence for sentence in result["messages"]) >= 1
    assert result["pictures_seen"] >= 1
    assert result["collected"] >= 1
    assert all(sample["descriptors"] > 3 for sample in result["samples"])
    first_use = 2  # the server of the page starts a thread when it first needs one; a leak is one for each drop
    assert result["samples"][-1]["threads"] <= result["samples"][0]["threads"] + first_use
    assert result["samples"][-1]["frames"] > result["samples"][0]["frames"]


def test_a_model_that_cannot_be_used_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "text.tflite"
    path.write_text("no model, only text")
    for verb in ("live", "soak"):
        assert main(["experiment", verb, str(path)]) == 1
        assert capsys.readouterr().err.count("error: ") == 1
