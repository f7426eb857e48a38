"""Do the files agree with the Keras model? Every one sees the same photographs, through the code of the device."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from convert.recipes import ConversionRecipe
from convert.run_folder import LabelledPhotograph, RunFolder
from edge_app.classifier import Classifier
from edge_app.confidence_measures import Confidence, neither_threshold
from edge_app.errors import ConversionError, PhotographError
from edge_app.model_card import MeasuredAccuracy
from edge_app.photograph import read_photograph
from edge_app.preprocess import resize_rgb
from edge_app.progress import Progress

KERAS = "keras"
"""Name of the original among the scored models."""

_BATCH = 32

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Scored:
    """What every model said about the same photographs.

    Attributes:
        targets: (photographs,) places of the true labels.
        probabilities: by model name: (photographs, classes) float32.
    """

    targets: npt.NDArray[np.int64]
    probabilities: Mapping[str, Floats]

    def accuracy(self, name: str, data: str) -> MeasuredAccuracy:
        """Return the top-1 accuracy of a model."""
        correct = self.probabilities[name].argmax(axis=1) == self.targets
        return MeasuredAccuracy.from_counts(int(correct.sum()), len(correct), data)

    def confidence(self, name: str, data: str) -> Confidence:
        """Return log loss and calibration error of a model's scores as they are: those of 8-bit files are rounded."""
        return Confidence.of(self.probabilities[name], self.targets, data)

    def neither_threshold(self, name: str) -> float | None:
        """Return the best score that 95 % of the photographs reach with a model; None: its scores are no numbers."""
        best = self.probabilities[name].max(axis=1)
        if not np.isfinite(best).all():
            return None  # such a file disagrees with the Keras model, and is rejected
        return neither_threshold(best.clip(0.0, 1.0))  # sums of float32 may end just above 1


@dataclass(frozen=True)
class Agreement:
    """How close a file is to the Keras model.

    Attributes:
        photographs: compared.
        same_label: share with the same best label, 0..1.
        mean_difference: mean over photographs of the largest |Δp| among the classes.
        largest_difference: of all.
    """

    photographs: int
    same_label: float
    mean_difference: float
    largest_difference: float

    def objection(self, recipe: ConversionRecipe) -> str | None:
        """Return why the recipe does not allow this, or None."""
        if self.same_label < recipe.least_agreement:
            return (
                f"same label as the Keras model on {self.same_label:.1%} of {self.photographs:,} validation "
                f"photographs where {recipe.least_agreement:.1%} is asked"
            )
        if not self.mean_difference <= recipe.greatest_mean_difference:  # NaN is no agreement
            return (
                f"probabilities differ by {self.mean_difference:.4f} in the mean where "
                f"{recipe.greatest_mean_difference} is allowed"
            )
        return None

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


def score(
    run: RunFolder,
    photographs: Sequence[LabelledPhotograph],
    keras_model: Callable[[npt.NDArray[np.uint8]], Floats],
    classifiers: Mapping[str, Classifier],
    what: str,
) -> Scored:
    """Run all models over the same photographs; unreadable ones are left out.

    Args:
        run: gives resize rule and size.
        photographs: which ones.
        keras_model: from `convert.tflite.reference`.
        classifiers: by name; each prepares the frame itself, as on the device.
        what: to call it in the progress.

    Raises:
        ConversionError: none of the photographs can be read.
    """
    targets: list[int] = []
    parts: dict[str, list[Floats]] = {name: [] for name in (KERAS, *classifiers)}
    with Progress(what, len(photographs)) as progress:
        for start in range(0, len(photographs), _BATCH):
            batch = photographs[start : start + _BATCH]
            frames = [(item.target, frame) for item in batch if (frame := _read(item)) is not None]
            progress.step(steps=len(batch))
            if not frames:
                continue
            targets += [target for target, _ in frames]
            images = [resize_rgb(frame, run.input_size, run.resize, run.interpolation) for _, frame in frames]
            parts[KERAS].append(keras_model(np.stack(images)))
            for name, classifier in classifiers.items():
                parts[name].append(np.stack([classifier.scores(frame) for _, frame in frames]))
    if not targets:
        raise ConversionError(f"none of the photographs of `{run.path}` can be read; give their folder with --photos")
    joined = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    return Scored(np.array(targets, np.int64), joined)


def agreement(scored: Scored, name: str) -> Agreement:
    """Compare a file with the Keras model."""
    original, converted = scored.probabilities[KERAS], scored.probabilities[name]
    differences = np.abs(original - converted).max(axis=1)
    same = original.argmax(axis=1) == converted.argmax(axis=1)
    return Agreement(len(same), float(same.mean()), float(differences.mean()), float(differences.max()))


def _read(photograph: LabelledPhotograph) -> Any:
    try:
        return read_photograph(photograph.path)
    except PhotographError:
        return None
