"""Wheels for another machine than this one: which ones fit; nothing is installed. Fetching them is the product's."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from edge_app.remote.wheels import Machine, fetch_wheels, run_pip
from tests.places import REPOSITORY

__all__ = ["Machine", "fetch_wheels", "our_wheel", "resolve"]


def our_wheel(folder: Path) -> Path:
    """Build the wheel of this repository into a folder, emptied before, and return it.

    Raises:
        RemoteError: pip failed.
    """
    shutil.rmtree(folder, ignore_errors=True)
    run_pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(REPOSITORY))
    return next(folder.glob("fieldlens-*.whl"))


def resolve(requirement: str, machine: Machine, alone: bool = False) -> list[str]:
    """Return the file names of the wheels that pip would install on another machine; nothing is installed.

    Args:
        requirement: as pip takes it.
        machine: the other one.
        alone: leave out what the package itself needs.

    Raises:
        RemoteError: pip finds no wheel for something; the sentence has pip's first complaint.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        options = ["--dry-run", "--ignore-installed", "--target", folder, "--report", str(report)]
        run_pip("install", *options, *(["--no-deps"] if alone else []), *machine.pip_options(), requirement)
        chosen = json.loads(report.read_text())["install"]
    return sorted(item["download_info"]["url"].rpartition("/")[2] for item in chosen)
