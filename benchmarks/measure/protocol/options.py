"""How a measurement is run: what the user may choose, checked once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.results.validity import FEWEST_ROUNDS
from edge_app.common.errors import UsageError
from edge_app.model.card_reading import NOTHING_STATED, StatedInput

ROUNDS = 8
"""Fresh processes that measure all files: with 8 the 99 % interval of a difference is half as wide as with 5."""

if TYPE_CHECKING:
    from edge_app.model.classifier import Classifier


@dataclass(frozen=True)
class MeasurementOptions:
    """How much is measured, and in which order.

    Attributes:
        rounds: fresh processes, each of which measures all files.
        runs: of each kind and file, at least, in all rounds together.
        seconds: of each file, at least, in all rounds together.
        threads: of the CPU; every file is measured with each.
        workers: interpreters that share the machine where throughput is measured; every file is measured with each.
        seed: of every order.
        strict: add a single stream of queries as MLPerf does.
    """

    rounds: int = ROUNDS
    runs: int = 200
    seconds: float = 5.0
    threads: tuple[int, ...] = (1,)
    workers: tuple[int, ...] = (1,)
    seed: int = 0
    strict: bool = False

    def __post_init__(self) -> None:
        if self.rounds < 1:
            raise UsageError(
                f"--rounds {self.rounds}: at least 1 is needed, {FEWEST_ROUNDS} for numbers that can be believed"
            )
        if self.runs < 1 or not 0 <= self.seconds < math.inf:
            raise UsageError(f"--runs {self.runs} --seconds {self.seconds}: at least one run, and no negative time")
        for name, counts in (("--threads", self.threads), ("--workers", self.workers)):
            if not counts or min(counts) < 1 or len(set(counts)) < len(counts):
                received = ",".join(map(str, counts))
                raise UsageError(f"{name} {received}: give different numbers above 0, as in {name} 1,2,4")
        if self.seed < 0:
            raise UsageError(f"--seed {self.seed} is below 0")

    @property
    def runs_per_round(self) -> int:
        """Runs of each kind and file in one round, at least."""
        return -(-self.runs // self.rounds)

    @property
    def seconds_per_round(self) -> float:
        """Time for each file in one round, at least."""
        return self.seconds / self.rounds


@dataclass(frozen=True)
class BenchmarkCase:
    """A file with a number of threads.

    Attributes:
        model: a `.tflite` file that was found good before.
        threads: of the CPU.
        labels: instead of the file's own; None: its own.
        stated: what the input of a file without a card is.
        delay: a busy wait inside the timed region, as a share of the file's own median: for experiments, 0 otherwise.
    """

    model: Path
    threads: int
    labels: tuple[str, ...] | None = None
    stated: StatedInput = NOTHING_STATED
    delay: float = 0.0

    def open(self) -> Classifier:
        """Open the file, which the parent process has tried, and watch it."""
        from edge_app.live.watchdog import watch
        from edge_app.model.classifier import Classifier

        return watch(Classifier(self.model, self.threads, self.labels, stated=self.stated, trusted=True))
