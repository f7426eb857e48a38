"""Promises of `fieldlens train --convert`: from photographs to files for the app in one command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edge_app.common.outputs import CONVERSION_FILE
from edge_app.demo.drawn_pets import write_drawings
from train.__main__ import main
from train.verbs import fit

ROOT = Path(__file__).parent.parent.parent.parent


def test_one_command_leads_from_photographs_to_a_model_that_the_app_runs(tmp_path: Path) -> None:
    photographs = tmp_path / "Müllers Tiere"
    write_drawings(photographs, 24)
    words = ["--recipe", "tiny", "--epochs", "1", "--image-size", "48", "--convert"]
    done = subprocess.run(
        [sys.executable, "-m", "train", photographs.name, *words],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runs" / "Müllers Tiere" / "model.h5").is_file()
    assert (tmp_path / "models" / "Müllers Tiere" / "Müllers Tiere-float32.tflite").is_file()
    assert (tmp_path / "models" / "Müllers Tiere" / CONVERSION_FILE).is_file()
    (step,) = [line for line in done.stdout.splitlines() if line.startswith("next ")]
    assert "fieldlens app" in step


def test_models_that_are_there_are_refused_before_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_drawings(tmp_path / "photos", 6)
    (tmp_path / "models" / "mine").mkdir(parents=True)
    (tmp_path / "models" / "mine" / "mine-int8.tflite").write_text("precious")
    assert main(["photos", "--recipe", "tiny", "--out", "runs/mine", "--convert"]) == 1
    assert "`models/mine` exists already" in capsys.readouterr().err
    assert main(["photos", "--recipe", "tiny", "--out", "runs/mine", "--convert", "--overwrite"]) == 1
    assert "this command did not make" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_what_the_conversion_says_is_the_end_of_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "python_command", lambda *_: [sys.executable, "-c", "raise SystemExit(1)"])
    assert fit._convert(tmp_path / "run") == 1
