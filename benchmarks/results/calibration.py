"""The results of `benchmarks experiment calibration`: fitted temperatures and 8-bit scores, judged on others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import ClassVar, Literal

from benchmarks.results.device import Device

Epoch = Literal["last", "early", "chosen"]

TRIALS_HEAD = ("head learned from", "epoch", "validation photographs", "mean change", "worst", "T other than 1")
SCORES_HEAD = ("head learned from", "log loss", "8 bits as stored", "8 bits as read", "zeros")


@dataclass(frozen=True)
class Trial:
    """One simulated validation set.

    Attributes:
        learned: photographs that the head learned from.
        epoch: that the head is of: the last one, an early one, or the one that is best on the same set.
        photographs: in the set.
        seed: of the draw.
        temperature: that the set fitted.
        log_loss: of the judging photographs with it, nats.
        log_loss_at_1: of the same with a temperature of 1, nats.
    """

    learned: int
    epoch: Epoch
    photographs: int
    seed: int
    temperature: float
    log_loss: float
    log_loss_at_1: float

    @property
    def change(self) -> float:
        """Of the log loss, as a share; below 0: the temperature helped."""
        return self.log_loss / self.log_loss_at_1 - 1.0


@dataclass(frozen=True)
class RoundedScores:
    """Log loss of the judging photographs, nats, of one head's softmax.

    Attributes:
        learned: photographs that the head learned from.
        real: not rounded.
        stored: rounded to 8 bits, zeros kept at 1e-7.
        read: as `ScoreReader` reads the same bytes.
        zeros: share of the stored scores, 0..1.
    """

    learned: int
    real: float
    stored: float
    read: float
    zeros: float


@dataclass(frozen=True)
class CalibrationResult:
    """One folder.

    Attributes:
        folder: its name.
        sha256: of all photographs with their labels.
        trials: of every head, epoch and size of the simulated set.
        rounded: of every head at its last epoch.
    """

    KIND: ClassVar[str] = "calibration"

    date: str
    device: Device
    folder: str
    sha256: str
    trials: tuple[Trial, ...]
    rounded: tuple[RoundedScores, ...]


def trial_groups(trials: Sequence[Trial]) -> Mapping[tuple[int, Epoch, int], list[Trial]]:
    """Return the draws of each head, epoch and size of the set, in their order."""
    groups: dict[tuple[int, Epoch, int], list[Trial]] = {}
    for one in trials:
        groups.setdefault((one.learned, one.epoch, one.photographs), []).append(one)
    return groups


def trial_rows(trials: Sequence[Trial]) -> list[tuple[str, ...]]:
    """Return a row per head, epoch and size of the set."""
    return [
        (
            f"{learned:,}",
            epoch,
            f"{photographs:,}",
            _signed(fmean(one.change for one in group)),
            _signed(max(one.change for one in group)),
            f"{sum(one.temperature != 1.0 for one in group)} of {len(group)}",
        )
        for (learned, epoch, photographs), group in trial_groups(trials).items()
    ]


def score_rows(rounded: Sequence[RoundedScores]) -> list[tuple[str, ...]]:
    """Return a row per head."""
    return [
        (
            f"{one.learned:,}",
            f"{one.real:.4f}",
            *(f"{loss:.4f} ({_signed(loss / one.real - 1.0)})" for loss in (one.stored, one.read)),
            f"{one.zeros:.0%}".replace("%", " %"),
        )
        for one in rounded
    ]


def _signed(share: float) -> str:
    """As in `−1.99 %`."""
    return f"{100 * share + 0.0:+.2f} %".replace("-", "−").replace("−0.00", "+0.00")
