"""Promises of the import time: every module of the device half, and nothing that a device lacks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import benchmarks
from benchmarks.__main__ import main
from benchmarks.measure.protocol.imports import PACKAGES


def test_the_device_half_imports_nothing_that_a_device_lacks(tmp_path: Path) -> None:
    assert main(["experiment", "imports", "--processes", "1", "--out", str(tmp_path / "imports.json")]) == 0
    (process,) = json.loads((tmp_path / "imports.json").read_text())["payload"]["processes"]
    assert process["foreign"] == []
    assert process["import_s"] > 0
    modules = [
        path
        for package in PACKAGES
        for path in (Path(benchmarks.__path__[0]) / package.replace(".", "/")).rglob("*.py")
    ]
    assert process["modules"] > len(modules)


def test_a_process_that_fails_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert main(["experiment", "imports", "--processes", "1"]) == 1
    assert "a fresh process cannot import what measures" in capsys.readouterr().err


def test_no_process_is_refused() -> None:
    assert main(["experiment", "imports", "--processes", "0"]) == 2
