"""The result of `benchmarks operators`: raw times of a file and of each of its operators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import ClassVar

from benchmarks.results.device import Device
from benchmarks.statistics.summary import percentile

_FAST_SHARE = 0.05


@dataclass(frozen=True)
class OperatorTimes:
    """One operator.

    Attributes:
        kind: as the runtime calls it, such as `CONV_2D`.
        name: of its first output.
        shape: of its first output.
        macs: multiply-accumulates of one run; None: the file does not say its shapes.
        delegated: XNNPACK computes it, in the whole.
        delegated_alone: XNNPACK computes it when cut out.
        run_s: raw times of its piece, one per pass, seconds.
    """

    kind: str
    name: str
    shape: tuple[int, ...]
    macs: int | None
    delegated: bool
    delegated_alone: bool
    run_s: tuple[float, ...]


@dataclass(frozen=True)
class OperatorProfile:
    """A file, operator by operator.

    Attributes:
        date: of the start.
        device: before the start.
        file: its name.
        sha256: of its bytes.
        size_bytes: of the file.
        method: in a sentence.
        rounds: in each, all pieces were loaded afresh.
        threads: of the CPU.
        xnnpack: the runtime was allowed its default delegate.
        operators: in the order in which they are run.
        invoke_s: raw times of the whole, one per pass, seconds.
        empty_s: raw times of a run without operators, likewise.
        same_scores: the pieces ended in the scores of the whole, bit by bit.
        interrupted: ended early by Ctrl-C.
        joined: operators that only unpack weights, run with those that use them and not listed.
    """

    KIND: ClassVar[str] = "operators"

    date: str
    device: Device
    file: str
    sha256: str
    size_bytes: int
    method: str
    rounds: int
    threads: int
    xnnpack: bool
    operators: tuple[OperatorTimes, ...]
    invoke_s: tuple[float, ...]
    empty_s: tuple[float, ...]
    same_scores: bool
    interrupted: bool = False
    joined: int = 0

    def __post_init__(self) -> None:
        lengths = {len(self.invoke_s), len(self.empty_s), *(len(one.run_s) for one in self.operators)}
        if len(lengths) != 1 or not self.invoke_s or not self.operators:
            raise ValueError(f"the passes of `{self.file}` are not whole")

    def time_s(self, operator: OperatorTimes) -> float:
        """Return the time of an operator, at least 0."""
        return max(0.0, median(operator.run_s) - median(self.empty_s))

    @property
    def sum_s(self) -> float:
        """All operators together."""
        return sum(map(self.time_s, self.operators))

    @property
    def ratio(self) -> float:
        """Sum of the operators over the time of the whole."""
        return self.sum_s / median(self.invoke_s)

    @property
    def fast_ratio(self) -> float:
        """The same from the fastest twentieth of each, which a busy machine disturbs least."""
        empty_s = _fast(self.empty_s)
        return sum(max(0.0, _fast(one.run_s) - empty_s) for one in self.operators) / _fast(self.invoke_s)


def _fast(times_s: Sequence[float]) -> float:
    return percentile(sorted(times_s), _FAST_SHARE)
