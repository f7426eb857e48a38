"""Promises of our own processes: files in the user's folder do not take the place of our modules."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from edge_app.common.own_process import python_command


@pytest.mark.parametrize("name", ["train", "edge_app", "json", "argparse"])
def test_a_file_in_the_users_folder_is_not_taken_for_ours(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.py").write_text("raise SystemExit('hijacked')")
    command = python_command("edge_app", "cameras", "--help")
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("usage: python -m edge_app cameras")


def test_it_runs_the_packages_that_asked_for_it(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("raise SystemExit('hijacked')")
    told = subprocess.run(python_command("train", "trian"), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert "did you mean `python -m train fit`?" in told.stderr
