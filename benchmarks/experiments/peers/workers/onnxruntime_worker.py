"""ONNX Runtime as a worker, on its CPU provider; lives in the peers' environment.

It runs the ONNX file that `convert.onnx_export` made of the `.tflite` file, whose card says how
to prepare.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from benchmarks.experiments.peers.workers.frame_worker import PreparedWorker
from benchmarks.experiments.peers.workers.serving import serve


class OnnxRuntimeWorker(PreparedWorker):
    """Answers the requests of `benchmarks.experiments.peers.visit` with ONNX Runtime."""

    packages = ("onnxruntime", "numpy")

    def load(self, model: str, threads: int, converted: str = "") -> dict[str, Any]:
        """Open a file.

        Args:
            model: the `.tflite` file, for its card.
            threads: CPU threads of an operator; operators run one after the other.
            converted: the same weights as ONNX.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        self._session = onnxruntime.InferenceSession(converted, options, providers=["CPUExecutionProvider"])
        source, result = self._session.get_inputs()[0], self._session.get_outputs()[0]
        self._wanted = [result.name]
        self.tensor = np.zeros(source.shape, np.float32)
        self._feed = {source.name: self.tensor}
        self._prepare_for(model, int(result.shape[-1]))
        return {"accepted": True}

    def run(self) -> npt.NDArray[Any]:
        """See `PreparedWorker`."""
        scores: npt.NDArray[Any] = self._session.run(self._wanted, self._feed)[0]
        return scores


if __name__ == "__main__":
    serve(OnnxRuntimeWorker())
