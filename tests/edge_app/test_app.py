"""Promises of `fieldlens app`, through its command line, on a model in the form of other people's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.__main__ import main
from tests.models import COLOURS, FOLDER, INT8

FIELDS = {"time", "model", "source", "frame", "label", "score", "shown", "top", "latency_ms", "age_ms"}


@pytest.fixture
def model() -> str:
    return str(INT8)


@pytest.fixture
def picture(tmp_path: Path) -> str:
    """Of the size of a photograph, blue with some noise."""
    noise = np.random.default_rng(0).integers(0, 60, (720, 960, 3), np.uint8)
    path = tmp_path / "picture.jpg"
    assert cv2.imwrite(str(path), noise + np.array([180, 0, 0], np.uint8))
    return str(path)


def test_json_lines_on_stdout_and_nothing_else_there(
    model: str, picture: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([model, "--source", picture, "--jsonl", "-", "--threads", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    record = json.loads(lines[0])
    assert set(record) >= FIELDS
    assert record["source"] == picture
    assert record["frame"] == 0
    assert record["label"] == record["top"][0][0] == "blue"
    assert 0.0 < record["score"] <= 1.0
    assert len(record["top"]) == 5
    assert record["latency_ms"] > 0.0
    assert record["age_ms"] >= 0.0


def test_what_a_user_says_of_the_input_is_fed(picture: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "colours.txt").write_text("\n".join(COLOURS))
    words = [str(FOLDER / "strangers" / "symmetric.tflite"), "--labels", str(tmp_path / "colours.txt")]
    words += ["--source", picture, "--jsonl", "-", "--input"]
    labels = []
    for said in (["unit"], ["unit", "--bgr"]):
        assert main([*words, *said]) == 0
        labels.append(json.loads(capsys.readouterr().out)["label"])
    assert labels == ["blue", "red"]  # the network of red, green and blue then gets blue first


def test_a_clip_becomes_an_annotated_video_and_a_line_per_frame(model: str, tmp_path: Path) -> None:
    video, lines = tmp_path / "out.mp4", tmp_path / "out.jsonl"
    words = [
        "run",
        model,
        "--source",
        "demo",
        "--frames",
        "5",
        "--no-window",
        "--save",
        str(video),
        "--jsonl",
        str(lines),
    ]
    assert main(words) == 0
    assert [json.loads(line)["frame"] for line in lines.read_text().splitlines()] == [0, 1, 2, 3, 4]
    capture = cv2.VideoCapture(str(video))
    frames = []
    while (got := capture.read())[0]:
        frames.append(got[1])
    capture.release()
    assert len(frames) == 5
    assert frames[0].shape == (480, 640, 3)


def test_outputs_that_exist_are_refused_and_kept(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = tmp_path / "out.jsonl"
    lines.write_text("precious")
    words = [model, "--source", "demo", "--frames", "1", "--no-window", "--jsonl", str(lines)]
    assert main(words) == 1
    assert "exists already; choose another name, or add --overwrite" in capsys.readouterr().err
    assert lines.read_text() == "precious"
    assert main([*words, "--overwrite"]) == 0
    assert json.loads(lines.read_text())["source"] == "demo"


def test_a_fault_in_the_middle_leaves_the_older_file(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = tmp_path / "out.jsonl"
    lines.write_text("precious")

    def full_disk(*_arguments: object) -> bool:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("edge_app.sinks.lines.JsonLinesSink.consume", full_disk)
    words = [model, "--source", "demo", "--frames", "2", "--no-window", "--jsonl", str(lines), "--overwrite"]
    assert main(words) == 1
    assert "the disk is full" in capsys.readouterr().err
    assert lines.read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"not a model at all, only text", "is not a TFLite model"),
    ],
)
def test_a_file_that_is_no_model_is_one_sentence(
    content: bytes, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    assert main([str(path), "--source", "demo"]) == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_a_truncated_model_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "half.tflite"
    whole = INT8.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert main([str(path), "--source", "demo"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_without_a_display_labels_are_printed(
    model: str, picture: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    assert main([model, "--source", picture]) == 0
    told = capsys.readouterr()
    assert "no window" in told.err
    assert "picture.jpg #0" in told.out


def test_broken_pictures_are_counted_and_listed(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cv2.imwrite(str(tmp_path / "good.png"), np.zeros((30, 30, 3), np.uint8))
    (tmp_path / "bad.jpg").write_text("text")
    assert main([model, "--source", str(tmp_path), "--jsonl", "-"]) == 0
    told = capsys.readouterr()
    assert "skipped 1 picture:" in told.err
    assert "bad.jpg" in told.err
    assert len(told.out.splitlines()) == 1


def test_labels_of_the_wrong_length_are_refused(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("cat\ndog\n")
    assert main([model, "--source", "demo", "--labels", str(labels)]) == 1
    assert "gives 1,001 scores but there are 2 labels" in capsys.readouterr().err


def test_every_output_at_once(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("aiohttp", reason="the extra web is optional")
    told, lines = tmp_path / "told.txt", tmp_path / "out.jsonl"
    write = "import os, sys; open(sys.argv[1], 'a').write(os.environ['FIELDLENS_LABEL'] + '\\n')"
    words = [model, "--source", "demo", "--frames", "12", "--no-window", "--jsonl", str(lines), "--web", "0"]
    words += ["--save", str(tmp_path / "out.avi"), "--on-change", f'{sys.executable} -c "{write}" {told}']
    words += ["--collect", str(tmp_path / "field"), "--when", "every:0.001", "--collect-budget", "10MB"]
    words += ["--roi", "0.1,0.1,0.8,0.8", "--mirror", "--rotate", "180", "--threshold", "0", "--top-k", "3"]
    assert main(words) == 0
    records = [json.loads(line) for line in lines.read_text().splitlines()]
    assert len(records) == 12
    assert all(len(record["top"]) == 3 for record in records)
    assert told.read_text().splitlines()[0] == records[0]["shown"]
    collected = [json.loads(line) for line in (tmp_path / "field" / "collected.jsonl").read_text().splitlines()]
    assert all((tmp_path / "field" / entry["file"]).is_file() for entry in collected)
    assert collected[0]["roi"] == [64, 48, 512, 384]
    assert "watch at http://127.0.0.1:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--roi", "1,2"], "is not a region"),
        (["--threshold", "2"], "a number from 0 to 1 is needed"),
        (["--smoothing", "-1"], "a number of seconds from 0 to 3600 is needed"),
        (["--web", "99999"], "a port number up to 65535 is needed"),
        (["--web-address", "0.0.0.0"], "needs --web"),
        (["--on-change", "/no/such/program"], "of --on-change cannot be started"),
        (["--collect", "field", "--when", "never"], "give unsure, change or every:SECONDS"),
        (["--collect", "field", "--collect-budget", "much"], "is not a size"),
        (["--save", "/proc/out.mp4"], "/proc/out.mp4"),
        (["--jsonl", "/proc/out.jsonl"], "/proc/out.jsonl"),
        (["--collect", "/proc/field"], "/proc/field"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_before_the_first_frame(
    words: list[str],
    sentence: str,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code = main([model, "--source", "demo", "--no-window", *words])
    except SystemExit as ended:  # the parser's own refusals
        code = ended.code
    assert code == (1 if words[-1].startswith("/proc") else 2)
    told = capsys.readouterr()
    assert told.out == ""
    assert sentence in told.err
    assert [line.startswith("error: ") for line in told.err.splitlines()].count(True) == 1
    assert "Traceback" not in told.err
    assert list(tmp_path.iterdir()) == []


def test_pictures_are_not_smoothed(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    colours_bgr = {"red": (0, 0, 255), "green": (0, 255, 0), "blue": (255, 0, 0)}
    for number, colour in enumerate(colours_bgr.values()):
        assert cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((90, 120, 3), colour, np.uint8))
    assert main([model, "--source", str(tmp_path), "--jsonl", "-"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["label"] for record in records] == list(colours_bgr)
    assert all(record["shown"] == record["label"] for record in records)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_cleanly_and_keeps_what_was_seen(model: str, tmp_path: Path, stop: signal.Signals) -> None:
    video, lines = tmp_path / "out.mp4", tmp_path / "out.jsonl"
    command = [sys.executable, "-m", "edge_app", model, "--source", "demo", "--no-window"]
    command += ["--save", str(video), "--jsonl", str(lines)]
    root = Path(__file__).parent.parent.parent
    with subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True, env=os.environ.copy()) as process:
        deadline = time.monotonic() + 60
        while not (lines.exists() and lines.stat().st_size):
            assert time.monotonic() < deadline, "no line came"
            time.sleep(0.05)
        process.send_signal(stop)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert "Traceback" not in told
    assert ("stopped by Ctrl-C" if stop == signal.SIGINT else "stopped by SIGTERM") in told
    assert len(lines.read_text().splitlines()) >= 1
    capture = cv2.VideoCapture(str(video))
    assert capture.read()[0]
    capture.release()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "out.mp4"]


def test_help_needs_no_opencv_and_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    root = Path(__file__).parent.parent.parent
    code = "import sys; sys.modules['cv2'] = None; from edge_app.__main__ import main; main(['--help'])"
    told = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "--source 0" in told.stdout


def test_the_doctor_names_the_runtime_and_the_wheel(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    assert "ai-edge-litert" in told or "tflite-runtime" in told
    assert "opencv-python" in told
