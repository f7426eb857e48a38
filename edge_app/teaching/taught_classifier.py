"""A head on the features of a network, as the live loop uses a classifier: one run of the network serves both."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.model.card import NEITHER
from edge_app.model.classifier import Prediction, top_k
from edge_app.photographs.decoder import Image
from edge_app.teaching.backbone import Backbone
from edge_app.teaching.learning import TaughtHead


class TaughtClassifier:
    """Names what a frame shows by the newest head; `Prediction.raw` holds the features of the frame.

    Args:
        backbone: gives the features.
        labels: that are taught.
        taught: the head; None: nothing was learned yet, so every frame is `neither`.
        path: of the file that the head is written to.
        top: labels per prediction.
    """

    assumptions: tuple[str, ...] = ()

    def __init__(
        self, backbone: Backbone, labels: Sequence[str], taught: TaughtHead | None, path: Path, top: int = 5
    ) -> None:
        self.path, self.threads = path, backbone.threads
        threshold = 1.0 if taught is None else taught.threshold
        self.card = replace(backbone.card, labels=tuple(labels), neither_threshold=threshold)
        self._backbone, self._taught = backbone, taught
        self._top = min(top, len(labels))

    def classify(
        self, frame_bgr: Image, source: str = "", frame: int = 0, captured_at_s: float | None = None
    ) -> Prediction:
        """Classify one frame; see `Classifier.classify`."""
        start_s = time.perf_counter()
        self._backbone.prepare(frame_bgr)
        prepared_s = time.perf_counter()
        features = self._backbone.invoke()
        invoked_s = time.perf_counter()
        scores = self.real_scores(features)
        top = tuple((self.card.labels[place], scores.item(place)) for place in top_k(scores, self._top).tolist())
        label, score = top[0]
        threshold = self.card.neither_threshold
        end_s = time.perf_counter()
        return Prediction(
            source,
            frame,
            NEITHER if threshold is not None and score < threshold else label,
            score,
            top,
            latency_ms=(end_s - start_s) * 1e3,
            age_ms=(end_s - (start_s if captured_at_s is None else captured_at_s)) * 1e3,
            prepare_ms=(prepared_s - start_s) * 1e3,
            invoke_ms=(invoked_s - prepared_s) * 1e3,
            raw=features,
        )

    score_floor = None

    def another(self, threads: int) -> TaughtClassifier:
        """Build one more with the same head; see `Classifier.another`."""
        backbone = Backbone(self._backbone.path, threads)
        return TaughtClassifier(backbone, self.card.labels, self._taught, self.path, self._top)

    def scores(self, frame_bgr: Image) -> npt.NDArray[np.float32]:
        """Return all scores of a frame, (labels,) float32."""
        return self.real_scores(self._backbone.features(frame_bgr))

    def real_scores(self, raw: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Return the scores, (labels,) float32, of features; 0 each before anything was learned."""
        if self._taught is None:
            return np.zeros(len(self.card.labels), np.float32)
        log_p = self._taught.head.log_probabilities(raw[np.newaxis])[0]
        return np.asarray(np.exp(log_p), np.float32)
