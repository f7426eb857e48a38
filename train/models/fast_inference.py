"""A finished run's predictions by LiteRT, which runs a float32 network faster on a CPU than TensorFlow does."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.model.foreign_code.gate import refuse_foreign_code
from edge_app.model.run_folder import TrainedRun
from edge_app.model.runtime import default_threads, interpreter_module
from train.models.trained_run import load_signature

Floats = npt.NDArray[np.float32]


def fastest_inference(run: TrainedRun) -> Callable[[Any], Any]:
    """Return the run's probabilities as a function, by the fastest runtime on this machine.

    TensorFlow predicts where there is a GPU, no LiteRT runtime, or an operator that LiteRT does not know (a hub module
    may have one); both agree within 1e-5. The SavedModel is checked now and converted at the first call: a resumed
    training may never make one.

    Returns:
        a function: (batch, height, width, 3) float32 RGB within [-1, 1] → (batch, classes) float32 probabilities.

    Raises:
        RunFolderError: the SavedModel is damaged or is not the one of `run.json`.
        ForeignCodeError: it carries code, and the user has not said --trust.
    """
    by_tensorflow = load_signature(run, "core")

    @cache
    def fastest() -> Callable[[Any], Any]:
        return by_tensorflow if tf.config.list_physical_devices("GPU") else _by_litert(run) or by_tensorflow

    def probabilities(images: Any) -> Any:
        return fastest()(images)

    return probabilities


def _by_litert(run: TrainedRun) -> Callable[[Any], Floats] | None:
    """Return the predictions of the converted network; None where it cannot be converted or run."""
    refuse_foreign_code(run.saved_model)
    try:
        interpreter_class = interpreter_module().Interpreter
        with quiet_native_stderr():
            converter = tf.lite.TFLiteConverter.from_saved_model(str(run.saved_model), signature_keys=["core"])
            interpreter = interpreter_class(model_content=converter.convert(), num_threads=default_threads())
            interpreter.allocate_tensors()
    except Exception:  # no runtime, or the converter, which raises anything from RuntimeError to an error of its own
        return None
    (given,), (returned,) = interpreter.get_input_details(), interpreter.get_output_details()
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
        return np.array(interpreter.get_tensor(returned["index"]), np.float32)

    return probabilities
