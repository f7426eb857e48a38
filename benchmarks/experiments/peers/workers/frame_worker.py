"""A runtime behind our own preparation: what its worker does whatever the runtime is called.

Frames are prepared by `edge_app.model.preparation` and scores sorted by `edge_app.model.classifier`, so two such
workers differ in the runtime only.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.experiments.peers.workers.serving import peak_bytes, time_bare, time_frames
from edge_app.model.card import Size
from edge_app.model.card_reading import read_card
from edge_app.model.classifier import top_k
from edge_app.model.metadata import read_metadata
from edge_app.model.preparation import Preparer
from edge_app.model.scores import NOT_QUANTIZED, Quantization, dequantize
from edge_app.model.tensors import TensorFacts
from edge_app.photographs.decoder import Image, read_photograph

TOP_K = 5
"""Scores that a frame's answer sorts out, as the app does."""


class FrameWorker(ABC):
    """Answers the requests of `benchmarks.experiments.peers.visit`.

    Attributes:
        packages: whose versions count.
    """

    packages: tuple[str, ...] = ()

    @abstractmethod
    def load(self, model: str, threads: int) -> dict[str, Any]:
        """Open a file with so many CPU threads; return `accepted`, and `why` where it is not."""

    @abstractmethod
    def invoke(self) -> Any:
        """Run the bare model on the tensor that is in place."""

    @abstractmethod
    def label(self, frame_bgr: Image) -> str:
        """Return the best label of a frame."""

    @abstractmethod
    def scores(self, frame_bgr: Image) -> npt.NDArray[np.float32]:
        """Return all scores of a frame, (classes,) 0..1."""

    def versions(self) -> dict[str, Any]:
        """Return what runs here."""
        return {name: metadata.version(name) for name in self.packages}

    def first(self, picture: str) -> dict[str, Any]:
        """Label a picture file and tell the peak memory so far, bytes, and how long it took, seconds."""
        start_s = time.perf_counter()
        label = self.label(read_photograph(Path(picture)))
        return {"label": label, "first_s": time.perf_counter() - start_s, "peak_memory_bytes": peak_bytes()}

    def answers(self, frames: str) -> dict[str, Any]:
        """Return label and scores of every frame of an `.npy` file, (frames, height, width, 3) uint8 BGR."""
        pictures_bgr = np.load(frames)
        return {
            "labels": [self.label(picture) for picture in pictures_bgr],
            "scores": [self.scores(picture).tolist() for picture in pictures_bgr],
        }

    def bare(self, runs: int, warm_up: int) -> dict[str, Any]:
        """Time the bare model; call `first` before, which fills the tensor."""
        return time_bare(self.invoke, runs, warm_up)

    def block(self, frames: str, runs: int, warm_up: int) -> dict[str, Any]:
        """Time frame→label; `frames` as in `answers`."""
        return time_frames(self.label, frames, runs, warm_up)


class PreparedWorker(FrameWorker):
    """A foreign runtime, fed with the tensor that our preparation fills.

    Attributes:
        tensor: the input, (1, height, width, 3) in the file's dtype; `_prepare_for` makes the preparation.
    """

    tensor: npt.NDArray[Any]

    @abstractmethod
    def run(self) -> npt.NDArray[Any]:
        """Run the model; return its output, (1, classes), as the runtime stores it."""

    def invoke(self) -> npt.NDArray[Any]:
        """See `FrameWorker`."""
        return self.run()

    def label(self, frame_bgr: Image) -> str:
        """See `FrameWorker`."""
        self._preparer.prepare(frame_bgr, self.tensor)
        return self._labels[int(top_k(self.run()[0], self._top_k)[0])]

    def scores(self, frame_bgr: Image) -> npt.NDArray[np.float32]:
        """See `FrameWorker`; bytes are taken for 1/256 each, which is what the softmax of quantized files stores."""
        self._preparer.prepare(frame_bgr, self.tensor)
        raw = self.run()[0]
        return dequantize(raw, Quantization(1 / 256) if raw.dtype == np.uint8 else NOT_QUANTIZED)

    def _prepare_for(self, model: str, classes: int) -> None:
        """Read the card of the `.tflite` file for `tensor`."""
        _, height, width, _ = self.tensor.shape
        facts = TensorFacts(Size(width, height), self.tensor.dtype.name, classes)
        path = Path(model)
        card = read_card(path, read_metadata(path), facts).card
        self._preparer, self._labels, self._top_k = Preparer(card), card.labels, min(TOP_K, classes)
