"""From features of frames to a head, how good it is on sittings that it has not seen, and the file that it becomes.

Frames of one sitting look alike, so a head is judged on frames of sittings that it did not learn from. With one sitting
alone it is judged on bursts (from one press of a button to the next), which flatters, and the words of the accuracy say
so. Where a class has one burst only nothing is measured, and the penalty is the usual one.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.metrics.accuracy import (
    OUT_OF_FOLD_WORTH,
    MeasuredAccuracy,
    cross_validation_words,
    independent_photographs,
)
from edge_app.metrics.confidence import neither_threshold
from edge_app.model.runtime import runtime_name
from edge_app.teaching.backbone import Backbone
from edge_app.teaching.head import PRIOR_MEAN, LinearHead, cross_validate, fit_linear_head
from edge_app.teaching.more import Doubling
from edge_app.teaching.writing import with_head

FEWEST_FOR_NEITHER = 25
"""Frames before a threshold for `neither` is set: of fewer, 96 % are all."""
SITTINGS = "sittings"
"""What is left out together where there are several: only this does not flatter."""
_GRID = 256  # steps of an 8-bit score


@dataclass(frozen=True, eq=False)
class Examples:
    """Frames that were shown, in features.

    Attributes:
        features: (frames, width) float32.
        targets: (frames,) places of their labels.
        sessions: (frames,) names of their sittings; a photograph that was brought is by itself.
        bursts: (frames,) names of their bursts.
    """

    features: npt.NDArray[np.float32]
    targets: npt.NDArray[np.int64]
    sessions: Sequence[str]
    bursts: Sequence[str]


@dataclass(frozen=True, eq=False)
class TaughtHead:
    """A head that has learned from all examples.

    Attributes:
        labels: one per score.
        head: the layer.
        logits: (frames, classes) that it gives for the examples.
        accuracy: on frames of groups that like heads did not learn from; None: it cannot be measured yet.
        threshold: below this best score the answer is `neither`, 0..1; None: too few frames.
        judged_by: what a group was: "sittings", "bursts of a sitting"; empty: nothing was measured.
        doubling: what twice as many groups would bring; None: there are too few to say.
        right: (frames,) whether like heads that did not learn from the frame's group are right; None: not measured.
    """

    labels: tuple[str, ...]
    head: LinearHead
    logits: npt.NDArray[np.float64]
    accuracy: MeasuredAccuracy | None
    threshold: float | None
    judged_by: str
    doubling: Doubling | None = None
    right: npt.NDArray[np.bool_] | None = None


def learn(examples: Examples, labels: Sequence[str], data: str) -> TaughtHead:
    """Fit the best linear head to all examples.

    Args:
        examples: at least one per label.
        labels: at least two, in the order of the targets.
        data: what to call the photographs in the words of the accuracy.

    Raises:
        ValueError: a label has no example.
    """
    features, targets, classes = examples.features, examples.targets, len(labels)
    groups, judged_by = _groups(examples, classes)
    if not judged_by:
        unit = float(np.asarray(features, np.float64).var(axis=0).mean()) or 1.0
        head = fit_linear_head(features, targets, classes, unit * 10.0**PRIOR_MEAN)
        return TaughtHead(tuple(labels), head, _logits(head, features), None, None, "")
    found = cross_validate(features, targets, classes, groups)
    right = found.log_probabilities.argmax(axis=1) == targets
    words = f"{cross_validation_words(found.fold_count, len(targets), data)}, left out by {judged_by}"
    # all frames of one class in one sitting may be right or wrong together
    cells = [*zip(groups, targets.tolist(), strict=True)]
    doubling = None if found.half_right is None else Doubling.of(found.half_right, right, cells)
    worth = OUT_OF_FOLD_WORTH * independent_photographs(cells)
    accuracy = MeasuredAccuracy.from_counts(int(right.sum()), len(targets), words, worth)
    threshold = None
    if len(targets) >= FEWEST_FOR_NEITHER:
        best = np.exp(found.log_probabilities).max(axis=1)
        threshold = int(neither_threshold(best.clip(0.0, 1.0)) * _GRID) / _GRID
    return TaughtHead(
        tuple(labels), found.head, _logits(found.head, features), accuracy, threshold, judged_by, doubling, right
    )


def model_file(backbone: Backbone, taught: TaughtHead, name: str) -> bytes:
    """Return the `.tflite` file of a head on its network.

    Args:
        backbone: whose features the head learned from.
        taught: the head.
        name: title of the model; also of the photographs.

    Raises:
        ModelFileError: the network's file has changed.
    """
    old, head = backbone.card, taught.head
    card = replace(
        old,
        name=name,
        labels=taught.labels,
        neither_threshold=taught.threshold,
        accuracy=taught.accuracy,
        trained_on=f"{TAUGHT_ON} {name}; features: {old.name}" + (f" ({old.trained_on})" if old.trained_on else ""),
        versions=_versions(),
        weights_sha256=hashlib.sha256(head.kernel.tobytes() + head.bias.tobytes()).hexdigest(),
        cuts={},
        given_split=False,
        other_source=None,
        features=False,
    )
    return with_head(backbone, head, taught.logits, card)


TAUGHT_ON = "photographs shown to `fieldlens teach`:"
"""How the card of every taught model begins to say what it was trained on."""


def _groups(examples: Examples, classes: int) -> tuple[list[str], str]:
    """Return what is left out together, and its name; an empty name: a class has one group only."""
    for groups, name in ((examples.sessions, SITTINGS), (examples.bursts, "bursts of a sitting")):
        pairs = set(zip(groups, examples.targets.tolist(), strict=True))
        if all(sum(target == one for _, target in pairs) >= 2 for one in range(classes)):
            return list(groups), name
    return [], ""


def _logits(head: LinearHead, features: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    return np.asarray(features, np.float64) @ head.kernel + head.bias


def _versions() -> dict[str, str]:
    runtime, _, release = runtime_name().partition(" ")
    return {"python": platform.python_version(), "numpy": np.__version__, runtime: release}
