"""The result of `benchmarks experiment remote`: deploys and measurements over ssh on one machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from benchmarks.results.device import Device


@dataclass(frozen=True)
class MeasuredBoard:
    """One board of the measurement.

    Attributes:
        name: of the board.
        cut: its connection was cut in mid-measurement.
        home: its result came home.
        same_answers: its accuracy is that of the run here, photograph by photograph.
        ratio: of its median frame→label to the one here; None: no result.
        verdict: of `compare`; "": no result.
    """

    name: str
    cut: bool
    home: bool
    same_answers: bool
    ratio: float | None
    verdict: str


@dataclass(frozen=True)
class RemoteResult:
    """Deploys to servers of ssh on this machine, and a measurement on all of them while one runs here too.

    Attributes:
        model: name of the file.
        first_deploys_s: wall time of each first deploy, until its first label.
        second_deploys_s: of each that found nothing to change.
        boards: of the measurement.
        invalid: why the latencies of the run here mean nothing; empty: they may be believed.
    """

    KIND: ClassVar[str] = "remote"

    date: str
    device: Device
    model: str
    first_deploys_s: tuple[float, ...]
    second_deploys_s: tuple[float, ...]
    boards: tuple[MeasuredBoard, ...]
    invalid: tuple[str, ...]
