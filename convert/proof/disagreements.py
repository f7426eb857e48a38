"""The photographs on which a file and the Keras model disagree most: looking at them tells more than a mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from convert.proof.parity import KERAS, Scored
from convert.run_folder import RunFolder, read_input_image
from edge_app.display.explanation import heat_on
from edge_app.model.classifier import Classifier
from edge_app.model.occlusion import explain

_SHOWN = 6  # per file
_WORTH_SHOWING = 0.01  # of |Δp|; less is rounding, and nothing can be seen in it
_THUMBNAIL_SIDE = 112
_JPEG_QUALITY = 80


@dataclass(frozen=True)
class Disagreement:
    """One photograph and what both models say about it.

    Attributes:
        path: of the photograph.
        label: the true one.
        keras_label: its label by the Keras model.
        keras_score: its probability, 0..1.
        file_label: its label by the file.
        file_score: its probability, 0..1.
        difference: largest |Δp| among the classes, 0..1.
    """

    path: str
    label: str
    keras_label: str
    keras_score: float
    file_label: str
    file_score: float
    difference: float

    def __str__(self) -> str:
        name = self.path.replace("\\", "/").rsplit("/", 1)[-1]
        return (
            f"{name} ({self.label}): Keras {self.keras_label} {self.keras_score:.1%}, file {self.file_label} "
            f"{self.file_score:.1%}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


def largest_disagreements(splits: Sequence[Scored], name: str, labels: Sequence[str]) -> tuple[Disagreement, ...]:
    """Find the photographs with the largest differences in probability, the largest first.

    Args:
        splits: what all models said about photographs.
        name: of the file's recipe among them.
        labels: of the run.
    """
    found = []
    for scored in splits:
        differences = np.nan_to_num(scored.differences(name), nan=np.inf)
        for place in np.argsort(-differences, kind="stable")[:_SHOWN]:
            if differences[place] > _WORTH_SHOWING:
                found.append(_described(scored, name, int(place), float(differences[place]), labels))
    return tuple(sorted(found, key=lambda one: -one.difference)[:_SHOWN])


def _described(scored: Scored, name: str, place: int, difference: float, labels: Sequence[str]) -> Disagreement:
    keras, file = scored.probabilities[KERAS][place], scored.probabilities[name][place]
    return Disagreement(
        path=str(scored.paths[place]),
        label=labels[scored.targets[place]],
        keras_label=labels[keras.argmax()],
        keras_score=float(keras.max()),
        file_label=labels[file.argmax()],
        file_score=float(file.max()),
        difference=difference,
    )


def pictures(run: RunFolder, photograph: Disagreement, classifier: Classifier | None = None) -> list[bytes]:
    """Return small JPEGs of a photograph as the network sees it, and of what the file's label hangs on.

    Args:
        run: of the Keras model.
        photograph: which one.
        classifier: of the file, to cover the photograph part by part; None: no second picture.

    Returns:
        one or two JPEG files; none if the photograph is gone.
    """
    image_rgb = read_input_image(run, Path(photograph.path))
    if image_rgb is None:
        return []
    image_bgr = np.ascontiguousarray(image_rgb[..., ::-1])
    small = cv2.resize(image_bgr, (_THUMBNAIL_SIDE, _THUMBNAIL_SIDE), interpolation=cv2.INTER_AREA)
    shown = [small] if classifier is None else [small, heat_on(small, explain(classifier, image_bgr))]
    return [cv2.imencode(".jpg", one, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes() for one in shown]
