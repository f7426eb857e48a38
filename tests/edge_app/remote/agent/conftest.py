"""A board's folder, and programs that stand for systemd's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.remote.agent import answer, base

Pretend = Callable[[str, str], None]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `~/.fieldlens` would be."""
    folder = tmp_path / "home" / ".fieldlens"
    folder.parent.mkdir()
    monkeypatch.setattr(base, "ROOT", folder)
    monkeypatch.setattr(answer, "ROOT", folder)
    monkeypatch.setenv("HOME", str(folder.parent))
    return folder


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pretend:
    """Put a shell script in the place of a program."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")

    def put(name: str, script: str) -> None:
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    return put
