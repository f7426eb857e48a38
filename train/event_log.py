"""The history for TensorBoard, where it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from edge_app.errors import OutputError
from train.fit import Epoch


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
    try:
        writer = tf.summary.create_file_writer(str(folder))
    except tf.errors.OpError as error:
        reason = (error.message or type(error).__name__).rpartition("; ")[2].splitlines()[0].lower()
        raise OutputError(f"`{folder}` cannot take event files ({reason}); choose another --tensorboard") from error

    def tell(row: Epoch) -> None:
        with writer.as_default(step=row.epoch):
            for name in ("loss", "accuracy", "val_loss", "val_accuracy", "duration_s"):
                tf.summary.scalar(f"{row.stage}/{name}", getattr(row, name))
        writer.flush()

    try:
        yield tell
    finally:
        writer.close()
