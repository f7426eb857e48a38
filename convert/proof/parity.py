"""Do the files agree with the Keras model? Every model is asked about the same photographs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from convert.run_folder import LabelledPhotograph, RunFolder, read_input_image
from edge_app.common.errors import ConversionError
from edge_app.common.progress import Progress
from edge_app.metrics.accuracy import MeasuredAccuracy, independent_photographs, shared_groups
from edge_app.metrics.confidence import Confidence, neither_threshold
from edge_app.metrics.paired_comparison import PairedComparison
from edge_app.model.card import ModelCard
from edge_app.model.classifier import Classifier
from edge_app.model.runtime import default_threads

KERAS = "keras"
"""Name of the original among the scored models."""

_BATCH = 32
_ALWAYS_ALLOWED = 2  # photographs with another label
_Z95 = 1.96  # of a 95 % interval

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Batch:
    """Photographs that every model is asked about.

    Attributes:
        paths: of the files, for a model that reads them itself: a browser.
        images_rgb: (photographs, height, width, 3) uint8 RGB, decoded and resized once by the code of the device.
    """

    paths: tuple[Path, ...]
    images_rgb: Bytes

    def first(self, count: int | None) -> Batch:
        """Return the first photographs alone; None: all."""
        return Batch(self.paths[:count], self.images_rgb[:count])


class Scorer(Protocol):
    """A model that can be compared.

    Attributes:
        most_photographs: of a split that it is asked about; None: all.
    """

    @property
    def most_photographs(self) -> int | None:
        """See the class."""

    def scores(self, batch: Batch, /) -> Floats:
        """Return (photographs, classes) float32 probabilities."""


class Bounds(Protocol):
    """How far a model may be from the Keras model; `ConversionRecipe` says what each is."""

    @property
    def least_agreement(self) -> float:
        """Share of photographs with the same label, 0..1."""

    @property
    def greatest_mean_difference(self) -> float:
        """Mean over photographs of the largest |Δp| among the classes."""

    @property
    def greatest_difference(self) -> float:
        """Of all photographs."""


class KerasScorer:
    """The original.

    Args:
        reference: from `convert.quantize.tflite.reference`.
    """

    most_photographs = None

    def __init__(self, reference: Callable[[Bytes], Floats]) -> None:
        self._reference = reference

    def scores(self, batch: Batch) -> Floats:
        """Return (photographs, classes) float32 probabilities."""
        return self._reference(batch.images_rgb)


class FileScorer:
    """A `.tflite` file, through the classifier of the device: one interpreter per core, each with a thread.

    Photographs come in the size of the input, where `Classifier` skips the resizing: `read_input_image` has done it, by
    the same code.

    Args:
        path: of a file that this program made a moment ago.
        most_photographs: see `Scorer`.
        card: of a file that has none yet; None: it has one.
    """

    def __init__(self, path: Path, most_photographs: int | None = None, card: ModelCard | None = None) -> None:
        self.most_photographs = most_photographs
        self._classifiers = [Classifier(path, threads=1, trusted=True, card=card) for _ in range(default_threads())]

    def scores(self, batch: Batch) -> Floats:
        """Return (photographs, classes) float32 probabilities."""
        frames_bgr = np.ascontiguousarray(batch.images_rgb[..., ::-1])
        parts = np.array_split(frames_bgr, len(self._classifiers))
        with ThreadPoolExecutor(len(parts)) as pool:
            scored = list(pool.map(_scores_of, self._classifiers, parts))
        return np.concatenate([part for part in scored if len(part)])


def _scores_of(classifier: Classifier, frames_bgr: Bytes) -> Floats:
    scores = [classifier.scores(frame) for frame in frames_bgr]
    return np.stack(scores) if scores else np.empty((0, len(classifier.card.labels)), np.float32)


@dataclass(frozen=True, eq=False)
class Scored:
    """What every model said about the same photographs.

    Attributes:
        paths: (photographs,) of the files.
        targets: (photographs,) places of the true labels.
        probabilities: by model name: (photographs, classes) float32; of a slow model only the first photographs.
        unreadable: files that could not be read and were left out.
        groups: (photographs,) that they are in; empty: each is by itself.
    """

    paths: tuple[Path, ...]
    targets: npt.NDArray[np.int64]
    probabilities: Mapping[str, Floats]
    unreadable: int = 0
    groups: tuple[str, ...] = ()

    def photographs(self, name: str) -> int:
        """Return how many a model was asked about."""
        return len(self.probabilities[name])

    def right(self, name: str, count: int | None = None) -> npt.NDArray[np.bool_]:
        """Return (photographs,) whether the best label of a model is right, for the first `count` of them."""
        scores = self.probabilities[name][:count]
        right: npt.NDArray[np.bool_] = scores.argmax(axis=1) == self.targets[: len(scores)]
        return right

    def accuracy(self, name: str, data: str) -> MeasuredAccuracy:
        """Return the top-1 accuracy of a model."""
        right = self.right(name)
        independent = independent_photographs(self.groups[: len(right)]) if self.groups else None
        return MeasuredAccuracy.from_counts(int(right.sum()), len(right), data, independent)

    def comparison(self, name: str) -> PairedComparison:
        """Compare the accuracy of a model with that of the Keras model on the same photographs."""
        return self.compared(KERAS, name)

    def compared(self, first: str, second: str) -> PairedComparison:
        """Compare the accuracy of two models on the photographs that the second was asked about, over groups."""
        count = self.photographs(second)
        groups = self.groups[:count] or None
        return PairedComparison.of(self.right(first, count), self.right(second), groups)

    def confidence(self, name: str, data: str) -> Confidence:
        """Return log loss and calibration error of a model's scores as they are: those of 8-bit files are rounded."""
        scores = self.probabilities[name]
        return Confidence.of(scores, self.targets[: len(scores)], data)

    def neither_threshold(self, name: str, accept: float) -> float | None:
        """Return the best score that a share of the photographs reaches with a model; None: scores are no numbers."""
        best = self.probabilities[name].max(axis=1)
        if not np.isfinite(best).all():
            return None  # such a file disagrees with the Keras model, and is rejected
        return neither_threshold(best.clip(0.0, 1.0), accept)  # sums of float32 may end just above 1

    def differences(self, name: str) -> Floats:
        """Return (photographs,) the largest |Δp| among the classes, against the Keras model."""
        scores = self.probabilities[name]
        largest: Floats = np.abs(self.probabilities[KERAS][: len(scores)] - scores).max(axis=1)
        return largest

    def agreement(self, name: str) -> Agreement:
        """Compare a model with the Keras model, with errors over groups."""
        scores, differences = self.probabilities[name], self.differences(name)
        same = self.probabilities[KERAS][: len(scores)].argmax(axis=1) == scores.argmax(axis=1)
        groups = shared_groups(self.groups[: len(scores)])
        return Agreement(
            photographs=len(same),
            same_label=float(same.mean()),
            mean_difference=float(differences.mean()),
            largest_difference=float(differences.max()),
            mean_difference_error=_error_of_the_mean(differences, groups),
            independent=independent_photographs(groups) if groups else None,
        )


def _error_of_the_mean(values: Floats, groups: Sequence[int]) -> float:
    """Return the standard error of the mean, over photographs or over groups, whichever is larger.

    Sums of deviations over each group take the place of single ones (K.-Y. Liang, S. L. Zeger, Biometrika 73 (1986)
    13-22, for a mean); few groups may be alike by chance, so it is never below that of photographs by themselves.

    Args:
        values: (photographs,)
        groups: (photographs,) numbers from 0; empty: each is by itself.
    """
    deviations = values.astype(np.float64) - values.mean(dtype=np.float64)
    sums = [deviations] + ([np.bincount(np.asarray(groups), deviations)] if groups else [])
    variances = [len(parts) / (len(parts) - 1) * float(parts @ parts) for parts in sums if len(parts) > 1]
    return math.sqrt(max(variances)) / len(values) if variances else 0.0


@dataclass(frozen=True)
class Agreement:
    """How close a file is to the Keras model.

    Attributes:
        photographs: compared.
        same_label: share with the same best label, 0..1.
        mean_difference: mean over photographs of the largest |Δp| among the classes.
        largest_difference: of all.
        mean_difference_error: standard error of the mean difference.
        independent: so many photographs would say as much if none were in a group; None: none is.
    """

    photographs: int
    same_label: float
    mean_difference: float
    largest_difference: float
    mean_difference_error: float = 0.0
    independent: float | None = None

    def objection(self, bounds: Bounds) -> str | None:
        """Return which bound does not allow this, or None.

        A share or a mean breaks its bound if its whole 95 % interval lies beyond it, so that few photographs condemn no
        file for what many would not show: of 200 photographs, 196 with the same label cannot be told from a bound
        of 99 % (Wilson: 95.0 to 99.2 %). The photographs of a group count as one of them, at worst. Two may always get
        another label. The largest difference is what was seen.
        """
        same = round(self.same_label * self.photographs)
        reached = MeasuredAccuracy.from_counts(same, self.photographs, "", self.independent).high
        if self.photographs - same > _ALWAYS_ALLOWED and reached < bounds.least_agreement:
            return (
                f"same label as the Keras model on {self.same_label:.1%} of {self.photographs:,} validation "
                f"photographs, where at least {bounds.least_agreement:.1%} is required"
            )
        error = _Z95 * self.mean_difference_error
        for what, found, least, allowed in (
            ("on average", self.mean_difference, self.mean_difference - error, bounds.greatest_mean_difference),
            ("at worst", self.largest_difference, self.largest_difference, bounds.greatest_difference),
        ):
            if not least <= allowed:  # NaN is no agreement
                return f"probabilities differ by {found:.4f} {what}, where at most {allowed} is allowed"
        return None

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


def score(
    run: RunFolder, photographs: Sequence[LabelledPhotograph], scorers: Mapping[str, Scorer], what: str
) -> Scored:
    """Ask all models about the same photographs; unreadable ones are left out.

    Args:
        run: gives resize rule and size.
        photographs: which ones, in an order of which every beginning is balanced.
        scorers: by name, `KERAS` among them.
        what: to call it in the progress.

    Raises:
        ConversionError: none of the photographs can be read.
    """
    kept: list[LabelledPhotograph] = []
    parts: dict[str, list[Floats]] = {name: [] for name in scorers}
    with Progress(what, len(photographs)) as progress:
        for start in range(0, len(photographs), _BATCH):
            asked = photographs[start : start + _BATCH]
            readable = [(item, image) for item in asked if (image := read_input_image(run, item.path)) is not None]
            if readable:
                batch = Batch(tuple(item.path for item, _ in readable), np.stack([image for _, image in readable]))
                for name, scorer in scorers.items():
                    left = None if scorer.most_photographs is None else scorer.most_photographs - len(kept)
                    if left is None or left > 0:
                        parts[name].append(scorer.scores(batch.first(left)))
                kept += [item for item, _ in readable]
            progress.step(steps=len(asked))
    if not kept:
        raise ConversionError(f"none of the photographs of `{run.path}` can be read; give their folder with --photos")
    joined = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    targets = np.array([item.target for item in kept], np.int64)
    groups = tuple(item.group or str(item.path) for item in kept)
    return Scored(tuple(item.path for item in kept), targets, joined, len(photographs) - len(kept), groups)
