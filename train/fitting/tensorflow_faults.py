"""TensorFlow has errors of its own for a full disk and for too little memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from edge_app.common.errors import DataError, OutputError, PhotographError, WorkerError
from train.data.batches import photograph_fault

_TASK = re.compile(r"unhealthy.*?/task:(\d+)", re.DOTALL)


@contextmanager
def tensorflow_faults_reported(out: Path, resumable: bool = True) -> Iterator[None]:
    """Say in one sentence what TensorFlow says in a page.

    Args:
        out: what was being written.
        resumable: whether completed epochs are kept.

    Raises:
        OutputError: the disk is full.
        DataError: the memory is full.
        PhotographError: a file that was streamed vanished or broke.
        WorkerError: another worker is gone.
    """
    try:
        yield
    except PhotographError as error:
        raise PhotographError(_broke_meanwhile(error, out, resumable)) from error
    except tf.errors.OpError as error:
        if "No space left" in str(error):
            raise OutputError(f"the disk is full: could not write `{out}`; free some space and run it again") from error
        if isinstance(error, tf.errors.ResourceExhaustedError):
            raise DataError("out of memory; use a smaller --batch-size or --image-size") from error
        if fault := photograph_fault(error):
            raise PhotographError(_broke_meanwhile(fault, out, resumable)) from error
        if "Collective ops is aborted" in str(error) or isinstance(error, tf.errors.UnavailableError):
            raise WorkerError(
                f"a worker of TF_CONFIG has stopped{_named(str(error))}; completed epochs are kept beside `{out}`: "
                "start all workers again with --resume"
            ) from error
        raise


def _broke_meanwhile(fault: PhotographError, out: Path, resumable: bool) -> str:
    """Photographs that are broken from the start are skipped; one that breaks later changes what is trained on."""
    told = f"{fault}; it was readable when the run began"
    if not resumable:
        return f"{told}: run the same command again, with or without it"
    return (
        f"{told}, and completed epochs are kept beside `{out}`: restore it and use --resume, or start without "
        "it with --overwrite"
    )


def _named(text: str) -> str:
    found = _TASK.search(text)
    return f" (number {found[1]})" if found else ""
