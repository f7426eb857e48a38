"""Asking a predictions function about files, in batches, a decoder thread per core ahead of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_app.common.errors import PhotographError
from edge_app.common.progress import Progress
from edge_app.photographs.decoder import Image, read_photograph
from train.data.loading import in_threads
from train.models.trained_run import Predict

_BATCH = 64


def predictions(
    paths: Sequence[Path], prepare: Callable[[Image], Image], predict: Predict, what: str = "predicting"
) -> Iterator[npt.NDArray[np.float32] | PhotographError]:
    """Yield for every file, in order, its probabilities (classes,), or why it cannot be read.

    Args:
        paths: of the photographs.
        prepare: BGR picture as decoded → the network's input size, RGB.
        predict: see `Predict`.
        what: to call it in the progress.
    """

    def prepared(path: Path) -> Image | PhotographError:
        try:
            return prepare(read_photograph(path))
        except PhotographError as error:
            return error

    waiting: list[Image | PhotographError] = []
    with Progress(what, len(paths)) as progress:
        for number, item in enumerate(in_threads(prepared, paths), 1):
            waiting.append(item)
            if len(waiting) == _BATCH or number == len(paths):
                yield from _predicted(waiting, predict)
                progress.step(steps=len(waiting))
                waiting = []


def _predicted(
    items: Sequence[Image | PhotographError], predict: Predict
) -> Iterator[npt.NDArray[np.float32] | PhotographError]:
    images = [item for item in items if not isinstance(item, PhotographError)]
    rows = iter(predict(np.stack(images)) if images else ())
    for item in items:
        yield item if isinstance(item, PhotographError) else next(rows)
