"""Promises of ImageNet weights: three ways to have them, told in one sentence where none is open."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from edge_app.common.errors import DataError
from train.models.pretrained_weights import load_backbone, short_downloads, short_reason


def offline(**options: Any) -> Any:
    raise Exception("URL fetch failure on https://storage.googleapis.com/x.h5: None -- [Errno -2] Name not known")


def test_weights_that_are_nowhere_are_one_sentence_with_three_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(DataError) as refusal:
        load_backbone(offline, "imagenet", "inception.h5")
    sentence = str(refusal.value)
    assert f"neither at `{tmp_path}/.keras/models/inception.h5` nor to be downloaded (URL fetch failure" in sentence
    for way in ("put the file there", "--weights FILE", "go online", "--weights none"):
        assert way in sentence


def test_a_file_that_does_not_exist_or_does_not_fit_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"weights `nowhere.h5` do not exist; give an .h5 file, `imagenet` or `none`"):
        load_backbone(offline, "nowhere.h5", "inception.h5")
    (tmp_path / "mine.h5").write_bytes(b"x")
    with pytest.raises(DataError, match=r"mine.h5` does not fit offline without its top .*; give a file like incep"):
        load_backbone(offline, str(tmp_path / "mine.h5"), "inception.h5")


def test_a_silent_server_is_given_up_and_other_connections_are_left_alone() -> None:
    before = socket.getdefaulttimeout()
    with pytest.raises(KeyError), short_downloads():
        assert socket.getdefaulttimeout() == 20.0
        raise KeyError
    assert socket.getdefaulttimeout() == before


def test_reasons_are_one_short_line() -> None:
    assert short_reason(ValueError("a\n  b")) == "a b"
    assert short_reason(ValueError()) == "ValueError"
    assert len(short_reason(ValueError("x" * 1000))) == 160
