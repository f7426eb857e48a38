"""ONNX Runtime, asked as the Keras model and the `.tflite` files are asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from edge_app.model.card import ModelCard
from edge_app.model.preparation import Preparer
from edge_app.model.runtime import default_threads
from edge_app.model.scores import NOT_QUANTIZED, Quantization, dequantize

_STEPS = {"uint8": Quantization(1 / 256), "int8": Quantization(1 / 256, -128)}
"""Of scores as our recipes store them: the softmax of a `.tflite` has no other choice."""

Floats = npt.NDArray[np.float32]


class OnnxModel:
    """An ONNX file that `export` made, on the CPU.

    Args:
        path: of it.
        card: of the `.tflite` that it was made of: how to prepare.
        threads: CPU threads; None: as many as our own runtime takes.
    """

    def __init__(self, path: Path, card: ModelCard, threads: int | None = None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads or default_threads(), 1
        options.log_severity_level = 3  # warnings of its optimizer mean nothing to a user
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        source = self._session.get_inputs()[0]
        self._tensor: npt.NDArray[Any] = np.zeros(source.shape, card.input_dtype)
        self._feed = {source.name: self._tensor}
        self._preparer = Preparer(card)

    def scores(self, frame_bgr: npt.NDArray[np.uint8]) -> Floats:
        """Return the probabilities of a picture, (height, width, 3) uint8 BGR: (classes,) float32."""
        self._preparer.prepare(frame_bgr, self._tensor)
        raw: npt.NDArray[Any] = self._session.run(None, self._feed)[0][0]
        return dequantize(raw, _STEPS.get(raw.dtype.name, NOT_QUANTIZED))
