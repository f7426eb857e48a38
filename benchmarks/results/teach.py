"""The result of `benchmarks experiment teach`: heads of two sittings, judged on a third."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from benchmarks.results.device import Device
from benchmarks.results.few import Judged, Statement, paired_interval

AS_THEY_ARE, OWN_LIGHT = "photographs as they are", "each sitting in a light of its own"
FILMS = "photographs shown as films"


@dataclass(frozen=True)
class TaughtDraw:
    """One drawing of lots.

    Attributes:
        light: `AS_THEY_ARE`, `OWN_LIGHT` or `FILMS`.
        seed: of the draw.
        ours: the head of `fieldlens teach` on the third sitting.
        file: accuracy there of the `.tflite` file that it was written into, 0..1.
        peers: by name.
        statement: what cross-validation over the two sittings states, and what is true of the third.
    """

    light: str
    seed: int
    ours: Judged
    file: float
    peers: Mapping[str, Judged]
    statement: Statement


@dataclass(frozen=True)
class Taught:
    """One folder of photographs, drawn into sittings.

    Attributes:
        folder: its name.
        photographs: in it.
        labels: in order.
        backbone: file whose features are learned from.
        scikit_learn: its version.
        per_sitting: photographs of each class in each of the two sittings that teach.
        judging: photographs of each class in the third.
        draws: in order.
        refit_frames: that the timed heads learned from.
        refit_s: from features to the bytes of the file, each time.
        refit_cpu_s: the same, time of all processors.
    """

    KIND: ClassVar[str] = "teach"

    date: str
    device: Device
    folder: str
    photographs: int
    labels: tuple[str, ...]
    backbone: str
    scikit_learn: str
    per_sitting: int
    judging: int
    draws: tuple[TaughtDraw, ...]
    refit_frames: int
    refit_s: tuple[float, ...]
    refit_cpu_s: tuple[float, ...]


@dataclass(frozen=True)
class Light:
    """All draws in one light.

    Attributes:
        light: see `TaughtDraw`.
        draws: how many.
        accuracy: mean on the third sitting, 0..1.
        best_peer: the peer with the highest mean.
        best_accuracy: its mean.
        difference: mean of ours minus the best peer's.
        low: end of its 95 % interval over draws.
        high: its other end.
        file_difference: largest of |accuracy of the file - accuracy of the head|.
        contained: share of the draws whose stated interval contains the accuracy on the third sitting.
        stated: mean stated accuracy.
        width: mean of the stated interval, from end to end.
    """

    light: str
    draws: int
    accuracy: float
    best_peer: str
    best_accuracy: float
    difference: float
    low: float
    high: float
    file_difference: float
    contained: float
    stated: float
    width: float


def lights(result: Taught) -> list[Light]:
    """Sum up the draws of each light."""
    found = []
    for light in dict.fromkeys(draw.light for draw in result.draws):
        draws = [draw for draw in result.draws if draw.light == light]
        means = {name: statistics.fmean(draw.peers[name].accuracy for draw in draws) for name in draws[0].peers}
        best = max(means, key=lambda name: means[name])
        mean, low, high = paired_interval([draw.ours.accuracy - draw.peers[best].accuracy for draw in draws])
        found.append(
            Light(
                light=light,
                draws=len(draws),
                accuracy=statistics.fmean(draw.ours.accuracy for draw in draws),
                best_peer=best,
                best_accuracy=means[best],
                difference=mean,
                low=low,
                high=high,
                file_difference=max(abs(draw.file - draw.ours.accuracy) for draw in draws),
                contained=statistics.fmean(draw.statement.holds_judged for draw in draws),
                stated=statistics.fmean(draw.statement.stated for draw in draws),
                width=statistics.fmean(draw.statement.high - draw.statement.low for draw in draws),
            )
        )
    return found


def derived_from(result: Taught) -> dict[str, Any]:
    """Return what readers of the JSON find under `derived`."""
    return {"lights": lights(result)}


HEAD = (
    "light",
    "accuracy, %",
    "best peer, %",
    "difference, points",
    "file − head, points at most",
    "interval contains it, %",
    "stated, %",
    "interval's width, points",
)


def rows(result: Taught) -> list[tuple[str, ...]]:
    """Return a row per light."""
    return [
        (
            one.light,
            f"{100 * one.accuracy:.1f}",
            f"{100 * one.best_accuracy:.1f} ({one.best_peer})",
            f"{100 * one.difference:+.2f} ({100 * one.low:+.2f} to {100 * one.high:+.2f})".replace("-", "−"),
            f"{100 * one.file_difference:.1f}",
            f"{100 * one.contained:.0f} (of {one.draws} draws)",
            f"{100 * one.stated:.1f}",
            f"{100 * one.width:.0f}",
        )
        for one in lights(result)
    ]
