"""One `.tflite` file, built once, called per frame."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.common.errors import ModelFileError
from edge_app.model.card import NEITHER, ModelCard, Size, TensorFacts, read_card, refuse_contradiction
from edge_app.model.direct_input import direct_network
from edge_app.model.metadata import read_metadata
from edge_app.model.preparation import Preparer, Quantization
from edge_app.model.runtime import default_threads, load_interpreter, refused_on_a_picture
from edge_app.model.trial import require_trial_run
from edge_app.photographs.decoder import Image

_SCORES = ("uint8", "int8", "int16", "float16", "float32")  # types of an output


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the classifier says about one frame.

    Attributes:
        source: where the frame came from: a path, `camera 0`, `demo`.
        frame: its number in the source, from 0.
        label: the best label, or `neither` where its score is below the card's threshold.
        score: of the best label, 0..1.
        top: pairs of label and score, best first.
        latency_ms: from the frame to the label: prepare, invoke, read the scores.
        age_ms: from the capture of the frame to the label.
        prepare_ms: of the latency, the share of resizing and converting.
        invoke_ms: of the latency, the share of the model.
        raw: all scores as the model gave them, (classes,); `Classifier.real_scores` makes numbers of them.
    """

    source: str
    frame: int
    label: str
    score: float
    top: tuple[tuple[str, float], ...]
    latency_ms: float
    age_ms: float
    prepare_ms: float = 0.0
    invoke_ms: float = 0.0
    raw: npt.NDArray[Any] | None = field(default=None, compare=False, repr=False)


class Classifier:
    """A classifier from a `.tflite` file.

    Args:
        path: the model.
        threads: CPU threads; None: the usable cores, at most 4.
        labels: instead of the file's own labels.
        top_k: how many labels a prediction lists.
        threshold: below this score the label is `neither`, 0..1, instead of the card's; None: the card's.
        trusted: this program made the file a moment ago, so it is not tried in a process of its own first.
        card: of a file that has none yet, because it is still being proven; None: what the file says.
        as_stored: run every operator of the file, the conversion of bytes that some begin with too (`direct_input`):
            for looking at a file, and for timing its bare `invoke()`. The answers are the same.

    Raises:
        ModelFileError: the file is missing, damaged, crashes the runtime, has no labels, or contradicts itself.
        MissingDependencyError: no LiteRT runtime is installed.
    """

    def __init__(
        self,
        path: str | Path,
        threads: int | None = None,
        labels: tuple[str, ...] | None = None,
        top_k: int = 5,
        threshold: float | None = None,
        *,
        trusted: bool = False,
        card: ModelCard | None = None,
        as_stored: bool = False,
    ) -> None:
        self.path = Path(path)
        self.threads = default_threads() if threads is None else threads
        metadata = read_metadata(self.path)
        if not trusted:
            require_trial_run(self.path)
        direct = None if as_stored else direct_network(self.path)
        self.is_direct = direct is not None
        self.interpreter = load_interpreter(self.path, self.threads, direct)
        inputs, outputs = self.interpreter.get_input_details(), self.interpreter.get_output_details()
        tensors = _tensor_facts(self.path, inputs, outputs)
        if self.is_direct:
            tensors = replace(tensors, input_dtype="uint8")
        self.assumptions: tuple[str, ...] = ()
        if card is None:
            card, self.assumptions = read_card(self.path, metadata, tensors, labels)
        else:
            refuse_contradiction(self.path, card, tensors)
        self.card = card if threshold is None else replace(card, neither_threshold=threshold)
        self._input = int(inputs[0]["index"])
        self._output = int(outputs[0]["index"])
        self._score_scale = _quantization(self.path, outputs[0])
        fed = replace(self.card, input_dtype="int8") if self.is_direct else self.card
        self._preparer = Preparer(fed, _quantization(self.path, inputs[0]))
        self._top_k = min(top_k, tensors.classes)

    def prepare(self, frame_bgr: Image) -> None:
        """Fill the input tensor; frame_bgr: (height, width, 3) uint8 BGR."""
        # The view must be gone before invoke(): the runtime refuses to run while numpy can see its memory.
        self._preparer.prepare(frame_bgr, self._tensor(self._input))

    def invoke(self) -> None:
        """Run the model on the prepared tensor.

        Raises:
            ModelFileError: the runtime gives up on it.
        """
        try:
            self.interpreter.invoke()
        except (ValueError, RuntimeError, MemoryError) as error:
            raise refused_on_a_picture(self.path, error) from error

    def raw_scores(self) -> npt.NDArray[Any]:
        """Return a copy of the output, (classes,) in the tensor's dtype.

        Raises:
            ModelFileError: a score is no number.
        """
        scores: npt.NDArray[Any] = self._tensor(self._output)[0].copy()
        if scores.dtype.kind == "f" and not np.isfinite(scores).all():
            raise ModelFileError(
                f"`{self.path}` gives scores that are not numbers ({scores.ravel()[:3].tolist()}): its weights are "
                "damaged, or training diverged; convert or download it again"
            )
        return scores

    def scores(self, frame_bgr: Image) -> npt.NDArray[np.float32]:
        """Return all scores of a frame, (classes,) float32."""
        self.prepare(frame_bgr)
        self.invoke()
        return self.real_scores(self.raw_scores())

    def real_scores(self, raw: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Return the scores that a copy of the output stands for, (classes,) float32."""
        return dequantize(raw, self._score_scale)

    def classify(
        self, frame_bgr: Image, source: str = "", frame: int = 0, captured_at_s: float | None = None
    ) -> Prediction:
        """Classify one frame.

        Args:
            frame_bgr: (height, width, 3) uint8 BGR, any size.
            source: copied into the prediction.
            frame: copied into the prediction.
            captured_at_s: `time.perf_counter()` at capture; None: now.

        Raises:
            ValueError: the frame is no 3-channel byte picture.
        """
        start_s = time.perf_counter()
        if not is_frame(frame_bgr):
            raise ValueError(
                f"a frame must be (height, width, 3) uint8 BGR, received {frame_bgr.shape} {frame_bgr.dtype}"
            )
        self.prepare(frame_bgr)
        prepared_s = time.perf_counter()
        self.invoke()
        invoked_s = time.perf_counter()
        raw = self.raw_scores()
        top = self._top(raw)
        end_s = time.perf_counter()
        label, score = top[0]
        if self.card.neither_threshold is not None and score < self.card.neither_threshold:
            label = NEITHER
        age_s = end_s - (start_s if captured_at_s is None else captured_at_s)
        return Prediction(
            source,
            frame,
            label,
            score,
            top,
            latency_ms=(end_s - start_s) * 1e3,
            age_ms=age_s * 1e3,
            prepare_ms=(prepared_s - start_s) * 1e3,
            invoke_ms=(invoked_s - prepared_s) * 1e3,
            raw=raw,
        )

    def _tensor(self, index: int) -> npt.NDArray[Any]:
        """Return a view of a tensor."""
        try:
            view: npt.NDArray[Any] = self.interpreter.tensor(index)()
        except (ValueError, RuntimeError) as error:  # a damaged file may leave it without memory
            raise refused_on_a_picture(self.path, error) from error
        return view

    def _top(self, raw: npt.NDArray[Any]) -> tuple[tuple[str, float], ...]:
        """Order first, dequantize only what is shown: the scale is positive, so the order is the same.

        Plain numbers: five values are too few for numpy to pay off.
        """
        scale, zero_point = self._score_scale.scale or 1.0, self._score_scale.zero_point
        labels, value = self.card.labels, raw.item
        places = top_k(raw, self._top_k).tolist()
        return tuple([(labels[place], (value(place) - zero_point) * scale) for place in places])


def is_frame(image: npt.NDArray[Any]) -> bool:
    """Tell whether this is a picture with 3 channels of bytes and at least one pixel."""
    return image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8 and image.size > 0


def top_k(scores: npt.NDArray[Any], count: int) -> npt.NDArray[np.intp]:
    """Return the places of the `count` largest scores, best first; of equal ones the earlier first.

    Args:
        scores: (classes,) uint8, int8 or float.
        count: at most the number of classes.
    """
    if scores.dtype.itemsize == 1:  # ~x falls as x rises, and sorting bytes takes one pass
        return (~scores).argsort(kind="stable")[:count]
    if count < len(scores):
        edge = np.partition(scores, len(scores) - count)[len(scores) - count]
        candidates = np.flatnonzero(scores >= edge)
    else:
        candidates = np.arange(len(scores))
    order = np.argsort(-scores[candidates].astype(np.float64), kind="stable")
    return candidates[order[:count]]


def dequantize(stored: npt.NDArray[Any], quantization: Quantization) -> npt.NDArray[np.float32]:
    """Return real values: scale × (stored - zero point); float tensors as they are."""
    if quantization.scale == 0.0:
        return stored.astype(np.float32)
    return (stored.astype(np.float32) - quantization.zero_point) * np.float32(quantization.scale)


def _quantization(path: Path, details: dict[str, Any]) -> Quantization:
    scale, zero_point = details["quantization"]
    if not 0.0 <= scale < np.inf:
        raise ModelFileError(f"`{path}` is damaged: the scale of a tensor is {scale}; convert or download it again")
    return Quantization(float(scale), int(zero_point))


def _tensor_facts(path: Path, inputs: list[dict[str, Any]], outputs: list[dict[str, Any]]) -> TensorFacts:
    input_shape = [int(length) for length in inputs[0]["shape"]] if inputs else []
    output_shape = [int(length) for length in outputs[0]["shape"]] if outputs else []
    if len(inputs) != 1 or len(input_shape) != 4 or input_shape[::3] != [1, 3] or min(input_shape) < 1:
        raise ModelFileError(
            f"`{path}` is not an image classifier: its input has shape {input_shape}; "
            "one of [1, height, width, 3] is needed"
        )
    if not output_shape or output_shape[0] != 1 or output_shape[-1] != int(np.prod(output_shape)):
        raise ModelFileError(
            f"`{path}` is not a classifier: its output has shape {output_shape}; [1, classes] is needed"
        )
    scores = np.dtype(outputs[0]["dtype"])
    if scores.name not in _SCORES:
        raise ModelFileError(
            f"`{path}` is not a classifier: its scores are {scores.name}; {', '.join(_SCORES)} are supported"
        )
    size = Size(width=input_shape[2], height=input_shape[1])
    return TensorFacts(size, np.dtype(inputs[0]["dtype"]).name, output_shape[-1])
