"""Promises of the demo: the whole chain, its files, its table — on few drawings, and on a folder without weights."""

from __future__ import annotations

import json
import re
from pathlib import Path

import cv2
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments import demo
from tests.conftest import Chain


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's own steps with less to learn from."""
    monkeypatch.setattr(demo, "_DRAWINGS", 200)
    monkeypatch.setattr(demo, "_DRAWN_TRAINING", ("--recipe", "tiny", "--epochs", "3"))
    monkeypatch.setattr(demo, "_MEASURING", ("--seconds", "0.2", "--runs", "20", "--rounds", "2"))
    monkeypatch.setattr(demo, "_NO_WEIGHTS_TRAINING", ("--recipe", "tiny", "--epochs", "3"))


def read_video(path: Path) -> int:
    capture = cv2.VideoCapture(str(path))
    frames = 0
    while capture.read()[0]:
        frames += 1
    capture.release()
    return frames


@pytest.mark.usefixtures("quick")
def test_the_demo_leaves_everything_it_names_and_can_be_repeated(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "demo"
    assert main(["experiment", "demo", "--out", str(out)]) == 0
    told = capfd.readouterr().out
    assert "drawings of cats and dogs" in told
    table = re.findall(r"\| (pets-\w+\.tflite) +\| +([\d.]+%) \(.*\) \| +([\d.]+) \| +([\d.]+) \|\n", told)
    assert [row[0] for row in table[-2:]] == ["pets-float32.tflite", "pets-int8.tflite"]
    for what in ("training report", "conversion report", "benchmark", "video", "labels"):
        (path,) = re.findall(rf"^{what} +(\S+)$", told, flags=re.MULTILINE)
        assert Path(path).is_file()
    frames = read_video(out / "labelled.mp4")
    lines = (out / "labels.jsonl").read_text().splitlines()
    assert frames == len(lines) == 270
    assert {json.loads(line)["label"] for line in lines} <= {"cat", "dog"}
    before = (out / "drawings" / "cat" / "cat.00000.jpg").stat().st_mtime_ns
    assert main(["experiment", "demo", "--out", str(out)]) == 0
    assert (out / "drawings" / "cat" / "cat.00000.jpg").stat().st_mtime_ns == before


@pytest.mark.usefixtures("quick")
def test_photographs_without_weights_are_told_and_trained_from_scratch(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")  # nobody listens: this machine is offline
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    assert main(["experiment", "demo", "--photos", str(chain.drawings), "--out", str(tmp_path / "demo")]) == 0
    told = capfd.readouterr().out
    assert "weights of MobileNetV2 are not to be had here" in told
    assert read_video(tmp_path / "demo" / "labelled.mp4") >= 12 * 15


def test_a_wrong_folder_is_told_before_anything_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "demo", "--photos", str(tmp_path / "nowhere"), "--out", str(tmp_path / "demo")]) == 1
    assert "does not exist; give a folder of photographs" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


def test_weights_in_the_cache_are_found_without_asking_anybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from train.models.architectures.mobilenet_v2 import MOBILENET_V2, weights_file
    from train.models.pretrained_weights import cached_path
    from train.models.registry import can_get_weights

    monkeypatch.setenv("HOME", str(tmp_path))
    path = cached_path(weights_file(224))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    assert can_get_weights(MOBILENET_V2)
    assert weights_file(100) == weights_file(224)
    assert weights_file(96) != weights_file(224)
