"""The number of threads: measured once per model and board, remembered where that is possible, never a danger."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from edge_app.__main__ import main
from edge_app.common.user_cache import cache_folder, recall, remember
from edge_app.model import threads as thread_choice
from edge_app.model.threads import CACHE_FILE, choose_threads, remembered_threads
from tests.models import UINT8

pytestmark = pytest.mark.usefixtures("fresh_cache")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"weights")
    return path


class Board:
    """Measures nothing: its runs take what the table says."""

    def __init__(self, *times_s: float) -> None:
        self._times_s = times_s
        self.asked: list[int] = []

    def __call__(self, model: Path, threads: int, budget_s: float) -> float:
        assert 0.0 <= budget_s <= 0.8
        self.asked.append(threads)
        return self._times_s[threads - 1]


@pytest.mark.parametrize(
    ("times_s", "chosen"),
    [
        ((0.04, 0.02, 0.015, 0.012), 4),
        ((0.04, 0.02, 0.0195, 0.0199), 2),  # two more threads save nothing
        ((0.010, 0.011, 0.012, 0.013), 1),
        ((0.040, 0.020, 0.060, 0.090), 2),
    ],
)
def test_the_fewest_threads_that_are_about_as_fast_are_chosen(
    times_s: tuple[float, ...], chosen: int, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread_choice, "default_threads", lambda: 4)
    told: list[str] = []
    assert choose_threads(model, told.append, Board(*times_s)) == chosen
    assert told[0].startswith(f"measured how many threads suit this model on this machine: {chosen} (1: ")


def test_what_was_measured_is_remembered_for_this_file_only(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_choice, "default_threads", lambda: 2)
    assert remembered_threads(model) is None
    choose_threads(model, print, Board(0.03, 0.01))
    assert remembered_threads(model) == 2
    copy = model.with_name("copy.tflite")
    shutil.copyfile(model, copy)
    assert remembered_threads(copy) == 2
    model.write_bytes(b"other weights")
    assert remembered_threads(model) is None


def test_another_board_measures_again(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_choice, "default_threads", lambda: 4)
    choose_threads(model, print, Board(0.04, 0.03, 0.02, 0.01))
    monkeypatch.setattr(thread_choice, "default_threads", lambda: 2)  # some cores are taken away
    assert remembered_threads(model) is None


def test_a_slow_model_is_not_measured_longer_than_it_takes(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_choice, "default_threads", lambda: 4)
    board = Board(4.0, 2.0, 1.5, 1.0)
    assert choose_threads(model, print, board) == 4
    assert board.asked == [4]


def test_one_core_needs_no_measurement(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_choice, "default_threads", lambda: 1)
    assert remembered_threads(model) == 1


@pytest.mark.parametrize("content", ["", "[]", "not json", '{"x": "many"}'])
def test_a_damaged_cache_is_an_empty_one(content: str, model: Path) -> None:
    cache_folder().mkdir(parents=True)
    (cache_folder() / CACHE_FILE).write_text(content)
    assert recall(CACHE_FILE, "y") is None
    assert remember(CACHE_FILE, "y", 3)
    assert recall(CACHE_FILE, "y") == 3


def test_a_cache_that_cannot_be_written_is_told_and_does_no_harm(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(thread_choice, "default_threads", lambda: 2)
    told: list[str] = []
    assert choose_threads(model, told.append, Board(0.03, 0.01)) == 2
    assert "is not writable" in told[0]


def test_the_cache_keeps_the_newest_facts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_app.common.user_cache._MOST_FACTS", 3)
    for number in range(5):
        remember("some.json", f"key {number}", number)
    kept = json.loads((cache_folder() / "some.json").read_text())
    assert kept == {"key 2": 2, "key 3": 3, "key 4": 4}


def test_a_relative_cache_folder_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere")
    assert cache_folder().is_absolute()


def test_a_missing_model_is_still_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "no.tflite"), "--source", "demo"]) == 1
    assert "no such file" in capsys.readouterr().err


def test_the_app_measures_a_real_model_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread_choice, "default_threads", lambda: 2)
    words = [str(UINT8), "--source", "demo", "--frames", "1", "--jsonl", "-"]
    assert main(words) == 0
    assert "measured how many threads" in capsys.readouterr().err
    assert main(words) == 0
    assert "measured" not in capsys.readouterr().err
