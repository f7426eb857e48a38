"""Promises of `fieldlens train --dry-run`: it tells the plan and opens no connection, whatever training would fetch."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import cv2
import numpy as np
import pytest

from train.__main__ import main
from train.models.architectures.mobilenet_v2 import weights_file

WEIGHTS = weights_file(32, 0.35)


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    for label in ("dark", "light"):
        (tmp_path / "photographs" / label).mkdir(parents=True)
        for number in range(8):
            picture = random.integers(0, 120, (40, 40, 3)) + 100 * (label == "light")
            assert cv2.imwrite(str(tmp_path / "photographs" / label / f"{number}.png"), picture.astype(np.uint8))
    return tmp_path / "photographs"


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[object]:
    """What was asked of the network; nothing is cached, and no answer ever comes."""
    asked: list[object] = []

    def refuse(*words: object, **_: object) -> None:
        asked.append(words)
        raise OSError("the network is not to be asked")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "hub"))
    monkeypatch.delenv("TF_CONFIG", raising=False)
    return asked


def test_weights_that_would_be_downloaded_are_named_and_not_asked_for(
    photographs: Path, connections: list[object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(photographs), "--recipe", "mobilenet_v2", "--width", "0.35", "--image-size", "32"]
    words += ["--out", str(tmp_path / "run")]
    assert main([*words, "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert f"`{WEIGHTS}` is not on this machine and would be downloaded; random weights took its place here" in told
    assert "training a linear head on all photographs" in told  # the way is that of pretrained weights
    assert "time        at most" in told
    assert connections == []
    assert main(words) == 1  # the same command without --dry-run would have asked
    assert connections != []


def test_weights_on_this_machine_are_used(
    photographs: Path,
    connections: list[object],
    narrow_weights: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cached = tmp_path / ".keras" / "models" / WEIGHTS
    cached.parent.mkdir(parents=True)
    cached.write_bytes(narrow_weights.read_bytes())
    words = [str(photographs), "--recipe", "mobilenet_v2", "--width", "0.35", "--image-size", "32", "--dry-run"]
    assert main([*words, "--out", str(tmp_path / "run")]) == 0
    assert "is not on this machine" not in capsys.readouterr().out
    assert connections == []


def test_what_cannot_be_tried_without_a_connection_is_one_sentence(
    photographs: Path,
    connections: list[object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [str(photographs), "--out", str(tmp_path / "run"), "--dry-run"]
    hub = "https://fieldlens.invalid/feature_vector/5"
    assert main([*words, "--recipe", "hub", "--hub", hub]) == 1
    assert f"--dry-run opens no connection, and `{hub}` is not on this machine; give" in capsys.readouterr().err
    workers = {"cluster": {"worker": ["localhost:1", "localhost:2"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(workers))
    assert main([*words, "--recipe", "tiny"]) == 2
    assert "TF_CONFIG says that there are other workers; unset" in capsys.readouterr().err
    assert connections == []
