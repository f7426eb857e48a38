"""The history for TensorBoard, where it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from train.fit import Epoch


@contextmanager
def event_log(folder: Path | None) -> Iterator[Callable[[Epoch], None]]:
    """Yield what is told of every epoch: a curve per column and stage, seen with `tensorboard --logdir FOLDER`.

    Args:
        folder: for the event files; None: nothing is written.
    """
    if folder is None:
        yield lambda _: None
        return
    writer = tf.summary.create_file_writer(str(folder))

    def tell(row: Epoch) -> None:
        with writer.as_default(step=row.epoch):
            for name in ("loss", "accuracy", "val_loss", "val_accuracy", "duration_s"):
                tf.summary.scalar(f"{row.stage}/{name}", getattr(row, name))
        writer.flush()

    try:
        yield tell
    finally:
        writer.close()
