"""Promises of `fieldlens teach`: from a source to photographs and a model, continued, safe, and what to do next."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.__main__ import main
from edge_app.display.controls import KEYS
from edge_app.live.region import UPRIGHT
from edge_app.model.card import read_own_card
from edge_app.model.starter import STARTER
from edge_app.photographs.groups import mark_in
from edge_app.teaching.album import Album
from edge_app.teaching.lesson import Lesson, LessonSettings
from edge_app.teaching.teach import TeachControls
from tests.edge_app.sinks.test_window import RecordedWindows
from tests.edge_app.teaching.shown import LABELS, backbone, frame


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pictures(folder: Path, place: int, numbers: range) -> Path:
    """A folder of pictures that all show one thing, as somebody brings it."""
    folder.mkdir(parents=True)
    for number in numbers:
        assert cv2.imwrite(str(folder / f"{number}.png"), frame(3 * number + place))
    return folder


def teach(*words: str) -> int:
    return main(["teach", ",".join(LABELS), "--out", "photos/desk", *words])


def test_folders_that_are_brought_become_photographs_and_a_model_of_two_sittings(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for sitting in range(2):
        for place, label in enumerate(LABELS):
            source = pictures(folder / f"{label}{sitting}", place, range(8 * sitting, 8 * sitting + 6))
            train = ["--train"] if (sitting, place) == (1, 2) else []
            assert teach("--source", str(source), "--label", label, "--goal", "12", *train) == 0
    files = sorted((folder / "photos" / "desk").rglob("*.jpg"))
    assert [sum(file.parent.name == label for file in files) for label in LABELS] == [12, 12, 12]
    assert len({mark_in(file.read_bytes()) for file in files}) == 6  # a sitting is a start of the command
    card = read_own_card(folder / "models" / "desk.tflite")
    assert (card.name, card.labels) == ("desk", LABELS)
    assert card.accuracy is not None
    assert card.accuracy.data == "2-fold cross-validation on 36 photographs of desk, left out by sittings"
    told = capsys.readouterr().out.splitlines()[-4:]
    assert told[0] == "photos/desk: 36 photographs of 6 sittings (pet 12, stripes 12, wall 12)"
    assert told[1].startswith("models/desk.tflite: right on ")
    assert told[2] == f"run it: fieldlens app models/desk.tflite --source {folder / 'wall1'}"
    assert told[3] == "a better model, on a workstation: fieldlens train photos/desk"


def test_a_sitting_says_whether_its_model_is_better_than_the_one_before_and_keeps_that(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for sitting in range(3):
        for place, label in enumerate(LABELS):
            source = pictures(folder / f"{label}{sitting}", place, range(8 * sitting, 8 * sitting + 6))
            train = ["--train"] if (sitting, place) == (1, 2) or sitting == 2 else []
            if sitting == place == 2:
                first = (folder / "models" / "desk.tflite").read_bytes()
            capsys.readouterr()
            assert teach("--source", str(source), "--label", label, "--goal", "12", *train) == 0
            told = capsys.readouterr().out
            assert ("better than the model before" in told) == (sitting == 2)
    assert (folder / "models" / "desk-before.tflite").read_bytes() == first
    assert (folder / "models" / "desk.tflite").read_bytes() != first
    _, _, _, sentence, command, *_ = told.splitlines()
    assert re.fullmatch(
        r"better than the model before\? (better|worse|cannot tell): \S+ points \(.*\), on 48 photographs in \d+ "
        "groups of the sittings before, by heads that had not seen the sitting",
        sentence,
    )
    compare = "fieldlens bench compare models/desk-before.tflite models/desk.tflite --photos DIR"
    assert command.startswith(compare)


def test_a_model_that_did_not_learn_from_all_earlier_frames_is_kept_but_not_judged_on_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Frames that were shown and never learned from would be taken for its own."""
    for sitting, train in enumerate(([], ["--train"], [], ["--train"])):
        for place, label in enumerate(LABELS):
            source = pictures(folder / f"{label}{sitting}", place, range(8 * sitting, 8 * sitting + 4))
            assert teach("--source", str(source), "--label", label, *(train if place == 2 else [])) == 0
    told = capsys.readouterr().out
    assert "better than the model before? cannot tell from these frames: " in told
    assert (folder / "models" / "desk-before.tflite").exists()


def test_pictures_are_kept_as_the_sensor_sees_them(folder: Path) -> None:
    source = pictures(folder / "pets", 0, range(1))
    assert teach("--source", str(source), "--label", "pet") == 0
    (kept,) = (folder / "photos").rglob("*.jpg")
    image = cv2.imread(str(kept))
    assert image is not None
    assert np.abs(image.astype(int) - frame(0)).mean() < 6


def test_ctrl_c_ends_a_sitting_with_whole_files_and_its_summary(folder: Path) -> None:
    command = [sys.executable, "-m", "edge_app", "teach", "cat,dog", "--source", "demo", "--demo-fps", "30"]
    process = subprocess.Popen(
        [*command, "--out", "photos/drawn", "--label", "cat"],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while len(list(folder.rglob("cat/*.jpg"))) < 5:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    files = list((folder / "photos" / "drawn").rglob("*"))
    kept = [file for file in files if file.suffix == ".jpg"]
    assert told.startswith(f"photos/drawn: {len(kept)} photographs of 1 sitting (cat {len(kept)}, dog 0)\n")
    assert "next: 40 more of dog" in told or "more of cat" in told
    assert all(file.read_bytes().endswith(b"\xff\xd9") for file in kept)
    assert [file for file in files if file.is_file() and file not in kept] == []  # nothing half-written


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["cup"], "is not a list of labels; give two or more: cup,phone,nothing"),
        (["cup,,phone"], "is not a list of labels"),
        (["cup,cup"], "names a label twice"),
        (["cup,Cup"], "differ in capitals only"),
        (["cup,neither"], "call it `nothing` or `other`"),
        (["cup,phone", "--label", "pen"], "--label pen is none of cup, phone"),
        (["cup,phone", "--no-window"], "without a window nothing can be pressed; add --web, or --label LABEL"),
        (["cup,phone", "--no-window", "--label", "cup", "--web-address", "0.0.0.0"], "needs --web"),
        (["cup,phone", "--label", "cup", "--budget", "much"], "`much` is not a size"),
        (["cup,phone", "--label", "cup", "--backbone", "none.tflite"], "cannot be read"),
    ],
)
def test_what_cannot_be_meant_is_said_before_a_frame_is_taken(
    words: list[str], sentence: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["teach", *words, "--source", "demo", "--out", "photos/desk"]) in (1, 2)
    assert sentence in capsys.readouterr().err
    assert list(folder.rglob("*.jpg")) == []


def test_a_model_that_was_not_taught_is_not_replaced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = folder / "models" / "desk.tflite"
    other.parent.mkdir()
    other.write_bytes(STARTER.read_bytes())
    words = ["--source", "demo", "--label", "pet", "--frames", "1"]
    assert teach(*words) == 1
    assert "was not made by `fieldlens teach`; choose another --model, or add --overwrite" in capsys.readouterr().err
    assert teach(*words, "--overwrite") == 0
    assert other.read_bytes() == STARTER.read_bytes()  # nothing was learned yet


def test_keys_in_the_window_keep_frames_and_take_them_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenCV tells no key's end: 1 is held by repeating itself, and 2 ends it."""
    windows = RecordedWindows(monkeypatch, size=(640, 480))
    script = [(1, "1"), (2, "1"), (5, "2"), (7, "u"), (9, "q")]  # after so many pictures

    def key(_wait_ms: int) -> int:
        return ord(script.pop(0)[1]) if script and len(windows.pictures) >= script[0][0] else -1

    monkeypatch.setattr(cv2, "waitKey", key)
    monkeypatch.setattr("edge_app.sinks.window.why_no_window", lambda: None)
    assert teach("--source", "demo", "--demo-fps", "8") == 0
    assert script == []
    assert {path.parent.name for path in (folder / "photos").rglob("*.jpg")} == {"pet"}  # no stripes: taken back


def test_keys_of_the_window_show_take_back_train_and_quit(folder: Path) -> None:
    with Album(folder / "desk", 10**9) as album:
        lesson = Lesson(LessonSettings(LABELS, folder / "desk.tflite"), album, backbone(), lambda _head: None)
        controls = TeachControls(lesson, UPRIGHT)
        controls.press(ord("2"))
        assert lesson.held == 1
        assert controls.lines[1] == ("● stripes", "0")
        lesson.see(frame(1), backbone().features(frame(1)))
        controls.press(ord("3"))
        assert lesson.held == 2
        controls.press(ord("u"))
        assert (lesson.held, lesson.counts()) == (None, [0, 0, 0])
        controls.press(ord("T"))
        assert lesson.state()["told"] == "nothing to learn yet: show pet, stripes, wall"
        controls.press(ord("m"))
        assert controls.orientation == UPRIGHT  # what is kept is not mirrored, so neither is what is learned from
        controls.press(-1)
        controls.press(ord("9"))
        assert lesson.held is None
        controls.press(ord("q"))
        assert controls.ended
    named = dict(controls.keys)
    assert named["1"] == "hold: show pet"
    assert {"u", "t", "q", "h"} <= set(named)
    assert named["t"] != dict(KEYS)["t"]


def test_every_sitting_at_the_drawn_camera_shows_something_else(folder: Path) -> None:
    for sittings in (1, 2):
        assert teach("--source", "demo", "--label", "pet", "--frames", "60") == 0
        kept = [mark_in(file.read_bytes()) for file in (folder / "photos" / "desk" / "pet").iterdir()]
        assert len(set(kept)) == sittings
        assert min(kept.count(sitting) for sitting in set(kept)) >= 5
