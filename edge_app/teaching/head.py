"""A linear head on fixed features: multinomial logistic regression with an L2 penalty, by L-BFGS, in NumPy alone.

The loss is Σ -ln p(true label) + penalty/2 · Σ kernel²; the bias has no penalty. It is convex, so there is one best
head: no seed, no learning rate, no number of epochs. The penalty is the one with the lowest log loss on photographs
that a head did not learn from (cross-validation), and the head that is kept learns from all photographs. Very few
photographs cannot tell penalties apart, so usual ones are preferred (`PRIOR_MEAN`). L-BFGS: J. Nocedal, Math. Comp.
35 (1980) 773-782. Stratified folds: R. Kohavi, IJCAI 1995, 1137-1143. Out-of-fold probabilities as the likelihood of
what is chosen: S. Geisser and W. F. Eddy, J. Am. Stat. Assoc. 74 (1979) 153-160.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.metrics.confidence import log_softmax

FOLDS = 5
"""Parts that cross-validation makes; classes with fewer groups are left out one group at a time."""

PENALTIES = tuple(float(value) for value in 10.0 ** np.arange(3.5, -2.51, -0.5))
"""That are tried, in units of the mean variance of a feature: the scale of a network's features is no matter."""

PRIOR_MEAN, PRIOR_DECADES = 0.5, 1.5
"""Of the decimal logarithm of the penalty before a photograph is seen: mean and standard deviation. The log loss of 15
photographs out of fold is often lowest at one end of `PENALTIES` by chance. 1.5 decades off the mean cost half a nat in
all, which matters among a dozen photographs and not among hundreds. Chosen in docs/findings.md, "Few photographs"."""

_RISES = 3  # penalties in a row that fit worse than the one before: smaller ones take long and are worse

_SHORTEST_AXIS = 1e-6  # of the longest: squares are known to 10⁻¹⁶ of the largest, times their number
_PAIRS = 10  # of steps and changes of gradient that L-BFGS remembers
_MOST_STEPS = 1000
_GRADIENT_TOLERANCE = 1e-7  # largest entry of the gradient per photograph, nats
_TRIAL_TOLERANCE = 1e-5  # the same, of heads that only choose the penalty
_UNSHARED = 250_000  # multiplications of a matrix product that OpenBLAS does not yet share among threads
_MOST_BLOCKS = 32
_LOSS_TOLERANCE = 1e-11  # relative: below it rounding decides

Floats = npt.NDArray[np.float64]
Targets = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class LinearHead:
    """A dense layer of logits.

    Attributes:
        kernel: (width, classes) float64.
        bias: (classes,) float64.
    """

    kernel: Floats
    bias: Floats

    def log_probabilities(self, features: npt.NDArray[Any]) -> Floats:
        """Return (photographs, classes) natural logarithms of probabilities, of (photographs, width) features."""
        return log_softmax(np.asarray(features, np.float64) @ self.kernel + self.bias)


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """A head, and how good its like is on photographs that it did not learn from.

    Attributes:
        head: fitted to all photographs, with the chosen penalty.
        penalty: that was chosen, in units of the loss.
        folds: (photographs,) which fold each photograph was left out with, from 0.
        log_probabilities: (photographs, classes) said by the head that did not learn from the photograph's fold.
        losses: by penalty in the order of `PENALTIES`: mean out-of-fold log loss, nats; it ends where it only rises.
        half_right: (photographs,) where heads are right, out of fold, that learned from half of the photographs; None:
            there are too few.
    """

    head: LinearHead
    penalty: float
    folds: npt.NDArray[np.int64]
    log_probabilities: Floats
    losses: tuple[float, ...]
    half_right: npt.NDArray[np.bool_] | None

    @property
    def fold_count(self) -> int:
        """How many parts there were."""
        return int(self.folds.max()) + 1


def fit_linear_head(
    features: npt.NDArray[Any],
    targets: Targets,
    classes: int,
    penalty: float,
    start: LinearHead | None = None,
    tolerance: float = _GRADIENT_TOLERANCE,
) -> LinearHead:
    """Return the head with the lowest penalized loss.

    Args:
        features: (photographs, width).
        targets: (photographs,) places of the labels, each of 0..classes - 1 at least once.
        classes: number of labels, at least 2.
        penalty: above 0; scikit-learn's `C` is its inverse.
        start: a head to begin with: it saves steps and changes nothing else; None: zeros.
        tolerance: largest entry of the gradient that is left, per photograph, nats.

    Raises:
        ValueError: a class has no photograph, or the penalty is not above 0.
    """
    places = np.asarray(targets, np.int64)
    if not penalty > 0.0:
        raise ValueError(f"the penalty must be above 0, received {penalty}")
    if classes < 2 or set(places.tolist()) != set(range(classes)):
        raise ValueError(f"each of {classes} classes needs a photograph, at least 2 classes")
    inputs = np.hstack([np.asarray(features, np.float64), np.ones((len(places), 1))])
    begin = np.zeros((inputs.shape[1], classes)) if start is None else np.vstack([start.kernel, start.bias])
    objective = _objective(inputs, places, classes, penalty)
    found = _minimum(objective, begin.ravel(), tolerance * len(places)).reshape(begin.shape)
    return LinearHead(found[:-1], found[-1])


def cross_validate(
    features: npt.NDArray[Any],
    targets: Targets,
    classes: int,
    groups: Sequence[str] | None = None,
    seed: int = 0,
) -> CrossValidation:
    """Choose the penalty by out-of-fold log loss and its prior, and fit a head to all photographs.

    Args:
        features: (photographs, width).
        targets: (photographs,) places of the labels; each class in two groups at least.
        classes: number of labels, at least 2.
        groups: one name per photograph: those of a group (copies, a burst) stay in one fold; None: each is alone.
        seed: of the folds.

    Raises:
        ValueError: a class has fewer than two groups.
    """
    places = np.asarray(targets, np.int64)
    folds = stratified_folds(places, classes, groups, seed)
    rotated, rotation, middle = _rotated(np.asarray(features, np.float64))
    unit = float(rotated.var(axis=0).sum()) / features.shape[1] or 1.0
    rotated /= np.sqrt(unit)  # so that the tolerances, too, do not depend on the scale
    said = list(_out_of_fold(rotated, places, classes, folds))
    losses = [_mean_loss(log_p, places) for log_p in said]
    best = chosen_penalty(losses, len(places))
    flat = fit_linear_head(rotated, places, classes, PENALTIES[best])
    kernel = rotation @ flat.kernel / np.sqrt(unit)
    head = LinearHead(kernel, flat.bias - middle @ kernel)
    half = _half_right(rotated, places, classes, folds, PENALTIES[best], groups)
    return CrossValidation(head, unit * PENALTIES[best], folds, said[best], tuple(losses), half)


def stratified_folds(
    targets: Targets, classes: int, groups: Sequence[str] | None = None, seed: int = 0, count: int = FOLDS
) -> npt.NDArray[np.int64]:
    """Deal the photographs of every class out to folds; a group is never torn apart.

    The largest groups are dealt first, each to the fold with the fewest photographs of its class. A class with fewer
    groups than folds leaves out one group at a time, so that it is in every training part.

    Args:
        targets: (photographs,) places of the labels.
        classes: number of labels.
        groups: one name per photograph; None: each is alone.
        seed: of the order.
        count: folds, at least 2.

    Returns:
        (photographs,) fold of each, from 0.

    Raises:
        ValueError: a class has fewer than two groups.
    """
    names = [str(place) for place in range(len(targets))] if groups is None else list(groups)
    order = np.random.default_rng(seed)
    members: dict[str, list[int]] = {}
    for place in order.permutation(len(targets)).tolist():
        members.setdefault(names[place], []).append(place)
    _refuse_one_group(targets, classes, members)
    filled = np.zeros((classes, count), np.int64)
    open_folds = [
        min(count, sum(any(targets[place] == one for place in group) for group in members.values()))
        for one in range(classes)
    ]
    folds = np.empty(len(targets), np.int64)
    for group in sorted(members.values(), key=len, reverse=True):  # stable: equals stay shuffled
        label = int(targets[group[0]])
        fold = int(np.argmin(filled[label, : open_folds[label]]))
        folds[group] = fold
        filled[:, fold] += np.bincount(np.asarray(targets)[group], minlength=classes)
    return folds


def chosen_penalty(losses: Sequence[float], photographs: int) -> int:
    """Return the place in `PENALTIES` of the one that is chosen.

    Args:
        losses: by penalty: mean out-of-fold log loss, nats.
        photographs: that they are the mean of.
    """
    return int(np.argmin(_misfits(losses, photographs)))


def _refuse_one_group(targets: Targets, classes: int, members: dict[str, list[int]]) -> None:
    for one in range(classes):
        found = sum(any(targets[place] == one for place in group) for group in members.values())
        if found < 2:
            raise ValueError(f"class {one} has {found} photographs or groups of them; cross-validation needs 2")


def _rotated(features: Floats) -> tuple[Floats, Floats, Floats]:
    """Features in their own principal axes: as many numbers as there are photographs, and the same penalty.

    A rotation changes neither Σ kernel² nor any logit, so the best head is the same, found in a smaller space. The axes
    come from the smaller of both Gram matrices, in a tenth of the time of a singular value decomposition; those that
    rounding hides there (shorter than 10⁻⁶ of the longest) carry no weight under any penalty.

    Returns:
        (photographs, axes), (width, axes), (width,): features = rotated @ rotation.T + middle.
    """
    middle = features.mean(axis=0)
    centred = features - middle
    few = len(centred) <= centred.shape[1]
    squares, vectors = np.linalg.eigh(centred @ centred.T if few else centred.T @ centred)
    kept = squares >= _SHORTEST_AXIS**2 * squares[-1]
    if not few:
        axes = vectors[:, kept]
        return centred @ axes, axes, middle
    lengths = np.sqrt(np.maximum(squares[kept], 0.0))
    left = vectors[:, kept]
    return left * lengths, centred.T @ (left / np.where(lengths > 0.0, lengths, 1.0)), middle


def _out_of_fold(
    features: Floats,
    targets: npt.NDArray[np.int64],
    classes: int,
    folds: npt.NDArray[np.int64],
) -> Iterator[Floats]:
    """Yield (photographs, classes) log probabilities per penalty of `PENALTIES`, until they only get worse."""
    outs = [folds == fold for fold in range(int(folds.max()) + 1)]
    heads: list[LinearHead | None] = [None for _ in outs]
    losses: list[float] = []
    for penalty in PENALTIES:
        said = np.empty((len(targets), classes))
        for fold, out in enumerate(outs):
            head = fit_linear_head(features[~out], targets[~out], classes, penalty, heads[fold], _TRIAL_TOLERANCE)
            heads[fold], said[out] = head, head.log_probabilities(features[out])
        yield said
        losses.append(_mean_loss(said, targets))
        last = _misfits(losses, len(targets))[-_RISES - 1 :]
        if len(last) > _RISES and all(before < after for before, after in pairwise(last)):
            return


def _half_right(
    features: Floats,
    targets: npt.NDArray[np.int64],
    classes: int,
    folds: npt.NDArray[np.int64],
    penalty: float,
    groups: Sequence[str] | None,
) -> npt.NDArray[np.bool_] | None:
    """Where heads are right out of fold that saw every second group of each class; None: a class would have one."""
    names = np.array([str(place) for place in range(len(targets))] if groups is None else list(groups))
    right = np.zeros(len(targets), bool)
    for fold in range(int(folds.max()) + 1):
        out = folds == fold
        half = np.zeros(len(targets), bool)
        for one in range(classes):
            of_class = sorted(set(names[~out & (targets == one)].tolist()))
            if len(of_class) < 4:
                return None
            half |= ~out & np.isin(names, of_class[::2]) & (targets == one)
        head = fit_linear_head(features[half], targets[half], classes, penalty)
        right[out] = head.log_probabilities(features[out]).argmax(axis=1) == targets[out]
    return right


def _misfits(losses: Sequence[float], photographs: int) -> list[float]:
    """Minus the logarithms of what each penalty has for it after the photographs, nats, of mean out-of-fold losses."""
    deviations = ((math.log10(penalty) - PRIOR_MEAN) / PRIOR_DECADES for penalty in PENALTIES)
    return [photographs * loss + 0.5 * far**2 for loss, far in zip(losses, deviations, strict=False)]


def _mean_loss(log_p: Floats, targets: npt.NDArray[np.int64]) -> float:
    return float(-log_p[np.arange(len(targets)), targets].mean())


Objective = Callable[[Floats], tuple[float, Floats]]


def _objective(inputs: Floats, targets: npt.NDArray[np.int64], classes: int, penalty: float) -> Objective:
    """Loss and gradient of a flat (width + 1) × classes array whose last row is the bias."""
    rows, one_hot = np.arange(len(targets)), np.eye(classes)[targets]
    blocks = _blocks(inputs, classes)
    ends = np.cumsum([len(block) for block in blocks])[:-1]
    factors = np.full((inputs.shape[1], 1), penalty)
    factors[-1] = 0.0

    def loss_and_gradient(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(-1, classes)
        log_p = log_softmax(np.concatenate([block @ weights for block in blocks]))
        loss = -log_p[rows, targets].sum() + 0.5 * (factors * weights**2).sum()
        residuals = np.split(np.exp(log_p) - one_hot, ends)
        gradient = sum((block.T @ part for block, part in zip(blocks, residuals, strict=True)), factors * weights)
        return float(loss), np.asarray(gradient).ravel()

    return loss_and_gradient


def _blocks(inputs: Floats, classes: int) -> list[Floats]:
    """Rows whose products one thread computes: on a busy machine, threads that wait for each other take 20 × longer."""
    count = -(-inputs.size * classes // _UNSHARED)
    return np.array_split(inputs, min(count, len(inputs))) if count <= _MOST_BLOCKS else [inputs]


def _minimum(objective: Objective, point: Floats, tolerance: float) -> Floats:
    """L-BFGS with a halving line search, until no entry of the gradient is above the tolerance."""
    loss, gradient = objective(point)
    pairs: list[tuple[Floats, Floats]] = []
    for _ in range(_MOST_STEPS):
        if np.abs(gradient).max() <= tolerance:
            break
        direction = -_inverse_hessian_times(gradient, pairs)
        slope = float(gradient @ direction)
        length = 1.0
        next_loss, next_gradient = objective(point + direction)
        while next_loss > loss + 1e-4 * length * slope and length > 1e-10:
            length /= 2.0
            next_loss, next_gradient = objective(point + length * direction)
        if next_loss > loss:
            break  # rounding: nothing is lower
        step, change = length * direction, next_gradient - gradient
        if step @ change > 1e-12 * np.linalg.norm(step) * np.linalg.norm(change):
            pairs = [*pairs, (step, change)][-_PAIRS:]
        done = loss - next_loss <= _LOSS_TOLERANCE * max(1.0, abs(loss))
        point, loss, gradient = point + step, next_loss, next_gradient
        if done:
            break
    return point


def _inverse_hessian_times(gradient: Floats, pairs: list[tuple[Floats, Floats]]) -> Floats:
    """The two loops of L-BFGS; before the first pair the gradient itself, no longer than 1."""
    if not pairs:
        return np.asarray(gradient / max(1.0, float(np.abs(gradient).sum())))
    found, factors = gradient.copy(), []
    for step, change in reversed(pairs):
        factors.append(float(step @ found / (change @ step)))
        found -= factors[-1] * change
    step, change = pairs[-1]
    found *= step @ change / (change @ change)
    for (step, change), factor in zip(pairs, reversed(factors), strict=True):
        found += step * (factor - float(change @ found / (change @ step)))
    return found
