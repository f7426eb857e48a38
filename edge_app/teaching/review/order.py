"""In which order frames are looked at: the most doubtful first, each with those that look like it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from edge_app.photographs.perceptual_hash import (
    BITS,
    CANDIDATE_BITS,
    SAME_CORRELATION,
    Thumbnails,
    hashes,
    standardized,
)
from edge_app.teaching.review.frames import Scores

MOST_IN_GROUP = 24
"""Look-alikes that one key decides: as many as can be looked at before it is pressed."""


def margin(scores: Scores, label: str | None) -> float:
    """Return by how much a model prefers the label that a frame has to any other one, -1..1: below 0 it disagrees.

    Of a frame whose label the model does not know (`neither`, a new class), less the surer it is of another one.

    Args:
        scores: of the model's best labels; a label that is not among them has 0.
        label: that the frame has; None: the model does not know it.
    """
    best = max((score for name, score in scores.items() if name != label), default=0.0)
    return 1.0 - 2.0 * best if label is None else scores.get(label, 0.0) - best


def look_alikes(
    order: Sequence[int], greys: Thumbnails, kinds: Sequence[str], most: int = MOST_IN_GROUP
) -> list[list[int]]:
    """Put frames into groups that look alike: the first one that is left leads, and those join that look like it.

    Nobody joins for being like a member: a film would be one group from end to end.

    Args:
        order: places of frames, the most doubtful first.
        greys: (frames, 32, 32) as `perceptual_hash.thumbnail` makes them.
        kinds: (frames,) their classes: a group has one.
        most: frames in a group.

    Returns:
        groups of places, in the order of their leaders.
    """
    bits, shapes, of_kind = hashes(greys), standardized(greys), np.array(kinds)
    groups, left = [], np.array(order, np.intp)
    while len(left):
        leader, rest = left[0], left[1:]
        near = rest[(of_kind[rest] == of_kind[leader]) & (bits[rest] @ bits[leader] >= BITS - 2 * CANDIDATE_BITS)]
        alike = near[_correlations(shapes, near, int(leader)) >= SAME_CORRELATION][: most - 1]
        groups.append([int(leader), *alike.tolist()])
        left = rest[~np.isin(rest, alike)]
    return groups


def _correlations(
    shapes: npt.NDArray[np.float32], places: npt.NDArray[np.intp], leader: int
) -> npt.NDArray[np.float32]:
    found: npt.NDArray[np.float32] = np.einsum("nij,ij->n", shapes[places], shapes[leader])
    return found
