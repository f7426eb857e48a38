"""One `.tflite` file, built once, called per frame."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from edge_app.common.errors import ModelFileError, PhotographError, UsageError
from edge_app.common.notebook import html_scores
from edge_app.common.python_faces import as_path, described
from edge_app.model.any_size import resize_input, takes_any_size
from edge_app.model.card import NEITHER, ModelCard
from edge_app.model.card_reading import (
    NOTHING_STATED,
    CardReading,
    StatedInput,
    labels_of,
    read_card,
    refuse_contradiction,
)
from edge_app.model.direct_input import direct_network
from edge_app.model.metadata import read_metadata
from edge_app.model.preparation import Preparer
from edge_app.model.runtime import default_threads, load_interpreter, refused_on_a_picture
from edge_app.model.scores import ScoreReader, score_floor
from edge_app.model.tensors import quantization_of, scores_output, tensor_facts
from edge_app.model.trial import require_trial_run
from edge_app.photographs.decoder import Image


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

    def _repr_html_(self) -> str:
        return html_scores(self.label, self.top)


class FrameModel(Protocol):
    """What the live loop asks of whatever names what a frame shows; `Classifier` is one.

    Attributes:
        path: of its file.
        threads: CPU threads that it uses.
        card: labels and threshold.
        assumptions: what is not known of the file and was assumed, in sentences.
    """

    path: Path
    threads: int
    card: ModelCard
    assumptions: tuple[str, ...]

    def classify(
        self, frame_bgr: Image, source: str = "", frame: int = 0, captured_at_s: float | None = None
    ) -> Prediction:
        """Classify one frame; see `Classifier.classify`."""
        ...

    def scores(self, frame_bgr: Image) -> npt.NDArray[np.float32]:
        """Return all scores of a frame, (labels,) float32."""
        ...

    def real_scores(self, raw: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Return the scores, (labels,) float32, that `Prediction.raw` stands for."""
        ...

    @property
    def score_floor(self) -> float | None:
        """What a score that was rounded to 0 is read as; None: scores are not rounded."""
        ...

    def another(self, threads: int) -> FrameModel:
        """Build one more: each serves one thread at a time."""
        ...


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
        stated: what the user says of the input of a file without a card.
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
        stated: StatedInput = NOTHING_STATED,
        as_stored: bool = False,
    ) -> None:
        self.path = as_path(path, "path")
        _refuse_unlike(labels, threads, threshold)
        self.threads = default_threads() if threads is None else threads
        metadata = read_metadata(self.path)
        if not trusted:
            require_trial_run(self.path)
        direct = None if as_stored else direct_network(self.path)
        self.is_direct = direct is not None
        self.interpreter = load_interpreter(self.path, self.threads, direct)
        inputs = _sized(self.path, self.interpreter, stated)
        outputs = self.interpreter.get_output_details()
        place = 0
        if len(outputs) > 1 and card is None and metadata.card is None:
            place = scores_output(self.path, outputs, len(labels_of(metadata, labels, self.path)))
        tensors = tensor_facts(self.path, inputs, outputs[place] if outputs else {"shape": ()})
        if stated.blue_first:
            tensors = replace(tensors, layout=replace(tensors.layout, blue_first=True))
        if self.is_direct:
            tensors = replace(tensors, input_dtype="uint8")
        if card is None:
            reading = read_card(self.path, metadata, tensors, labels, stated, place)
        else:
            refuse_contradiction(self.path, card, tensors)
            reading = CardReading(card)
        self.assumptions = reading.assumptions
        self.card = reading.card if threshold is None else replace(reading.card, neither_threshold=threshold)
        self._input = int(inputs[0]["index"])
        self._output = int(outputs[place]["index"])
        self._reader = ScoreReader(quantization_of(self.path, outputs[place]), reading.scores, self.path.name)
        fed = replace(self.card, input_dtype="int8") if self.is_direct else self.card
        self._preparer = Preparer(fed, quantization_of(self.path, inputs[0]), tensors.layout)
        self._top_k = min(top_k, len(self.card.labels))
        self._given = labels, stated
        self.working_since_s: float | None = None
        """When the model got the picture that it works on, `time.perf_counter()`; None: it has none."""

    def another(self, threads: int) -> Classifier:
        """Build one more of the same file and settings: each serves one thread at a time.

        Args:
            threads: CPU threads.

        Raises:
            ModelFileError: the file has changed, and cannot be used any more.
        """
        labels, stated = self._given
        return Classifier(self.path, threads, labels, self._top_k, self.card.neither_threshold, stated=stated)

    @property
    def score_floor(self) -> float | None:
        """What a score that was rounded to 0 is read as; None: the output is not quantized."""
        return score_floor(self._reader.quantization)

    def prepare(self, frame_bgr: Image) -> None:
        """Fill the input tensor; frame_bgr: (height, width, 3) uint8 BGR."""
        # The view must be gone before invoke(): the runtime refuses to run while numpy can see its memory.
        self._preparer.prepare(frame_bgr, self._tensor(self._input))

    def invoke(self) -> None:
        """Run the model on the prepared tensor.

        Raises:
            ModelFileError: the runtime gives up on it.
        """
        self.working_since_s = time.perf_counter()
        try:
            self.interpreter.invoke()
        except (ValueError, RuntimeError, MemoryError) as error:
            raise refused_on_a_picture(self.path, error) from error
        finally:
            self.working_since_s = None

    def raw_scores(self) -> npt.NDArray[Any]:
        """Return a copy of the output, (classes,) in the tensor's dtype.

        Raises:
            ModelFileError: a score is no number.
        """
        scores: npt.NDArray[Any] = self._tensor(self._output).reshape(-1).copy()
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
        """Return the scores that a copy of the output stands for, (labels,) float32."""
        return self._reader.read(raw)

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
            PhotographError: the frame is no 3-channel byte picture.
        """
        start_s = time.perf_counter()
        if not is_frame(frame_bgr):
            received = f"received {described(frame_bgr)}; read_photograph reads one"
            raise PhotographError(f"a frame must be (height, width, 3) uint8 BGR, {received}")
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
        """Order by what is stored, which takes one pass over bytes, and read only what is shown."""
        labels, reader = self.card.labels, self._reader
        if not reader.is_plain:
            scores = reader.read(raw)
            return tuple((labels[place], scores.item(place)) for place in top_k(scores, self._top_k).tolist())
        places = top_k(raw, self._top_k).tolist()
        return tuple(zip([labels[place] for place in places], reader.read_at(raw, places), strict=True))


def _refuse_unlike(labels: object, threads: object, threshold: object) -> None:
    if isinstance(labels, str):
        raise UsageError(f"`labels` is a tuple of names, not one text; received {labels!r}")
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise UsageError(f"`threads` must be a whole number from 1 on; received {threads!r}")
    if threshold is not None and not (isinstance(threshold, int | float) and 0.0 <= threshold <= 1.0):
        raise UsageError(f"`threshold` must be a number within 0..1; received {threshold!r}")


def _sized(path: Path, interpreter: Any, stated: StatedInput) -> list[dict[str, Any]]:
    """Return the input details; a network that takes any size is given one first.

    Raises:
        ModelFileError: the user did not say which.
    """
    inputs: list[dict[str, Any]] = interpreter.get_input_details()
    if len(inputs) != 1 or not takes_any_size(inputs[0]):
        return inputs
    size = stated.size
    if size is None:
        raise ModelFileError(f"`{path}` takes pictures of any size; say which it was trained on: --input-size 224")
    try:
        resize_input(interpreter, inputs[0], size.width, size.height)
    except (ValueError, RuntimeError, MemoryError) as error:
        raise ModelFileError(f"`{path}` cannot take pictures of {size}; choose another --input-size") from error
    return list(interpreter.get_input_details())


def is_frame(image: object) -> bool:
    """Tell whether this is a picture with 3 channels of bytes and at least one pixel."""
    if not isinstance(image, np.ndarray):
        return False
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
