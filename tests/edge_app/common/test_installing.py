"""What to run where a package is missing can be followed from where the user is."""

from __future__ import annotations

import importlib.metadata  # noqa: F401  # before sys.path is emptied
import json
import sys
import urllib.parse  # noqa: F401  # the same
from pathlib import Path

import pytest

from edge_app.common import installing
from edge_app.common.installing import how_to_install, not_installed

PYPROJECT = '[project]\nname = "fieldlens"\nversion = "0.1.0"\n'


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of FieldLens, in a path with a space and an umlaut."""
    folder = tmp_path / "Meine Bilder für Ö" / "fieldlens"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    return folder


def installed_from(clone: Path, site: Path, monkeypatch: pytest.MonkeyPatch, editable: bool = False) -> None:
    """Let pip have installed FieldLens from a folder, as it writes that down."""
    facts = site / "fieldlens-0.1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.4\nName: fieldlens\nVersion: 0.1.0\n")
    origin = {"url": clone.as_uri(), "dir_info": {"editable": True} if editable else {}}
    (facts / "direct_url.json").write_text(json.dumps(origin))
    monkeypatch.setattr(sys, "path", [str(site)])


def test_in_the_clone_it_is_the_line_of_the_readme(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed_from(clone, tmp_path / "site", monkeypatch)
    monkeypatch.chdir(clone)
    assert not_installed("tensorflow", "train") == "`tensorflow` is not installed; run: pip install '.[train]'"


def test_elsewhere_it_names_the_clone(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed_from(clone, tmp_path / "site", monkeypatch, editable=True)
    monkeypatch.chdir(tmp_path)
    assert how_to_install("train") == f"run: pip install -e '{clone}[train]'"


def test_without_a_clone_it_says_where_the_line_belongs(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed_from(clone, tmp_path / "site", monkeypatch)
    (clone / "pyproject.toml").unlink()
    monkeypatch.chdir(tmp_path)
    assert how_to_install("train") == "run this in a clone of FieldLens: pip install '.[train]'"


def test_only_the_package_copied_to_a_board_says_so_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.chdir(tmp_path)
    assert how_to_install("train") == "run this in a clone of FieldLens: pip install '.[train]'"


def test_where_tensorflow_has_no_wheel_no_line_is_given_that_cannot_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing.sys, "version_info", (3, 14, 0))
    told = not_installed("tf_keras", "train")
    assert told.startswith(
        "`tf_keras` has no release for Python 3.14 yet; make an environment with Python 3.11 to 3.13"
    )
    assert "pip install" not in told
    assert "pip install" in not_installed("matplotlib", "train")
