"""The photographs that a network is most sure and wrong about, with the places that speak for its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge_app.common.errors import PhotographError
from edge_app.display.explanation import warmed
from edge_app.model.run_folder import TrainedRun
from edge_app.photographs.decoder import Image, read_photograph
from train.data.photograph_set import Photographs
from train.evaluation.activation_maps import activation_maps
from train.evaluation.evaluate import SplitEvaluation
from train.screening.screening import LabelIssue

_MOST = 12


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
            jpegs.append(_with_heat(image_bgr, maps[place]))
        shown.append((jpegs, caption))
    return shown


def heat_of_doubts(issues: Sequence[LabelIssue], root: Path, run: TrainedRun, model: Any) -> Mapping[str, bytes]:
    """Show what speaks for the label that the network gives where it doubts the file's own.

    Args:
        issues: likely wrong labels.
        root: folder of the photographs.
        run: how pictures are prepared, and the labels.
        model: that was asked, a `tf_keras.Model`.

    Returns:
        JPEG files with heat by the path of the photograph; none where the network shows no maps, or of a file that
        cannot be read.
    """
    pictures, seen = list[Image](), list[LabelIssue]()
    for issue in issues:
        try:
            pictures.append(run.prepare(read_photograph(root / issue.file.path)))
        except PhotographError:
            continue
        seen.append(issue)
    if not seen:
        return {}
    places = np.array([run.labels.index(issue.predicted) for issue in seen])
    heat: dict[str, bytes] = {}
    for start in range(0, len(seen), _MOST):  # gradients keep what all layers put out
        some = slice(start, start + _MOST)
        maps = activation_maps(model, np.stack(pictures[some]), places[some])
        if maps is None:
            return {}
        for issue, picture, one in zip(seen[some], pictures[some], maps, strict=True):
            heat[issue.file.path] = _with_heat(np.ascontiguousarray(picture[..., ::-1]), one)
    return heat


def _with_heat(image_bgr: Image, strength: npt.NDArray[np.float32]) -> bytes:
    return _jpeg(warmed(image_bgr, strength / (strength.max() or 1.0)))


def _jpeg(image_bgr: Image) -> bytes:
    return bytes(cv2.imencode(".jpg", image_bgr)[1])
