"""The result of `benchmarks experiment explain`: maps of pasted photographs, and the time that a map takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from benchmarks.results.device import Device
from benchmarks.statistics.estimates import Estimate, estimated_mean
from benchmarks.statistics.summary import summarize

HEAD = (
    "model",
    "pasted",
    "recognised",
    "flat maps",
    "energy in the box, share of area = 1",
    "in a box elsewhere",
    "with all recognised",
    "map",
)


@dataclass(frozen=True)
class Pasted:
    """A photograph on a background, recognised, and its map.

    Attributes:
        photograph: relative to the folder of photographs.
        background: relative to the folder of backgrounds.
        label: of the photograph, which the model gives to the whole.
        score: of it, 0..1.
        box: left, top, width and height of the photograph, as fractions.
        energy: of the map inside the box, 0..1; drops below 0 count as 0.
        energy_elsewhere: the same in a box of that size at a place by lot.
        largest_drop: in log-odds.
        flat: whether the map says that nothing matters.
        saturated: whether the score is as high as the file can say.
        map_s: time of the map, seconds.
        background_alone: whether the background gets the label also without the photograph; results from before this
            was kept hold none of these.
    """

    photograph: str
    background: str
    label: str
    score: float
    box: tuple[float, float, float, float]
    energy: float
    energy_elsewhere: float
    largest_drop: float
    flat: bool
    saturated: bool
    map_s: float
    background_alone: bool = False

    @property
    def area(self) -> float:
        """Share of the picture that the box covers."""
        return self.box[2] * self.box[3]


@dataclass(frozen=True)
class Explanations:
    """One model.

    Attributes:
        file: its name.
        sha256: of its bytes.
        threads: of the CPU.
        photographs: name of their folder.
        backgrounds: name of their folder.
        tried: photographs that were pasted.
        pasted: those of them that the model recognised: it gave the label, not another one or `neither`.
    """

    KIND: ClassVar[str] = "explain"

    date: str
    device: Device
    file: str
    sha256: str
    threads: int
    photographs: str
    backgrounds: str
    tried: int
    pasted: tuple[Pasted, ...]

    @property
    def recognised(self) -> tuple[Pasted, ...]:
        """Those whose background alone does not get the label."""
        return recognised(self.pasted)

    @property
    def telling(self) -> tuple[Pasted, ...]:
        """Those of them whose map says something."""
        return telling(self.recognised)


def recognised(pasted: Sequence[Pasted]) -> tuple[Pasted, ...]:
    """Return those whose background alone does not get the label, so that the photograph is why the whole does."""
    return tuple(one for one in pasted if not one.background_alone)


def telling(pasted: Sequence[Pasted]) -> tuple[Pasted, ...]:
    """Return those whose map says something."""
    return tuple(one for one in pasted if not one.flat)


def energy_ratio(maps: Sequence[Pasted]) -> Estimate:
    """Return the mean of energy over area, inside the boxes of what was pasted."""
    return estimated_mean(np.array([one.energy / one.area for one in maps]))


def elsewhere_ratio(maps: Sequence[Pasted]) -> Estimate:
    """Return the same of boxes elsewhere: what chance gives."""
    return estimated_mean(np.array([one.energy_elsewhere / one.area for one in maps]))


def rows(result: Explanations) -> list[tuple[str, ...]]:
    """Return a row of the result."""
    time = summarize([one.map_s for one in result.pasted])
    return [
        (
            result.file,
            f"{result.tried:,}",
            f"{len(result.recognised):,}",
            f"{len(result.recognised) - len(result.telling):,}",
            energy_ratio(result.telling).text(2),
            elsewhere_ratio(result.telling).text(2),
            energy_ratio(telling(result.pasted)).text(2),
            f"{time.median_s * 1e3:.0f} ms, p95 {time.p95_s * 1e3:.0f} ms",
        )
    ]
