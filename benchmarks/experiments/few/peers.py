"""The peer: scikit-learn's `LogisticRegressionCV`, on the same features, photographs and folds."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.common.errors import MissingDependencyError

Floats = npt.NDArray[np.float64]
Targets = npt.NDArray[np.int64]
Peer = Callable[[Floats, Targets, npt.NDArray[np.int64]], Callable[[Floats], Floats]]
"""(photographs, width) features, their targets and folds → a function from features to log probabilities."""

AS_IT_COMES = "LogisticRegressionCV as it comes"
BY_LOG_LOSS = "LogisticRegressionCV by log loss"
CONVERGED = "the same, on principal axes to full convergence"

_MOST_STEPS = 10_000  # its default of 100 would stop it before its own criterion
_GRID = np.logspace(-4.0, 4.0, 17)  # as far as its own ten values, in half decades
_TIGHT = 1e-5  # of the gradient per photograph; its default is 1e-4


def peers() -> Mapping[str, Peer]:
    """Return the peers by name.

    `AS_IT_COMES` chooses among its own ten penalties by accuracy. `BY_LOG_LOSS` chooses as we do, on a finer grid. As
    features have large means, both stop well before the best head of a weak penalty; `CONVERGED` does not: the features
    are rotated and centred first, which moves no best head.

    Raises:
        MissingDependencyError: scikit-learn is not installed.
    """
    try:
        from sklearn.decomposition import PCA
        from sklearn.linear_model import LogisticRegressionCV
        from sklearn.pipeline import make_pipeline
    except ImportError as error:
        raise MissingDependencyError("scikit-learn is not installed; pip install 'scikit-learn>=1.5'") from error

    def made(**options: Any) -> Any:
        return LogisticRegressionCV(max_iter=_MOST_STEPS, **options)

    return {
        AS_IT_COMES: _peer(lambda cv: made(cv=cv, scoring="accuracy")),
        BY_LOG_LOSS: _peer(lambda cv: made(cv=cv, Cs=_GRID, scoring="neg_log_loss")),
        CONVERGED: _peer(
            lambda cv: make_pipeline(PCA(), made(cv=cv, Cs=_GRID, scoring="neg_log_loss", tol=_TIGHT)),
        ),
    }


def version() -> str:
    """Return scikit-learn's version."""
    import sklearn

    return str(sklearn.__version__)


def _peer(build: Callable[[list[tuple[Any, Any]]], Any]) -> Peer:
    def fit(features: Floats, targets: Targets, folds: npt.NDArray[np.int64]) -> Callable[[Floats], Floats]:
        places = [(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in range(folds.max() + 1)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # versions warn of what will change in the next ones
            model = build(places).fit(features, targets)

        def log_probabilities(others: Floats) -> Floats:
            return np.asarray(model.predict_log_proba(others), np.float64)

        return log_probabilities

    return fit
