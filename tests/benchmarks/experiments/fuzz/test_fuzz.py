"""Promises of `fieldlens bench experiment fuzz`: the same seed damages the same way, every kind of end is noticed."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.fuzz import process
from benchmarks.experiments.fuzz.mutations import KINDS, find_places, mutate
from benchmarks.experiments.fuzz.process import AppProcesses, Opened
from benchmarks.experiments.fuzz.report import fuzz_table
from benchmarks.experiments.fuzz.run import FAILURES, Outcome, fuzz, judge
from edge_app.common.errors import ModelFileError
from tests.models import UINT8


@pytest.fixture(scope="module")
def model() -> Path:
    return UINT8


def test_the_same_seed_damages_the_same_way_and_every_kind_damages(model: Path) -> None:
    content = model.read_bytes()
    places = find_places(content)
    for number, kind in enumerate(KINDS):
        named, damaged = mutate(content, places, 7, number)
        assert named == kind
        assert damaged != content
        assert damaged == mutate(content, places, 7, number)[1]
        assert damaged != mutate(content, places, 8, number)[1]


def test_places_are_those_of_the_format(model: Path) -> None:
    content = model.read_bytes()
    places = find_places(content)
    assert content[places.end : places.end + 2] == b"PK"
    numbers = {int.from_bytes(content[place : place + 4], "little") for place in places.numbers}
    assert {1, 224, 3, 1001} <= numbers  # shapes
    assert len(places.lengths) > 20
    assert max(places.fields) < places.end


@pytest.mark.parametrize(
    ("opened", "outcome"),
    [
        (Opened(label="cat"), "works"),
        (Opened(sentence="`a` is empty; convert it again"), "told"),
        (Opened(sentence="`a` crashes the runtime (…)"), "told: crash"),
        (Opened(sentence="`a` did not run within 30 s"), "told: hang"),
        (Opened(sentence="two\nlines"), "raw text"),
        (Opened(traceback="ValueError"), "traceback"),
        (Opened(exit_code=-11), "app crashed"),
        (Opened(label="cat", exit_code=-6), "app crashed"),
        (Opened(exit_code=None), "app hung"),
    ],
)
def test_every_end_has_its_name(opened: Opened, outcome: Outcome) -> None:
    assert judge(opened) == outcome


def dying(pipe: Any, model: Path, *_arguments: object) -> None:
    """What a process might do that a file has hurt: its name is the fault."""
    if model.stem == "killed":
        os.kill(os.getpid(), signal.SIGSEGV)
    if model.stem == "hung":
        time.sleep(60)
    pipe.send(("cat", "", ""))
    if model.stem == "late":
        os.abort()


@pytest.mark.parametrize(("name", "code"), [("killed", -signal.SIGSEGV), ("late", -signal.SIGABRT), ("hung", None)])
def test_a_process_that_dies_or_hangs_is_noticed(
    name: str, code: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "be_the_app", dying)
    processes = AppProcesses(tmp_path, time_limit_s=2.0 if name == "hung" else 60.0)
    assert processes.open(tmp_path / f"{name}.tflite").exit_code == code


def test_the_app_is_given_each_file_and_the_result_names_no_folder(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "fuzz.json"
    words = ["experiment", "fuzz", str(model), "--mutations", "3", "--seed", "1", "--out", str(out)]
    assert main(words) == 0
    assert "the app stood all of them" in capsys.readouterr().out
    result = json.loads(out.read_text())["payload"]
    assert sum(result["derived"]["totals"].values()) == 3
    assert all(result["derived"]["totals"][outcome] == 0 for outcome in FAILURES)
    assert result["files"][0]["file"] == model.name
    assert result["files"][0]["counts"]["cut short"]["told"] == 1
    assert str(model.parent) not in out.read_text()
    assert main(words) == 1
    assert "exists already" in capsys.readouterr().err


class Dies:
    """In place of the app's processes: every third file kills it, and the seventh is Ctrl-C."""

    def __init__(self, *_arguments: object) -> None:
        self._opened = 0

    def open(self, _path: Path) -> Opened:
        self._opened += 1
        if self._opened == 7:
            raise KeyboardInterrupt
        return Opened(exit_code=-11 if self._opened % 3 == 0 else 0)


def test_failures_are_kept_and_ctrl_c_keeps_what_was_found(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.experiments.fuzz.run.AppProcesses", Dies)
    found = fuzz([model], 100, 0, keep=tmp_path / "kept")
    assert found.interrupted
    assert [(one.number, one.kind, one.outcome) for one in found.failures] == [
        (2, "bytes changed", "app crashed"),
        (5, "offsets and fields", "app crashed"),
    ]
    assert (found.total("works"), found.total("app crashed")) == (4, 2)
    assert "did not stand 2 of them" in fuzz_table(found)
    kept = sorted((tmp_path / "kept").iterdir())
    assert [path.name for path in kept] == [f"{model.stem}-0-2.tflite", f"{model.stem}-0-5.tflite"]
    whole = model.read_bytes()
    assert kept[0].read_bytes() == mutate(whole, find_places(whole), 0, 2)[1]


def test_a_file_that_is_damaged_already_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "noise.tflite"
    path.write_bytes(np.random.default_rng(0).bytes(100))
    with pytest.raises(ModelFileError, match="give a whole"):
        fuzz([path], 1, 0)
