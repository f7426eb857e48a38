"""A finished run's answers by LiteRT: on a CPU its float32 network answers twice as fast as TensorFlow's."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge_app.errors import MissingDependencyError
from edge_app.native_output import quiet_native_stderr
from edge_app.runtime import interpreter_module
from train.trained_run import TrainedRun, load_signature

Floats = npt.NDArray[np.float32]


def quickest_answers(run: TrainedRun) -> Callable[[Any], Any]:
    """Return the run's probabilities as a function, by whatever is fast here.

    TensorFlow answers where there is a GPU, no LiteRT runtime, or an operator that LiteRT does not know (a hub module
    may have one); both agree within 1e-5.

    Returns:
        a function: (batch, height, width, 3) float32 RGB within [-1, 1] → (batch, classes) float32 probabilities.

    Raises:
        RunFolderError: the SavedModel is damaged or is not the one of `run.json`.
    """
    checked = load_signature(run, "core")
    if tf.config.list_physical_devices("GPU"):
        return checked
    try:
        return _by_litert(run)
    except (MissingDependencyError, ValueError, RuntimeError, tf.errors.OpError):
        return checked
    except Exception as error:  # the converter's own error derives from Exception alone
        if type(error).__name__ != "ConverterError":
            raise
        return checked


def _by_litert(run: TrainedRun) -> Callable[[Any], Floats]:
    interpreter_class = interpreter_module().Interpreter
    with quiet_native_stderr():
        converter = tf.lite.TFLiteConverter.from_saved_model(str(run.path / "saved_model"), signature_keys=["core"])
        interpreter = interpreter_class(model_content=converter.convert(), num_threads=os.cpu_count() or 1)
        interpreter.allocate_tensors()
    (given,), (said,) = interpreter.get_input_details(), interpreter.get_output_details()
    shape = list(given["shape"])

    def probabilities(images: Any) -> Floats:
        nonlocal shape
        pictures = np.asarray(images, np.float32)
        if list(pictures.shape) != shape:
            shape = list(pictures.shape)
            interpreter.resize_tensor_input(given["index"], shape)
            interpreter.allocate_tensors()
        interpreter.set_tensor(given["index"], pictures)
        interpreter.invoke()
        return np.array(interpreter.get_tensor(said["index"]), np.float32)

    return probabilities
