"""Two files of `edge_app --jsonl`, from the same model and photographs on two machines: are the answers the same?"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_app.common.errors import ResultError


@dataclass(frozen=True)
class Pair:
    """What two machines say of one photograph.

    Attributes:
        photograph: name of the file.
        labels: the best label here and there.
        scores: of these.
        largest_difference: of the scores of all labels, |Δp|.
        lead: by how much the label of here leads the one of there, by the scores of here; 0 where they are the same.
    """

    photograph: str
    labels: tuple[str, str]
    scores: tuple[float, float]
    largest_difference: float
    lead: float

    @property
    def same_label(self) -> bool:
        """Whether both say the same."""
        return self.labels[0] == self.labels[1]


def compare(here: Path, there: Path) -> tuple[Pair, ...]:
    """Compare line by line.

    Raises:
        ResultError: the files are not about the same photographs and labels, or about none.
    """
    pairs = tuple(_pair(*lines) for lines in zip(*_as_many(here, there), strict=True))
    if not pairs:
        raise ResultError(f"`{here}` has no line; give photographs that can be read")
    return pairs


def _as_many(here: Path, there: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    lines = _lines(here), _lines(there)
    if len(lines[0]) != len(lines[1]):
        raise ResultError(f"{len(lines[0])} photographs were read here and {len(lines[1])} there; see what was skipped")
    return lines


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _pair(here: dict[str, Any], there: dict[str, Any]) -> Pair:
    names = [Path(line["source"]).name for line in (here, there)]
    if names[0] != names[1]:
        raise ResultError(f"one machine read `{names[0]}` where the other read `{names[1]}`; give both the same folder")
    scores, others = _by_label(here), _by_label(there)
    largest = _largest_difference(scores, others)
    label, other = here["top"][0][0], there["top"][0][0]
    lead = scores[label][0] - scores[other][0]
    return Pair(names[0], (here["label"], there["label"]), (here["score"], there["score"]), largest, lead)


def _by_label(line: dict[str, Any]) -> dict[str, list[float]]:
    """Return all scores by label: ImageNet has two cranes and two maillots, so a label may have several."""
    scores: dict[str, list[float]] = defaultdict(list)
    for label, score in line["top"]:
        scores[label].append(score)  # best first, as they come
    return scores


def _largest_difference(here: dict[str, list[float]], there: dict[str, list[float]]) -> float:
    if _counts(here) != _counts(there):
        raise ResultError(f"the machines list other labels: {sorted(here.keys() ^ there.keys())}; ask for all of them")
    return max(abs(a - b) for label, scores in here.items() for a, b in zip(scores, there[label], strict=True))


def _counts(scores: dict[str, list[float]]) -> dict[str, int]:
    return {label: len(some) for label, some in scores.items()}
