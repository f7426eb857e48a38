"""Promises of `--tensorboard`: event files with every epoch, and a place that takes none is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.errors import OutputError
from train.event_log import event_log
from train.fit import Epoch


def test_every_epoch_is_in_the_event_files(tmp_path: Path) -> None:
    with event_log(tmp_path / "events") as tell:
        tell(Epoch("head", 1, 0.5, 0.75, 0.25, 0.875, 1.0))
    (file,) = (tmp_path / "events").iterdir()
    assert b"head/val_loss" in file.read_bytes()
    with event_log(None) as tell:
        tell(Epoch("head", 1, 0.5, 0.75, 0.25, 0.875, 1.0))


def test_a_place_that_takes_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with (
        pytest.raises(OutputError, match=r"file` cannot take event files \(.+\); choose another --tensorboard"),
        event_log(tmp_path / "file"),
    ):
        pass
