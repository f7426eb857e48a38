"""The wheel that is packed from what runs here."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from edge_app.remote.wheels import pack_ourselves


def test_equal_sources_make_an_equal_wheel_that_pip_installs_and_that_runs_by_itself(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    wheel = pack_ourselves(tmp_path)
    assert wheel.read_bytes() == pack_ourselves(tmp_path / "again").read_bytes()
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if "__pycache__" in name]
    there = tmp_path / "there"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(there),
        str(wheel),
    ]
    subprocess.run(pip, check=True)
    command = [sys.executable, "-P", "-c", "import edge_app; print(edge_app.__file__)"]
    said = subprocess.run(command, env={"PYTHONPATH": str(there)}, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == str(there / "edge_app" / "__init__.py")
    assert (there / "edge_app" / "model" / "starter" / "cats-dogs-int8.tflite").is_file()
