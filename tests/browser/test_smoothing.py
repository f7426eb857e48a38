"""Promises of the page's smoothing: it is that of the Python app, and it is what the camera shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edge_app.display.smoothing import Smoother

LABELS = ("cat", "dog", "fox")

TAKE_ALL = """async ([labels, threshold, tau, frames]) => {
  const { smoother } = await import("./smoothing.js");
  const take = smoother({ labels, neither_threshold: threshold }, tau);
  return frames.map(([scores, at_s]) => {
    const { label, neither, top } = take(scores, at_s);
    return [label, neither, top.map((one) => [one.label, one.score])];
  });
}"""


def frames(seed: int, count: int) -> list[tuple[list[float], float]]:
    """Scores that wander, at uneven times; once the time goes back, as in a film that loops."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.normal(0.0, 0.6, (count, len(LABELS))), axis=0)
    scores = np.exp(walk) / np.exp(walk).sum(axis=1, keepdims=True)
    times = np.cumsum(rng.uniform(0.01, 0.4, count))
    times[count // 2 :] -= times[count // 2]
    return [(row.tolist(), float(at_s)) for row, at_s in zip(scores, times, strict=True)]


@pytest.mark.parametrize(("threshold", "tau"), [(None, 0.3), (0.7, 0.3), (0.5, 2.0)])
def test_the_page_smooths_as_python_does(page: Any, threshold: float | None, tau: float) -> None:
    timed_scores = frames(seed=0, count=300)
    smoother = Smoother(LABELS, tau, threshold, count=5)
    wanted = [smoother.add(np.array(scores), at_s) for scores, at_s in timed_scores]
    assert len({label for label, _ in wanted}) >= 2  # the label changed
    for found, (wanted_label, wanted_top) in zip(
        page.evaluate(TAKE_ALL, [LABELS, threshold, tau, timed_scores]), wanted, strict=True
    ):
        label, neither, top = found
        assert (label, neither) == (wanted_label, wanted_label == "neither")
        assert [name for name, _ in top] == [name for name, _ in wanted_top]
        np.testing.assert_allclose([score for _, score in top], [score for _, score in wanted_top], atol=1e-9)
