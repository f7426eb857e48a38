"""The record of a comparison with peers, and what follows from it: ratios, intervals, one verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from benchmarks.experiments.peers.litert_benchmark import LitertBenchmark
from benchmarks.experiments.peers.peer import LITERT_BENCHMARK, OURS
from benchmarks.experiments.peers.survey import Agreement
from benchmarks.experiments.peers.visit import PeersOptions, Visit
from benchmarks.results.device import Device
from benchmarks.statistics.summary import TimeSummary, summarize

ALLOWED = 0.05
"""How far our bare run may be from litert-benchmark's, as a share."""

ENOUGH_ROUNDS = 6
"""With fewer, no two order statistics enclose the median in 95 of 100 cases."""

Times = Literal["bare_s", "frame_to_label_s"]


@dataclass(frozen=True)
class PeersRound:
    """One visit of everybody.

    Attributes:
        load: waiting processes, mean over the last minute, at its end.
        visits: by name.
        litert_benchmark: None: it does not take part.
    """

    load: float
    visits: dict[str, Visit]
    litert_benchmark: LitertBenchmark | None = None


@dataclass(frozen=True)
class PeersComparison:
    """Everything that was measured.

    Attributes:
        date: UTC.
        device: before measuring.
        cpus: that everybody was kept on; empty: this system cannot.
        file: name of the `.tflite` file.
        sha256: of its bytes.
        plan: what was asked for.
        partial: Ctrl-C ended it.
        left_out: why, by name.
        peers: what each is and says, our side first.
        rounds: complete ones only.
    """

    KIND: ClassVar[str] = "peers"

    date: str
    device: Device
    cpus: tuple[int, ...]
    file: str
    sha256: str
    plan: PeersOptions
    partial: bool
    left_out: dict[str, str]
    peers: dict[str, Agreement]
    rounds: tuple[PeersRound, ...]

    def __post_init__(self) -> None:
        if not self.rounds:
            raise ValueError("a comparison needs a round")

    def derived(self) -> dict[str, Any]:
        """Return the ratios that follow from the rounds, for readers of the JSON."""
        return {"ratios": self._ratios()}

    def medians(self, name: str, times: Times) -> list[float]:
        """Return a median per round, seconds; empty: the peer has no such times."""
        found = [getattr(one.visits[name], times) for one in self.rounds if name in one.visits]
        return [summarize(times_s).median_s for times_s in found if times_s]

    def ratios(self, name: str, times: Times) -> list[float]:
        """Return the peer's median over ours, round by round."""
        return [
            theirs / ours for theirs, ours in zip(self.medians(name, times), self.medians(OURS, times), strict=False)
        ]

    def litert_ratios(self) -> list[float]:
        """Return the median of our bare runs over litert-benchmark's, round by round."""
        pairs = zip(self.medians(OURS, "bare_s"), [one.litert_benchmark for one in self.rounds], strict=True)
        return [ours_s / theirs.median_s for ours_s, theirs in pairs if theirs is not None]

    def warnings(self) -> list[str]:
        """Return sentences on what makes the numbers worth less."""
        warnings = []
        if len(self.rounds) < ENOUGH_ROUNDS:
            warnings.append(
                f"{len(self.rounds)} rounds are few: intervals are wide or false; use {ENOUGH_ROUNDS} or more"
            )
        litert, ours = self.peers.get(LITERT_BENCHMARK), self.peers[OURS].versions["runtime"]
        if litert is not None and ours != f"ai-edge-litert {litert.versions['ai-edge-litert']}":
            warnings.append(
                f"litert-benchmark is of ai-edge-litert {litert.versions['ai-edge-litert']}, ours is {ours}"
            )
        for name, found in self.peers.items():
            if found.same_label is not None and found.same_label < 1.0:
                warnings.append(f"{name} gives our label on {found.same_label:.0%} of the frames only")
        return warnings

    def _ratios(self) -> dict[str, dict[str, list[float]]]:
        names = [name for name in self.peers if name not in (OURS, LITERT_BENCHMARK)]
        kinds: tuple[Times, ...] = ("bare_s", "frame_to_label_s")
        found = {name: {str(kind): self.ratios(name, kind) for kind in kinds} for name in names}
        return {**found, f"{OURS} over {LITERT_BENCHMARK}": {"bare_s": self.litert_ratios()}}


def verdict(ratios: list[float]) -> str:
    """Say whether our bare runs agree with litert-benchmark's.

    Args:
        ratios: ours over theirs, one per round, at least one.
    """
    found = summarize(ratios)
    told = (
        f"{found.median_s:.3f} times litert-benchmark's ({found.low_s:.3f} to {found.high_s:.3f}, {found.count} rounds)"
    )
    return f"our bare run is {told}: {_judgement(found)}"


def _judgement(found: TimeSummary) -> str:
    enough = found.count >= ENOUGH_ROUNDS
    if enough and found.low_s >= 1 - ALLOWED and found.high_s <= 1 + ALLOWED:
        return f"they agree within {ALLOWED:.0%}"
    if enough and (found.high_s < 1 - ALLOWED or found.low_s > 1 + ALLOWED):
        return f"they differ by more than {ALLOWED:.0%}"
    return f"cannot tell whether they agree within {ALLOWED:.0%}; use more rounds on a quiet machine"
