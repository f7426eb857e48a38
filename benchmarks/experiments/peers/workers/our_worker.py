"""Our classifier as a worker, for comparison with a peer in a process of the same kind.

In the environment with tflite-runtime the same worker stands for that peer: `edge_app` takes the runtime that is there.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.experiments.peers.workers.frame_worker import TOP_K, FrameWorker
from benchmarks.experiments.peers.workers.serving import serve
from edge_app.model.classifier import Classifier
from edge_app.model.runtime import runtime_name
from edge_app.photographs.decoder import Image


class OurWorker(FrameWorker):
    """Answers the requests of `benchmarks.experiments.peers.visit` with `edge_app`."""

    def versions(self) -> dict[str, Any]:
        """Return what runs here."""
        return {"runtime": runtime_name(), "numpy": np.__version__}

    def load(self, model: str, threads: int) -> dict[str, Any]:
        """Open a file with so many CPU threads."""
        self._model, self._threads = model, threads
        self._classifier = Classifier(model, threads, top_k=TOP_K)
        return {"accepted": True}

    def invoke(self) -> None:
        """See `FrameWorker`; of the file as it is stored, which is what every other runtime gets."""
        self._bare.invoke()

    @cached_property
    def _bare(self) -> Classifier:
        return Classifier(self._model, self._threads, as_stored=True)

    def label(self, frame_bgr: Image) -> str:
        """See `FrameWorker`; the best label even where the card's threshold makes it `neither`."""
        return self._classifier.classify(frame_bgr).top[0][0]

    def scores(self, frame_bgr: Image) -> npt.NDArray[np.float32]:
        """See `FrameWorker`."""
        return self._classifier.scores(frame_bgr)


if __name__ == "__main__":
    serve(OurWorker())
