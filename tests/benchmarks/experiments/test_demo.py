"""Promises of the demo: the whole chain, its files, its table — on few drawings, and on a folder without weights."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments import demo
from tests.benchmarks.results.test_result import CONDITIONS, RESULT

NAME = "Meine-Haustiere-für-Ö"


@pytest.fixture(scope="module")
def quick() -> Iterator[None]:
    """The demo's own steps with less to learn from."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "_DRAWINGS", 200)
        patch.setattr(demo, "_DRAWN_TRAINING", ("--recipe", "tiny", "--epochs", "3"))
        patch.setattr(demo, "_MEASURING", ("--seconds", "0.2", "--runs", "20", "--rounds", "2"))
        patch.setattr(demo, "_NO_WEIGHTS_TRAINING", ("--recipe", "tiny", "--epochs", "3"))
        yield


@pytest.fixture(scope="module")
def drawn(quick: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the demo on drawings leaves; what it printed is in `printed.txt` beside it."""
    out = tmp_path_factory.mktemp("drawn") / "demo"
    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr("builtins.print", lambda *words, **_: lines.append(" ".join(map(str, words)) + "\n"))
        assert main(["experiment", "demo", "--out", str(out)]) == 0
    (out.parent / "printed.txt").write_text("".join(lines))
    return out


def read_video(path: Path) -> int:
    capture = cv2.VideoCapture(str(path))
    frames = 0
    while capture.read()[0]:
        frames += 1
    capture.release()
    return frames


def test_the_demo_leaves_everything_it_names(drawn: Path) -> None:
    out, told = drawn, (drawn.parent / "printed.txt").read_text()
    assert "drawings of cats and dogs" in told
    table = re.findall(r"\| (pets-\w+\.tflite) +\| +([\d.]+%) \(.*\) \| +([\d.]+) \| +([\d.]+)(?: INVALID)? \|\n", told)
    assert [row[0] for row in table[-2:]] == ["pets-float32.tflite", "pets-int8.tflite"]
    for what in ("training report", "conversion report", "benchmark", "video", "labels"):
        (path,) = re.findall(rf"^{what} +(\S+)$", told, flags=re.MULTILINE)
        assert Path(path).is_file()
    frames = read_video(out / "labelled.mp4")
    lines = (out / "labels.jsonl").read_text().splitlines()
    assert frames == len(lines) == 270
    assert {json.loads(line)["label"] for line in lines} <= {"cat", "dog"}


def test_drawings_of_an_earlier_demo_are_kept(drawn: Path) -> None:
    before = (drawn / "drawings" / "cat" / "cat.00000.jpg").stat().st_mtime_ns
    assert demo._draw(drawn / "drawings") == drawn / "drawings"
    assert (drawn / "drawings" / "cat" / "cat.00000.jpg").stat().st_mtime_ns == before


def test_photographs_without_weights_are_told_and_trained_from_scratch_over_an_earlier_demo(
    drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")  # nobody listens: this machine is offline
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    photographs = tmp_path / "Meine Haustiere für Ö"
    photographs.symlink_to(drawn / "drawings", target_is_directory=True)
    shutil.copytree(drawn, tmp_path / "demo")
    for made in ("runs", "models"):  # as if the earlier one had been of these photographs
        (tmp_path / "demo" / made / "pets").rename(tmp_path / "demo" / made / NAME)
    assert main(["experiment", "demo", "--photos", str(photographs), "--out", str(tmp_path / "demo")]) == 0
    told = capfd.readouterr().out
    assert "weights of MobileNetV2 are not to be had here" in told
    assert f"python -m train '{photographs}' --recipe" in told, "it can be pasted"
    models = {path.name for path in (tmp_path / "demo" / "models" / NAME).glob("*.tflite")}
    assert models == {f"{NAME}-float32.tflite", f"{NAME}-int8.tflite"}, "nothing of the earlier one is left"
    assert f"{NAME}-int8.tflite --source 0" in told
    assert read_video(tmp_path / "demo" / "labelled.mp4") >= 12 * 15


def test_an_invalid_measurement_is_called_so_in_the_last_table_too() -> None:
    table = demo.summary_table(RESULT)
    assert "INVALID" not in table
    row, reason = demo.summary_table(replace(RESULT, rounds=(replace(CONDITIONS, other_cpu_s=2.0),) * 5)).splitlines()[
        -2:
    ]
    assert "INVALID" in row
    assert reason.startswith("INVALID: other programs used 50% of the processor during the measurement")


@pytest.mark.parametrize(
    ("folder", "name"),
    [("flowers", "flowers"), ("Meine Blumen für Ö", "Meine-Blumen-für-Ö"), ("!", "photographs"), ("-x", "x")],
)
def test_the_files_are_called_as_the_folder(folder: str, name: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir()
    assert demo.artifact_name(tmp_path / folder) == name


def test_make_hands_over_a_path_with_spaces_and_quotes(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    path = """My "best" pets of Ann's"""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    (tmp_path / ".installed").touch()
    command = ["make", "--no-print-directory", "--silent", "--old-file=pyproject.toml", "demo", f"PHOTOS={path}"]
    made = subprocess.run([*command, f"VENV={tmp_path}"], cwd=root, capture_output=True, text=True, check=True)
    assert made.stdout.splitlines() == ["-m", "benchmarks", "experiment", "demo", "--photos", path]


def test_photographs_unpacked_into_our_code_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = tmp_path / "train"
    package.mkdir()
    (package / "__init__.py").touch()
    for name in ("cat.0.jpg", "dog.0.jpg"):
        cv2.imwrite(str(package / name), np.zeros((32, 32, 3), np.uint8))
    assert main(["experiment", "demo", "--photos", str(package), "--out", str(tmp_path / "demo")]) == 1
    assert "holds program code, not photographs alone; move them into a folder" in capsys.readouterr().err


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
