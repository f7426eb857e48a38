"""The history for TensorBoard, where it is asked for; TensorBoard itself need not be installed.

An event file is a TFRecord file of `Event` messages, the first of which names the version of the format.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tensorflow as tf

from edge_app.common.errors import OutputError
from train.fitting.loop import Epoch

_COLUMNS = ("loss", "accuracy", "val_loss", "val_calibrated_loss", "val_accuracy", "duration_s")
_VERSION = "brain.Event:2"


@contextmanager
def event_log(folder: Path | None) -> Iterator[Callable[[Epoch], None]]:
    """Yield what is told of every epoch: a curve per column and stage, seen with `tensorboard --logdir FOLDER`.

    Args:
        folder: for the event files; None: nothing is written.

    Raises:
        OutputError: the folder cannot be made or written.
    """
    if folder is None:
        yield lambda _: None
        return
    with _opened(folder) as writer:
        writer.write(tf.compat.v1.Event(wall_time=time.time(), file_version=_VERSION).SerializeToString())

        def tell(row: Epoch) -> None:
            told = {name: getattr(row, name) for name in _COLUMNS}
            values = [
                tf.compat.v1.Summary.Value(tag=f"{row.stage}/{name}", simple_value=value)
                for name, value in told.items()
                if value is not None and not math.isnan(value)
            ]
            event = tf.compat.v1.Event(
                wall_time=time.time(), step=row.epoch, summary=tf.compat.v1.Summary(value=values)
            )
            writer.write(event.SerializeToString())
            writer.flush()

        yield tell


def _opened(folder: Path) -> Any:
    """A file with a name that TensorBoard looks for, another one in every attempt."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tf.io.TFRecordWriter(str(folder / f"events.out.tfevents.{time.time():.0f}.fieldlens.{os.getpid()}"))
    except (OSError, tf.errors.OpError) as error:
        reason = (getattr(error, "strerror", None) or str(error).rpartition("; ")[2]).lower()
        raise OutputError(
            f"event files cannot be written to `{folder}` ({reason}); choose another --tensorboard"
        ) from error
