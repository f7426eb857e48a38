"""Promises of `benchmarks experiment survival`: what it calls lost, and what its numbers are of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.survival import fsync
from benchmarks.experiments.survival.run import Survival
from edge_app.common import atomic_files


def test_waiting_for_the_disk_is_measured_in_pairs_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "disk" / "survival.json"
    words = ["experiment", "survival", "--moments", "0", "--races", "0", "--fsync", "2", "--out", str(out)]
    assert main(words) == 0
    assert "a run of 9 MB is written in" in capsys.readouterr().out
    pairs = json.loads(out.read_text())["payload"]["fsyncs"]
    assert len(pairs) == 2
    assert all(pair["durable_s"] > 0 and pair["plain_s"] > 0 for pair in pairs)
    assert [path.name for path in out.parent.iterdir()] == ["survival.json"]


def test_half_of_the_writing_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[Path] = []
    monkeypatch.setattr(atomic_files, "to_disk", waited.append)
    assert len(fsync.fsync_pairs(3, tmp_path, lambda: None)) == 3
    per_folder = len(waited) / 4  # the first one, and one of each pair
    assert per_folder >= 23
    assert not list(tmp_path.iterdir())


def test_only_what_was_lost_is_called_lost() -> None:
    assert Survival("2026-11-29", None, (), (), ()).survived
    assert Survival("2026-11-29", None, (), (), ()).sentences()[0].startswith("0 of 0 kills lost something")


def test_a_number_below_zero_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "survival", "--races", "-1", "--out", str(tmp_path / "a.json")]) == 2
    assert "numbers from 0" in capsys.readouterr().err
