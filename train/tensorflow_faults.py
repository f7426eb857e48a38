"""TensorFlow has errors of its own for a full disk and for too little memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from edge_app.errors import DataError, OutputError


@contextmanager
def tensorflow_faults_told(out: Path) -> Iterator[None]:
    """Say in one sentence what TensorFlow says in a page.

    Args:
        out: what was being written.

    Raises:
        OutputError: the disk is full.
        DataError: the memory is full.
    """
    try:
        yield
    except tf.errors.OpError as error:
        if "No space left" in str(error):
            raise OutputError(f"the disk is full: could not write `{out}`; free some space and run it again") from error
        if isinstance(error, tf.errors.ResourceExhaustedError):
            raise DataError("the memory is full; use a smaller --batch-size or --image-size") from error
        raise
