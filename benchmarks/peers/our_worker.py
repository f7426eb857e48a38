"""Our classifier as a worker, for comparison with a peer in a process of the same kind."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.peers.serving import serve
from edge_app.classifier import Classifier
from edge_app.runtime import runtime_name


class OurWorker:
    """Answers the requests of `benchmarks.peers.worker_process` with `edge_app`.

    Attributes:
        classifier: of the loaded file; None before.
    """

    def __init__(self) -> None:
        self.classifier: Classifier | None = None

    def versions(self) -> dict[str, Any]:
        """Return what runs here."""
        return {"runtime": runtime_name(), "numpy": np.__version__}

    def load(self, model: str, threads: int, top_k: int) -> dict[str, Any]:
        """Open a file with so many CPU threads."""
        self.classifier = Classifier(model, threads, top_k=top_k)
        return {"accepted": True}

    def block(self, frames: str, runs: int) -> dict[str, Any]:
        """Time frame→label.

        Args:
            frames: `.npy` file, (frames, height, width, 3) uint8 BGR.
            runs: how many.
        """
        if self.classifier is None:
            raise ValueError("no file is loaded")
        pictures_bgr = np.load(frames)
        captured = np.empty_like(pictures_bgr[0])
        times_s = []
        for number in range(runs):
            np.copyto(captured, pictures_bgr[number % len(pictures_bgr)])  # a camera has just written it
            start_s = time.perf_counter()
            label = self.classifier.classify(captured).top[0][0]
            times_s.append(time.perf_counter() - start_s)
        return {"times_s": times_s, "label": label}


if __name__ == "__main__":
    serve(OurWorker())
