"""The photographs that a network is most sure and wrong about, with the places that speak for its answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from edge_app.display.explanation import warmed
from edge_app.photographs.decoder import Image
from train.data.photograph_set import Photographs
from train.evaluation.activation_maps import activation_maps
from train.evaluation.evaluate import SplitEvaluation

_MOST = 12

HEAT_NOTE = (
    "The heat shows which places speak for the predicted class (Grad-CAM on the last convolution), from none to the "
    "strongest of the picture: where the network looks, not what it sees there. Heat beside the object is a sign that "
    "its surroundings decide."
)
"""What readers should know of the second picture."""


def confident_mistakes(
    evaluation: SplitEvaluation, photographs: Photographs, labels: Sequence[str], model: Any = None
) -> list[tuple[list[bytes], str]]:
    """Return the misclassified photographs with the most confident predictions.

    Args:
        evaluation: of these photographs.
        photographs: of one split.
        labels: of all classes.
        model: that was evaluated, a `tf_keras.Model`; None: there is no one model.

    Returns:
        JPEG files and the caption of each: the photograph, and where the network shows maps the same with heat.
    """
    predicted = evaluation.probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != photographs.targets)
    confidence = evaluation.probabilities[wrong, predicted[wrong]]
    chosen = wrong[np.argsort(-confidence, kind="stable")][:_MOST]
    if not len(chosen):
        return []
    pictures = photographs.pictures(chosen)
    maps = None if model is None else activation_maps(model, pictures, predicted[chosen])
    shown = []
    for place, index in enumerate(chosen):
        score = evaluation.probabilities[index, predicted[index]]
        truth, guess = labels[photographs.targets[index]], labels[predicted[index]]
        caption = f"predicted {guess}, {score:.1%}; labelled {truth}: {photographs.files[index].path}"
        image_bgr = np.ascontiguousarray(pictures[place][..., ::-1])
        jpegs = [_jpeg(image_bgr)]
        if maps is not None:
            jpegs.append(_jpeg(warmed(image_bgr, maps[place] / (maps[place].max() or 1.0))))
        shown.append((jpegs, caption))
    return shown


def _jpeg(image_bgr: Image) -> bytes:
    return bytes(cv2.imencode(".jpg", image_bgr)[1])
