"""A short look at how fast the files of a bundle are on this machine, relative to each other.

Absolute times belong to `fieldlens bench`; this is for one question: is a file slower than float32 here?
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Mapping

from edge_app.model.classifier import Classifier

NOTICEABLE = 1.05
"""Times the latency of float32: below, noise of the machine explains it."""

_ROUNDS = 7
_FEWEST_RUNS = 2  # of a file and round, after one that is not counted


def interleaved_latency_s(
    classifiers: Mapping[str, Classifier], seconds: float = 0.3, seed: int = 0
) -> dict[str, float]:
    """Return the median time of `invoke()` by name, seconds.

    Every round visits all files, in random order, so that a slow spell of the machine meets all of them.

    Args:
        classifiers: by name, with their inputs filled.
        seconds: for each file, about.
        seed: of the order.
    """
    draws = random.Random(seed)
    times_s: dict[str, list[float]] = {name: [] for name in classifiers}
    for _ in range(_ROUNDS):
        order = list(classifiers)
        draws.shuffle(order)
        for name in order:
            times_s[name] += _visit(classifiers[name], seconds / _ROUNDS)
    return {name: statistics.median(times) for name, times in times_s.items()}


def _visit(classifier: Classifier, seconds: float) -> list[float]:
    classifier.invoke()  # brings its weights back into the caches
    times_s: list[float] = []
    begin_s = time.perf_counter()
    while len(times_s) < _FEWEST_RUNS or time.perf_counter() - begin_s < seconds:
        start_s = time.perf_counter()
        classifier.invoke()
        times_s.append(time.perf_counter() - start_s)
    return times_s
