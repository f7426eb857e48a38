"""Predictions of a finished run, from its SavedModel.

The `serving_default` signature takes 0..255 and needs no class of the network, so every kind of run works alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.common.errors import MissingDependencyError, PhotographError, RunFolderError
from edge_app.common.installing import not_installed
from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.common.progress import Progress
from edge_app.model.foreign_code.gate import refuse_foreign_code
from edge_app.model.run_folder import TrainedRun
from edge_app.photographs.decoder import Image, read_photograph
from train.data.thread_pool import in_threads

_BATCH = 64  # photographs

Predict = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]
"""(photographs, height, width, 3) uint8 RGB → probabilities (photographs, classes) float32."""


def load_predictor(run: TrainedRun) -> Predict:
    """Load the model of a run; TensorFlow starts here and not before.

    Raises:
        RunFolderError: the SavedModel is damaged or is not the one of `run.json`.
        MissingDependencyError: the train extra is not installed.
    """
    signature = load_signature(run, "serving_default")
    import tensorflow as tf

    def predict(images_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        return np.asarray(signature(tf.constant(images_rgb, tf.float32)), np.float32)

    return predict


def load_signature(run: TrainedRun, name: str) -> Callable[[Any], Any]:
    """Load one signature of a run's SavedModel.

    Args:
        run: from `read_trained_run`.
        name: `serving_default` takes 0..255, `core` takes [-1, 1].

    Returns:
        a function of tensors: (photographs, height, width, 3) float32 RGB → probabilities (photographs, classes).

    Raises:
        RunFolderError: the SavedModel is damaged or is not the one of `run.json`; the function raises it, too.
        ForeignCodeError: it carries code, and the user has not said --trust.
        MissingDependencyError: the train extra is not installed.
    """
    refuse_foreign_code(run.saved_model)
    try:
        with quiet_native_stderr():
            import tensorflow as tf
    except ImportError as error:
        raise MissingDependencyError(not_installed("tensorflow", "train")) from error
    try:
        with quiet_native_stderr():
            loaded = tf.saved_model.load(str(run.saved_model))
        signature = loaded.signatures[name]
        outputs = signature.structured_outputs["probabilities"].shape[-1]
    except Exception as error:  # of a damaged graph TensorFlow raises everything from IndexError to OpError
        raise RunFolderError(f"`{run.saved_model}` cannot be loaded ({_first_line(error)}); train again") from error
    if outputs != len(run.labels):
        raise RunFolderError(f"`{run.path}` has {len(run.labels)} labels and {outputs} outputs; train again")

    def probabilities(images: Any) -> Any:
        _ = loaded  # a signature alone does not keep the variables of its model alive
        try:
            return signature(images=images)["probabilities"]
        except (tf.errors.OpError, ValueError, TypeError) as error:
            raise RunFolderError(f"`{run.saved_model}` cannot be run ({_first_line(error)}); train again") from error

    return probabilities


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def predictions(
    paths: Sequence[Path], prepare: Callable[[Image], Image], predict: Predict, what: str = "predicting"
) -> Iterator[npt.NDArray[np.float32] | PhotographError]:
    """Yield for every file, in order, its probabilities (classes,), or why it cannot be read; all cores decode.

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
