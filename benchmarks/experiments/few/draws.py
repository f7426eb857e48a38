"""Draws of a few photographs per class, and heads that learn from them and are judged on all others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import numpy.typing as npt

from benchmarks.experiments.few.peers import peers
from benchmarks.results.few import Draw, Judged, Statement
from edge_app.common.errors import DataError
from edge_app.teaching.head import cross_validate
from train.evaluation.cross_validation import evaluate_cross_validation

Floats = npt.NDArray[np.float64]

_LEAST_PROBABILITY = float(np.finfo(np.float64).eps)  # as in scikit-learn's `log_loss`


@dataclass(frozen=True, eq=False)
class Featured:
    """Photographs as a head sees them.

    Attributes:
        features: (photographs, width).
        targets: (photographs,) places of the labels.
        groups: of each photograph; those of a group stay in one fold.
        labels: in order.
        sha256: of all photographs with their labels.
    """

    features: Floats
    targets: npt.NDArray[np.int64]
    groups: tuple[str, ...]
    labels: tuple[str, ...]
    sha256: str


@dataclass(frozen=True)
class Wanted:
    """One draw, and whether the peers learn from it too."""

    per_class: int
    seed: int
    with_peers: bool


def drawn(targets: npt.NDArray[np.int64], classes: int, per_class: int, seed: int) -> npt.NDArray[np.int64]:
    """Return the places of photographs that are drawn; a larger draw with the same seed contains the smaller one.

    Args:
        targets: (photographs,) places of the labels.
        classes: number of labels.
        per_class: photographs of each class.
        seed: of the draw.
    """
    random = np.random.default_rng(seed)
    return np.concatenate([random.permutation(np.flatnonzero(targets == one))[:per_class] for one in range(classes)])


def refuse_too_few(labels: Sequence[str], targets: npt.NDArray[np.int64], sizes: Sequence[int]) -> None:
    """Every class needs a photograph that judges beside the largest draw.

    Raises:
        DataError: one has none.
    """
    for label, count in zip(labels, np.bincount(targets, minlength=len(labels)), strict=True):
        if count <= max(sizes):
            raise DataError(
                f"`{label}` has {count} photographs, and {max(sizes)} per class are to be drawn with others left to "
                "judge; give smaller --per-class"
            )


def judge_all(photographs: Featured, wanted: Sequence[Wanted], workers: int) -> Iterator[tuple[Draw | None, Statement]]:
    """Judge draws in processes of their own, in the order in which they are wanted."""
    context = get_context("spawn")  # TensorFlow's threads do not survive a fork
    with ProcessPoolExecutor(workers, context, _begin, (photographs,)) as pool:
        yield from pool.map(_judge_in_worker, wanted)


_photographs: list[Featured] = []  # of a worker process


def _begin(photographs: Featured) -> None:
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    peers()  # loads the libraries whose threads are meant
    threadpool_limits(1)  # a process per core; threads of all of them would wait for each other
    _photographs[:] = [photographs]


def _judge_in_worker(wanted: Wanted) -> tuple[Draw | None, Statement]:
    return judge(_photographs[0], wanted)


def judge(photographs: Featured, wanted: Wanted) -> tuple[Draw | None, Statement]:
    """Let heads learn from one draw, and judge them on all other photographs."""
    classes = len(photographs.labels)
    learned = drawn(photographs.targets, classes, wanted.per_class, wanted.seed)
    others = np.setdiff1d(np.arange(len(photographs.targets)), learned)
    features, targets = photographs.features[learned], photographs.targets[learned]
    groups = [photographs.groups[place] for place in learned]
    found = cross_validate(features, targets, classes, groups)
    unseen, truth = photographs.features[others], photographs.targets[others]
    ours = judged(found.head.log_probabilities(unseen), truth)
    stated = evaluate_cross_validation(found, targets, classes, "a draw", groups).test.accuracy
    statement = Statement(
        per_class=wanted.per_class,
        seed=wanted.seed,
        stated=stated.top1,
        low=stated.low,
        high=stated.high,
        judged=ours.accuracy,
        others=len(others),
    )
    if not wanted.with_peers:
        return None, statement
    of_peers: Mapping[str, Judged] = {
        name: judged(fit(features, targets, found.folds)(unseen), truth) for name, fit in peers().items()
    }
    return Draw(wanted.per_class, wanted.seed, len(others), ours, of_peers), statement


def judged(log_p: Floats, targets: npt.NDArray[np.int64]) -> Judged:
    """Judge (photographs, classes) log probabilities by the true places of the labels."""
    of_truth = log_p[np.arange(len(targets)), targets]
    loss = -np.maximum(of_truth, np.log(_LEAST_PROBABILITY)).mean()
    return Judged(float((log_p.argmax(axis=1) == targets).mean()), float(loss))
