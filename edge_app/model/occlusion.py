"""Why this label: the parts of a picture are covered one after the other, and the label's log-odds watched.

M. D. Zeiler and R. Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, section 4.2. A square of
2/7 of each side, in the mean colour of the picture, is centred on each cell of a grid of 7×7; a cell gets the mean drop
of the squares that cover it, each as far as it does. It needs nothing but scores, so it works with any file.

Log-odds, ln p - ln(the scores of all other labels), and not the score: a score near 1 hardly moves while the network's
own numbers fall by half. Scores on a grid (8 bits: steps of 1/256) have an end: where every other label is rounded to 0
the log-odds may be higher than the file can say, and a drop is the least that it can be.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_app.model.card import NEITHER, ModelCard
from edge_app.model.classifier import FrameModel
from edge_app.model.preparation import resize_rgb, seen_area
from edge_app.photographs.decoder import Image

CELLS = 7
"""Of the grid, in each direction."""
PATCH_CELLS = 2
"""Side of what is covered at once."""
FLAT = 0.25
"""A largest drop of the log-odds up to this is called nothing: the odds stay above 78 % of what they were."""

LIMITS = (
    "The map shows where covering the picture changes the score. It does not show what the network sees there, nor "
    "what places do together: each is covered alone, and the patch is itself something that no photograph has."
)
"""What an occlusion map cannot tell."""

_FINEST = 1e-12  # of scores that have no grid
_BYTE_STEP = 1 / 256
_AT_ZERO = 0.75  # steps; a score that was rounded to 0 is read as at most half a step

Floats = npt.NDArray[np.float64]
Fractions = tuple[float, float, float, float]
"""Left, top, width and height of a part of a picture, as fractions of it."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """Which parts of a picture a label hangs on.

    Attributes:
        label: the one that is explained: with the best score.
        answer: of the classifier: that label, or `neither`.
        score: of the label, 0..1.
        log_odds: of the label, natural logarithm.
        drops: (7, 7) float64, by how much the log-odds fall with the patch centred on each cell; below 0: they rise.
        scores: (7, 7) float64, of the label with these patches.
        step: between two scores that the file can give; 0: none is known.
        saturated: whether the score is as high as the file can say.
        area: the part of the picture that the model gets.
        threshold: below it the answer is `neither`; None: never.
    """

    label: str
    answer: str
    score: float
    log_odds: float
    drops: Floats
    scores: Floats
    step: float
    saturated: bool
    area: Fractions
    threshold: float | None = None

    @property
    def largest_drop(self) -> float:
        """Of all patches, in log-odds."""
        return float(self.drops.max())

    @property
    def lowest_score(self) -> float:
        """Of the label, with the patch whose drop is the largest, 0..1."""
        return float(self.scores.flat[int(self.drops.argmax())])

    @property
    def cells(self) -> Floats:
        """Mean drop of the patches that cover each cell, (7, 7) float64."""
        weights = np.eye(CELLS) + 0.5 * (np.eye(CELLS, k=1) + np.eye(CELLS, k=-1))
        weights /= weights.sum(axis=1, keepdims=True)
        means: Floats = weights @ self.drops @ weights.T
        return means

    @property
    def resolution(self) -> float:
        """By how much the log-odds fall when the score falls by one step."""
        low, others = self.score - self.step, 1.0 - self.score + self.step
        return self.log_odds - math.log(low / others) if self.step and low > 0.0 else 0.0

    @property
    def is_flat(self) -> bool:
        """Whether no patch lowers the score by more than means nothing, or than one step."""
        return self.largest_drop <= max(FLAT, 1.01 * self.resolution)

    def energy_inside(self, box: Fractions) -> float:
        """Return how much of the map lies in a box of the frame, 0..1; drops below 0 count as 0.

        Args:
            box: as fractions of the frame; of what the model does not get nothing counts.
        """
        x, y, across, down = self.area
        left, top, width, height = (box[0] - x) / across, (box[1] - y) / down, box[2] / across, box[3] / down
        energy = self.cells.clip(min=0.0)
        inside = _overlap(top, height) @ energy @ _overlap(left, width)
        return float(inside / energy.sum()) if energy.any() else 0.0

    def sentences(self) -> list[str]:
        """Say in words what was found."""
        said = []
        if self.answer == NEITHER:
            said.append(
                f"The answer is {NEITHER}: the best label, {self.label}, stays below {self.threshold or 0:.1%}."
            )
        if self.is_flat:
            step = f", about one step of its scores ({self.resolution:.2f})" if self.resolution > FLAT else ""
            said.append(
                f"{self.label} {self.score:.1%}. Nothing matters: wherever the picture is covered, the log-odds fall "
                f"by {max(0.0, self.largest_drop):.2f} at most{step}, so this map says nothing."
            )
        else:
            said.append(
                f"{self.label} {self.score:.1%}. Covering what matters most leaves {self.lowest_score:.1%}: the "
                f"largest drop of the log-odds is {self.largest_drop:.1f}, from {self.log_odds:.1f}."
            )
        if self.saturated:
            steps = f" (steps of 1/{1 / self.step:.0f})" if self.step else ""
            said.append(f"{self.score:.1%} is as high as this file can say{steps}, so true drops may be larger.")
        return said


@dataclass(frozen=True, eq=False)
class Explained:
    """A picture and what was found out about it.

    Attributes:
        image_bgr: (height, width, 3) uint8 BGR: the part of a frame that was classified, of any size.
        explanation: of it.
    """

    image_bgr: Image
    explanation: Explanation


def explain(classifier: FrameModel, frame_bgr: Image, before_each: Callable[[], None] = lambda: None) -> Explanation:
    """Cover the picture patch by patch and watch the best label.

    Args:
        classifier: whose answer is explained; nobody else may use it meanwhile.
        frame_bgr: (height, width, 3) uint8 BGR, any size.
        before_each: called before each of the 50 runs of the model; may raise to stop.

    Raises:
        ModelFileError: the runtime gives up on the model.
    """
    card = classifier.card
    picture = model_picture(card, frame_bgr)

    def scores_of(image: Image) -> npt.NDArray[np.float32]:
        before_each()
        return classifier.scores(image)

    usual = scores_of(picture)
    place = int(usual.argmax())
    covered = np.stack([scores_of(image) for image in _covered(picture)])
    step = _step_of(classifier, usual, covered)
    log_odds = _log_odds(np.concatenate([usual[np.newaxis], covered]), place, step)
    score, label, threshold = float(usual[place]), card.labels[place], card.neither_threshold
    return Explanation(
        label=label,
        answer=NEITHER if threshold is not None and score < threshold else label,
        score=score,
        log_odds=float(log_odds[0]),
        drops=(log_odds[0] - log_odds[1:]).reshape(CELLS, CELLS),
        scores=covered[:, place].astype(np.float64).reshape(CELLS, CELLS),
        step=step,
        saturated=_is_saturated(usual, place, step),
        area=seen_area(card, frame_bgr),
        threshold=threshold,
    )


def model_picture(card: ModelCard, frame_bgr: Image) -> Image:
    """Return what the model gets of a frame before its numbers are scaled, (height, width, 3) uint8 BGR."""
    rgb = resize_rgb(frame_bgr, card.input_size, card.resize, card.interpolation)
    return np.ascontiguousarray(rgb[..., ::-1])


def _covered(picture: Image) -> Iterator[Image]:
    """Yield the picture with each patch, row by row; the same array every time."""
    height, width = picture.shape[:2]
    fill = np.rint(picture.mean(axis=(0, 1))).astype(np.uint8)
    canvas = picture.copy()
    for top, bottom in _spans(height):
        for left, right in _spans(width):
            canvas[top:bottom, left:right] = fill
            yield canvas
            canvas[top:bottom, left:right] = picture[top:bottom, left:right]


def _spans(side: int) -> Iterator[tuple[int, int]]:
    """Yield first and last pixel of the patch of each cell; at the edges it lies half outside."""
    around = (PATCH_CELLS - 1) / 2
    for cell in range(CELLS):
        yield max(0, round((cell - around) * side / CELLS)), round((cell + 1 + around) * side / CELLS)


def _step_of(classifier: FrameModel, usual: npt.NDArray[np.float32], covered: npt.NDArray[np.float32]) -> float:
    """Return the step of the scores; 0: none is known. Some float outputs hold what was rounded to bytes before."""
    floor = classifier.score_floor
    if floor is not None:
        return 2.0 * floor
    steps = np.concatenate([usual, covered.ravel()]).astype(np.float64) / _BYTE_STEP
    return _BYTE_STEP if bool((np.rint(steps) == steps).all()) else 0.0


def _log_odds(scores: npt.NDArray[np.float32], place: int, step: float) -> Floats:
    """Return (pictures,) log-odds of one label; the sum of the others keeps digits that 1 - p has lost."""
    least = step / 2.0 or _FINEST
    others = np.delete(scores.astype(np.float64), place, axis=1).sum(axis=1)
    best = scores[:, place].astype(np.float64)
    odds: Floats = np.log(best.clip(min=least)) - np.log(others.clip(min=least))
    return odds


def _is_saturated(usual: npt.NDArray[np.float32], place: int, step: float) -> bool:
    others = np.delete(usual.astype(np.float64), place)
    if not step:
        return bool(others.sum() <= _FINEST)
    return bool(others.max(initial=0.0) < _AT_ZERO * step and usual[place] > 1.0 - 2.5 * step)


def _overlap(start: float, length: float) -> Floats:
    """Return which share of each cell lies between two places, (7,) float64."""
    edges = np.arange(CELLS + 1) / CELLS
    inside = np.minimum(edges[1:], start + length) - np.maximum(edges[:-1], start)
    share: Floats = inside.clip(min=0.0) * CELLS
    return share
