"""OpenVINO as a worker, on its CPU plugin; lives in the peers' environment and reads `.tflite` files itself."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
import openvino

from benchmarks.experiments.peers.workers.frame_worker import PreparedWorker
from benchmarks.experiments.peers.workers.serving import serve


class OpenVinoWorker(PreparedWorker):
    """Answers the requests of `benchmarks.experiments.peers.visit` with OpenVINO."""

    packages = ("openvino", "numpy")

    def load(self, model: str, threads: int) -> dict[str, Any]:
        """Open a file with so many CPU threads, one request at a time, in float32.

        Left alone, the plugin computes in bfloat16 where the processor can: faster, and no longer the same weights.
        """
        options = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
        }
        try:
            core = openvino.Core()
            compiled = core.compile_model(core.read_model(model), "CPU", options)
        except RuntimeError as error:
            return {"accepted": False, "why": " ".join(str(error).split())}
        self._request = compiled.create_infer_request()
        self.tensor = self._request.get_input_tensor().data
        self._scores: npt.NDArray[Any] = self._request.get_output_tensor().data
        self._prepare_for(model, self._scores.shape[-1])
        return {"accepted": True}

    def run(self) -> npt.NDArray[Any]:
        """See `PreparedWorker`."""
        self._request.infer()
        return self._scores


if __name__ == "__main__":
    serve(OpenVinoWorker())
