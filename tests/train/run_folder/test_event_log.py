"""Promises of `--tensorboard`: event files with every epoch, and a place that takes none is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf

from edge_app.common.errors import OutputError
from train.fitting.loop import Epoch
from train.run_folder.event_log import event_log


def test_every_epoch_is_in_the_event_file(tmp_path: Path) -> None:
    with event_log(tmp_path / "new" / "events") as tell:
        tell(Epoch("head", 1, 0.5, 0.75, 0.25, 0.875, 2.0))
        tell(Epoch("fine-tuning", 1, 0.5, 0.75, 0.25, 0.875, 2.0, 0.125))
    (file,) = (tmp_path / "new" / "events").glob("events.out.tfevents.*")
    version, head, fine = (
        tf.compat.v1.Event.FromString(record.numpy()) for record in tf.data.TFRecordDataset(str(file))
    )
    assert version.file_version == "brain.Event:2"
    assert {value.tag: value.simple_value for value in head.summary.value} == {
        "head/loss": 0.5,
        "head/accuracy": 0.75,
        "head/val_loss": 0.25,
        "head/val_accuracy": 0.875,
        "head/duration_s": 2.0,
    }
    assert fine.step == 1
    assert {value.tag: value.simple_value for value in fine.summary.value}["fine-tuning/val_calibrated_loss"] == 0.125


def test_nothing_is_written_where_none_is_asked_for() -> None:
    with event_log(None) as tell:
        tell(Epoch("head", 1, 0.5, 0.75, 0.25, 0.875, 1.0))


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_place_that_takes_none_is_said(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with (
        pytest.raises(OutputError, match=r"event files cannot be written to `.*file.*` \(.+\); choose another --tens"),
        event_log(tmp_path / place),
    ):
        pass
