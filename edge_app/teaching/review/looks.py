"""What is known of each frame's content: hash, thumbnail, scores. Found out in threads, and kept beside the frames."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.common.errors import PhotographError
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image, decode_photograph, read_encoded
from edge_app.photographs.splits import sha256_of
from edge_app.photographs.thumbnails import SIDE, thumbnail
from edge_app.teaching.review.frames import Frame, Scores

CACHE = ".review"
"""Folder beside the frames; losing it costs seconds."""

_THREADS = 2
_LISTED = 9  # labels of a frame whose scores are kept

Key = tuple[str, int, int]
"""Name, size and time of a file: the same after it was moved."""


@dataclass(frozen=True, eq=False)
class Look:
    """The content of a frame: the SHA-256 of its bytes, and its (32, 32) grey thumbnail, black of a broken file."""

    sha256: str
    grey: npt.NDArray[np.uint8]


class Looks:
    """Looks of frames, and what a model says of them.

    Args:
        root: folder of the frames.
        classifier: of the scores; None: none are made.
    """

    def __init__(self, root: Path, classifier: Classifier | None = None) -> None:
        self._root, self._classifier = root, classifier
        self._model = "" if classifier is None else sha256_of(classifier.path.read_bytes())
        self._path = root / CACHE / "looks.jsonl"
        self._looks: dict[Key, Look] = {}
        self._scores: dict[str, Scores] = {}
        self._lock, self._model_lock = threading.Lock(), threading.Lock()
        self._stopped, self._done = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._read()

    def of(self, frame: Frame) -> Look | None:
        """Return what is known; None: nothing yet."""
        return self._looks.get(_key(frame))

    def sha256_of(self, frame: Frame) -> str:
        """Return the hash of a frame's bytes, read now where it is not known yet; empty: the frame is gone."""
        look = self.of(frame)
        try:
            return sha256_of(read_encoded(self._root / frame.path)) if look is None else look.sha256
        except PhotographError:
            return ""

    def scores(self, frame: Frame) -> Scores | None:
        """Return what the model says; None: nothing, or not yet."""
        look = self.of(frame)
        return None if look is None else self._scores.get(look.sha256)

    def start(self, frames: Sequence[Frame]) -> None:
        """Look at frames in the background, those of an earlier call no more."""
        self.stop()
        self._stopped, self._done = threading.Event(), threading.Event()
        work = (frames, self._stopped, self._done)
        self._thread = threading.Thread(target=self._work, args=work, name="looks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the work in the background."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until all frames were looked at, or for a time; return whether they were."""
        return self._done.wait(seconds)

    def known(self, frames: Sequence[Frame]) -> int:
        """Return of how many frames everything is known."""
        return sum(self._is_known(frame) for frame in frames)

    def ask(self, question: Callable[[Classifier], Any]) -> Any:
        """Ask the model, which answers one question at a time; None: there is no model."""
        if self._classifier is None:
            return None
        with self._model_lock:
            return question(self._classifier)

    def _is_known(self, frame: Frame) -> bool:
        look = self.of(frame)
        return look is not None and (self._classifier is None or look.sha256 in self._scores)

    def _work(self, frames: Sequence[Frame], stopped: threading.Event, done: threading.Event) -> None:
        def look_at(frame: Frame) -> None:
            if not stopped.is_set():
                self._look_at(frame)

        with ThreadPoolExecutor(_THREADS, "look") as threads:
            list(threads.map(look_at, [frame for frame in frames if not self._is_known(frame)]))
        if not stopped.is_set():
            done.set()

    def _look_at(self, frame: Frame) -> None:
        try:
            encoded = read_encoded(self._root / frame.path)
        except PhotographError:  # it went away meanwhile
            return
        sha256 = sha256_of(encoded)
        try:
            image_bgr = decode_photograph(encoded, frame.path)
            grey = thumbnail(image_bgr)
            scores = self._scores.get(sha256) or self.ask(lambda model: _best(model, image_bgr))
        except PhotographError:
            grey, scores = np.zeros((SIDE, SIDE), np.uint8), {}
        self._keep(_key(frame), Look(sha256, grey), scores)

    def _keep(self, key: Key, look: Look, scores: Scores | None) -> None:
        with self._lock:
            self._looks[key] = look
            if scores is not None:
                self._scores[look.sha256] = scores
            name, size_bytes, modified_ns = key
            record = {
                **{"name": name, "size": size_bytes, "ns": modified_ns, "sha256": look.sha256},
                **{"grey": base64.b64encode(look.grey.tobytes()).decode(), "model": self._model, "scores": scores},
            }
            if self._is_own():
                with suppress(OSError):  # the next start looks again
                    self._path.parent.mkdir(exist_ok=True)
                    with self._path.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(record) + "\n")

    def _is_own(self) -> bool:
        """Whether the cache is no link: the folder may be a stranger's, and nothing is written outside of it."""
        return not (self._path.is_symlink() or self._path.parent.is_symlink())

    def _read(self) -> None:
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return
        for line in lines:
            with suppress(ValueError, KeyError, TypeError, RecursionError):
                self._take(json.loads(line))

    def _take(self, record: Mapping[str, Any]) -> None:
        grey = np.frombuffer(base64.b64decode(record["grey"]), np.uint8).reshape(SIDE, SIDE)
        look = Look(str(record["sha256"]), grey)
        self._looks[str(record["name"]), int(record["size"]), int(record["ns"])] = look
        if self._model and record["model"] == self._model and record["scores"] is not None:
            self._scores[look.sha256] = {str(label): float(score) for label, score in record["scores"].items()}


def _key(frame: Frame) -> Key:
    return frame.path.rpartition("/")[2], frame.size_bytes, frame.modified_ns


def _best(model: Classifier, image_bgr: Image) -> Scores:
    scores = model.scores(image_bgr)
    best = np.argsort(-scores, kind="stable")[:_LISTED]
    return {model.card.labels[place]: round(scores.item(place), 6) for place in best.tolist()}
