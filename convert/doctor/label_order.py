"""Which score belongs to which label? Found from what a model says about photographs whose labels are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]

FOUND = "in an order inferred from the photographs"
"""Name of an order that is no usual mistake."""


@dataclass(frozen=True)
class LabelOrder:
    """Where the score of each photographed class is.

    Attributes:
        name: as in `reversed`.
        places: of the score of each class, in the order of the photographs' classes.
    """

    name: str
    places: tuple[int, ...]

    def right(self, best: Places, targets: Places) -> npt.NDArray[np.bool_]:
        """Tell for which photographs the best score is that of the true class.

        Args:
            best: (photographs,) place of the best score.
            targets: (photographs,) number of the true class.
        """
        matches: npt.NDArray[np.bool_] = np.array(self.places, np.int64)[targets] == best
        return matches


def named_orders(labels: Sequence[str], shown: Sequence[str]) -> list[LabelOrder]:
    """Return the orders that mistakes usually make; those equal to an earlier one are left out.

    Args:
        labels: of the scores, as the file states them.
        shown: classes of the photographs, all among the labels.
    """
    count = len(labels)
    said = [labels.index(label) for label in shown]
    alphabetical = sorted(labels)
    candidates = [
        LabelOrder("as the file states", tuple(said)),
        LabelOrder("reversed", tuple(count - 1 - place for place in said)),
        LabelOrder("alphabetical", tuple(alphabetical.index(label) for label in shown)),
        LabelOrder("one place later (a background class comes first)", tuple(place + 1 for place in said)),
        LabelOrder("one place earlier (the file's first label is not a class)", tuple(place - 1 for place in said)),
    ]
    possible = [order for order in candidates if all(0 <= place < count for place in order.places)]
    return [
        order for number, order in enumerate(possible) if order.places not in [one.places for one in possible[:number]]
    ]


def best_order(best: Places, targets: Places, classes: int, scores: int) -> LabelOrder:
    """Return the order that makes most photographs right: an exact assignment of classes to scores.

    Args:
        best: (photographs,) place of the best score.
        targets: (photographs,) number of the true class, below `classes`.
        classes: that the photographs show.
        scores: that the model gives, at least `classes`.
    """
    counts = np.zeros((classes, scores), np.int64)
    np.add.at(counts, (targets, best), 1)
    return LabelOrder(FOUND, tuple(greatest_assignment(counts)))


def greatest_assignment(gains: npt.NDArray[np.int64]) -> list[int]:
    """Return a column for every row, none twice, with the greatest sum: the Hungarian method, exact.

    Shortest augmenting paths with potentials: R. Jonker and A. Volgenant, Computing 38 (1987) 325-340; rows² × columns
    steps, the columns in one numpy operation.

    Args:
        gains: (rows, columns), not more rows than columns.
    """
    rows, columns = gains.shape
    costs = (gains.max(initial=0) - gains).astype(np.float64)
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    owner = np.full(columns, -1)
    for row in range(rows):
        distance = np.full(columns, np.inf)
        before = np.full(columns, -1)
        done = np.zeros(columns, bool)
        at_row, at_column, reached = row, -1, 0.0
        while True:
            step = reached + costs[at_row] - row_price[at_row] - column_price
            shorter = ~done & (step < distance)
            distance[shorter], before[shorter] = step[shorter], at_column
            at_column = int(np.where(done, np.inf, distance).argmin())
            reached = distance[at_column]
            if owner[at_column] < 0:
                break
            done[at_column] = True
            at_row = int(owner[at_column])
        row_price[row] += reached
        row_price[owner[done]] += reached - distance[done]
        column_price[done] -= reached - distance[done]
        while at_column >= 0:  # every row on the path moves on by one column
            earlier = int(before[at_column])
            owner[at_column] = row if earlier < 0 else owner[earlier]
            at_column = earlier
    found = [0] * rows
    for column in np.flatnonzero(owner >= 0):
        found[int(owner[column])] = int(column)
    return found
