"""Promises of `fieldlens bench experiment fuzz`: the same seed damages the same way, every kind of end is noticed."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.fuzz import models, process, wholes
from benchmarks.experiments.fuzz.damage import FORMS, damaged
from benchmarks.experiments.fuzz.kinds import KINDS, chosen_kinds
from benchmarks.experiments.fuzz.models import find_places, mutate
from benchmarks.experiments.fuzz.process import Opened, ReadingProcesses
from benchmarks.experiments.fuzz.report import fuzz_table
from benchmarks.experiments.fuzz.run import FAILURES, Outcome, fuzz, judge
from benchmarks.experiments.fuzz.wholes import Whole
from edge_app.common.errors import ModelFileError, UsageError
from tests.models import UINT8

_LIMIT_BYTES = 1000


@pytest.fixture(scope="module")
def model() -> Path:
    return UINT8


def test_the_same_seed_damages_a_model_the_same_way_and_every_kind_damages(model: Path) -> None:
    content = model.read_bytes()
    places = find_places(content)
    for number, kind in enumerate(models.KINDS):
        named, changed = mutate(content, places, 7, number)
        assert named == kind
        assert changed != content
        assert changed == mutate(content, places, 7, number)[1]
        assert changed != mutate(content, places, 8, number)[1]


def test_places_are_those_of_the_format(model: Path) -> None:
    content = model.read_bytes()
    places = find_places(content)
    assert content[places.end : places.end + 2] == b"PK"
    numbers = {int.from_bytes(content[place : place + 4], "little") for place in places.numbers}
    assert {1, 224, 3, 1001} <= numbers  # shapes
    assert len(places.lengths) > 20
    assert max(places.fields) < places.end


@pytest.mark.parametrize("kind", ["pictures", "films", "archives", "cards", "labels"])
def test_the_same_seed_damages_any_file_the_same_way(kind: str, tmp_path: Path) -> None:
    for whole in {whole.form: whole for whole in reversed(KINDS[kind].make(tmp_path / kind))}.values():
        damages = FORMS[whole.form]
        for number, damage in enumerate(damages):
            named, changed = damaged(whole.form, whole.content, 7, number)
            assert named == damage
            assert changed == damaged(whole.form, whole.content, 7, number)[1]
        tried = [damaged(whole.form, whole.content, 7, number)[1] for number in range(3 * len(damages))]
        assert sum(one != whole.content for one in tried) > 2.5 * len(damages)  # an odd value may be the old one


@pytest.mark.parametrize(
    ("opened", "outcome"),
    [
        (Opened(found="cat"), "works"),
        (Opened(sentence="`a` is empty; convert it again"), "told"),
        (Opened(sentence="`a` crashes the runtime (…)"), "told: crash"),
        (Opened(sentence="`a` did not run within 30 s"), "told: hang"),
        (Opened(sentence="two\nlines"), "raw text"),
        (Opened(traceback="ValueError"), "traceback"),
        (Opened(found="cat", memory_bytes=_LIMIT_BYTES), "works"),
        (Opened(found="cat", memory_bytes=_LIMIT_BYTES + 1), "too much memory"),
        (Opened(sentence="`a` is large; shrink it", memory_bytes=_LIMIT_BYTES + 1), "too much memory"),
        (Opened(exit_code=-11), "crashed"),
        (Opened(found="cat", exit_code=-6), "crashed"),
        (Opened(exit_code=None), "hung"),
    ],
)
def test_every_end_has_its_name(opened: Opened, outcome: Outcome) -> None:
    assert judge(opened, _LIMIT_BYTES) == outcome


def dying(pipe: Any, *_arguments: object) -> None:
    """What a process might do that a file has hurt: its name is the fault."""
    while (asked := pipe.recv()) is not None:
        fault = asked[1].stem
        if fault == "killed":
            os.kill(os.getpid(), signal.SIGSEGV)
        if fault == "left":
            os._exit(0)
        if fault == "hung":
            time.sleep(60)
        pipe.send(("cat", "", "", 5))
        if fault == "late":
            os.abort()


@pytest.mark.parametrize(
    ("name", "code"), [("killed", -signal.SIGSEGV), ("late", -signal.SIGABRT), ("left", 255), ("hung", None)]
)
def test_a_process_that_dies_or_hangs_is_noticed_and_the_next_file_has_another_one(
    name: str, code: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "read_files", dying)
    limit_s = 2.0 if name == "hung" else 60.0
    with ReadingProcesses(tmp_path, limit_s, batch=1 if name == "late" else 3) as processes:
        assert processes.open("read_labels", tmp_path / f"{name}.txt").exit_code == code
        assert processes.open("read_labels", tmp_path / "well.txt") == Opened("cat", memory_bytes=5)


def test_memory_is_that_of_the_file_which_took_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = tmp_path / "small.txt", tmp_path / "large.txt"
    small.write_text("cat\ndog\n")
    large.write_bytes(b"x" * (12 << 20))
    with ReadingProcesses(tmp_path, 60.0, batch=3) as processes:
        before, much, after = (processes.open("read_labels", path) for path in (small, large, small))
    assert [one.before for one in (before, much, after)] == [0, 1, 2]
    assert much.memory_bytes > before.memory_bytes + (12 << 20)
    assert after.memory_bytes < much.memory_bytes - (12 << 20)


SHORT = {"pictures": 72, "films": 21, "archives": 42, "models": 8, "cards": 72, "labels": 35}
"""Files of each kind that the tests read: seconds. `results/README.md` has the command for all."""


@pytest.mark.parametrize("kind", SHORT)
def test_damaged_files_of_each_kind_work_or_are_told_in_a_sentence(kind: str, tmp_path: Path) -> None:
    found = fuzz(chosen_kinds(kind, SHORT[kind]), seed=0)
    assert [(one.file, one.damage, one.outcome, one.said) for one in found.kinds[0].failures] == []
    assert found.total() == SHORT[kind]
    assert found.total("works") > 0
    assert found.total("told") > 0


def test_the_app_is_given_each_model_and_the_result_names_no_folder(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "fuzz.json"
    words = ["experiment", "fuzz", str(model), "--mutations", "3", "--seed", "1", "--out", str(out)]
    assert main(words) == 0
    assert "all of them work or are told in a sentence" in capsys.readouterr().out
    result = json.loads(out.read_text())["payload"]
    assert sum(result["derived"]["totals"].values()) == 3
    assert all(result["derived"]["totals"][outcome] == 0 for outcome in FAILURES)
    (kind,) = result["kinds"]
    assert [whole["file"] for whole in kind["wholes"]] == [model.name]
    assert kind["counts"]["cut short"]["told"] == 1
    assert str(model.parent) not in out.read_text()
    assert main(words) == 1
    assert "exists already" in capsys.readouterr().err


class Dies:
    """In place of the reading processes: every third file kills one, and the seventh is Ctrl-C."""

    own_bytes = 0

    def __init__(self, *_arguments: object) -> None:
        self._opened = 0

    def __enter__(self) -> Dies:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def afresh(self) -> None:
        pass

    def open(self, _reader: str, _path: Path) -> Opened:
        self._opened += 1
        if self._opened == 7:
            raise KeyboardInterrupt
        return Opened(exit_code=-11 if self._opened % 3 == 0 else 0)


def test_failures_are_kept_and_ctrl_c_keeps_what_was_found(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.experiments.fuzz.run.ReadingProcesses", Dies)
    found = fuzz(chosen_kinds("", 100, [model]), 0, keep=tmp_path / "kept")
    assert found.interrupted
    assert [(one.number, one.damage, one.outcome) for one in found.kinds[0].failures] == [
        (2, "bytes changed", "crashed"),
        (5, "offsets and fields", "crashed"),
    ]
    assert (found.total("works"), found.total("crashed")) == (4, 2)
    assert "2 of them end badly" in fuzz_table(found)
    kept = sorted((tmp_path / "kept").iterdir())
    assert [path.name for path in kept] == [f"models-0-2-{model.name}", f"models-0-5-{model.name}"]
    whole = model.read_bytes()
    assert kept[0].read_bytes() == mutate(whole, find_places(whole), 0, 2)[1]


def test_a_damaged_file_is_whole_again_before_the_next_one_is_damaged(tmp_path: Path) -> None:
    made: list[Whole] = []

    def make(folder: Path) -> list[Whole]:
        made.extend(wholes.labels(folder))
        return made

    seen: list[bool] = []
    kind = replace(KINDS["labels"], make=make, mutations=10)
    fuzz([kind], 0, lambda _name: seen.append(all(one.path.read_bytes() == one.content for one in made)))
    assert seen == [True] * 10


def test_a_file_that_is_damaged_already_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "noise.tflite"
    path.write_bytes(np.random.default_rng(0).bytes(100))
    with pytest.raises(ModelFileError, match="give a whole"):
        fuzz([replace(KINDS["models"], make=partial(wholes.models, given=[path]))], 0)


@pytest.mark.parametrize(
    ("names", "files", "chosen"),
    [("", [], list(KINDS)), ("labels,films", [], ["labels", "films"]), ("", [UINT8], ["models"])],
)
def test_kinds_are_those_that_were_named_or_given(names: str, files: Sequence[Path], chosen: list[str]) -> None:
    assert [kind.name for kind in chosen_kinds(names, models=files)] == chosen


def test_an_unknown_kind_and_a_file_of_another_kind_are_refused() -> None:
    with pytest.raises(UsageError, match="knows no `pets`; choose from pictures, films"):
        chosen_kinds("labels,pets")
    with pytest.raises(UsageError, match="models are given, but --kind asks for labels"):
        chosen_kinds("labels", models=[UINT8])
    with pytest.raises(ModelFileError, match="it is no file"):
        chosen_kinds("", models=[UINT8.parent])
