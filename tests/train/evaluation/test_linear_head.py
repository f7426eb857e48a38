"""The linear head of `edge_app.teaching` is the one that scikit-learn finds."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.teaching.head import fit_linear_head
from tests.edge_app.teaching.clouds import clouds, penalized_loss, probabilities


@pytest.mark.parametrize("penalty", [0.01, 1.0, 100.0])
@pytest.mark.parametrize(("classes", "width"), [(2, 5), (3, 40), (5, 8)])
def test_the_loss_is_as_low_as_scikit_learns(classes: int, width: int, penalty: float) -> None:
    from sklearn.linear_model import LogisticRegression

    features, targets = clouds(12, classes, width)
    ours = fit_linear_head(features, targets, classes, penalty)
    judge = LogisticRegression(C=1.0 / penalty, tol=1e-10, max_iter=20_000).fit(features, targets)
    theirs = np.log(judge.predict_proba(features))
    size = (judge.coef_**2).sum() * (0.5 if classes == 2 else 1.0)  # one vector of two classes stands for ±half of it
    their_loss = -theirs[np.arange(len(targets)), targets].sum() + 0.5 * penalty * size
    assert penalized_loss(ours, features, targets, penalty) <= their_loss * (1 + 1e-6) + 1e-6
    if classes > 2:
        np.testing.assert_allclose(probabilities(ours, features), np.exp(theirs), atol=1e-4)
