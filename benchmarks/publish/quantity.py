"""Numbers as the documents write them: a unit, an interval, a target and whether it is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_ROUNDING = 1e-9  # of a difference of two floats that is meant to be the limit itself


@dataclass(frozen=True)
class Unit:
    """How a kind of number is written.

    Attributes:
        sign: behind the number, its space included.
        factor: what a value is multiplied by first.
        digits: behind the point.
        signed: whether a plus is written too.
        scientific: as in `4.6e-06`.
    """

    sign: str
    factor: float = 1.0
    digits: int = 2
    signed: bool = False
    scientific: bool = False

    def number(self, value: float) -> str:
        """Write a number without the sign behind it."""
        if self.scientific and not value:
            return "0"
        plus, kind = "+" if self.signed else "", "e" if self.scientific else "f"
        return f"{value * self.factor:{plus},.{self.digits}{kind}}".replace("-", "−")

    def text(self, value: float, low: float | None = None, high: float | None = None) -> str:
        """Write a number with its sign, and the interval where there is one."""
        interval = "" if low is None or high is None else f" ({self.number(low)} to {self.number(high)})"
        return f"{self.number(value)}{self.sign}{interval}"


PERCENT = Unit(" %", 100.0)  # of shares, 0..1
POINTS = Unit(" points", 100.0, signed=True)  # of differences of shares
NATS = Unit(" nats", digits=3, signed=True)  # differences of log losses
MILLISECONDS = Unit(" ms", 1e3)
MIB = Unit(" MiB", 2.0**-20, digits=1)
AUROC = Unit("", digits=4)
DIFFERENCE = Unit("", digits=1, scientific=True)  # of probabilities that should be equal
COUNT = Unit("", digits=0)


def times(digits: int) -> Unit:
    """Return the unit of a ratio."""
    return Unit(" ×", digits=digits)


def seconds(digits: int) -> Unit:
    """Return the unit of a time."""
    return Unit(" s", digits=digits)


@dataclass(frozen=True)
class Value:
    """What one result says; `note` tells what else has to be known.

    Attributes:
        value: in the unit's own measure: shares 0..1, seconds, bytes; None: nothing was found that could be judged.
        low: end of its interval.
        high: its other end.
        note: in words.
        limit: of the target, where it depends on the result.
        rank: where only the best of several results is shown: the highest.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""
    limit: float | None = None
    rank: float = 0.0


@dataclass(frozen=True)
class Target:
    """A limit that the project set itself.

    Attributes:
        at: whether a value has to be at least or at most the limit.
        limit: in the unit's own measure; None: the result holds it.
        judged: the value, or the worse or better end of its interval; the better one where "not worse than" is asked.
    """

    at: Literal["least", "most"]
    limit: float | None = None
    judged: Literal["value", "worse end", "better end"] = "value"

    def text(self, unit: Unit, limit: float) -> str:
        """As in `≥ 98.9 %`, as short as the limit was set."""
        number = f"{limit * unit.factor:,.4g}{unit.sign}".replace("-", "−")
        end = "" if self.judged == "value" else "lower end " if self._is_low_end else "upper end "
        return f"{end}{'≥' if self.at == 'least' else '≤'} {number}"

    def is_reached(self, found: Value, limit: float) -> bool:
        """Judge a value; one that was not found reaches nothing."""
        judged = found.value if self.judged == "value" else found.low if self._is_low_end else found.high
        if judged is None:
            return False
        return (judged - limit if self.at == "least" else limit - judged) >= -_ROUNDING

    @property
    def _is_low_end(self) -> bool:
        return (self.at == "least") == (self.judged == "worse end")


def at_least(limit: float) -> Target:
    """Return the target of a value that should be large."""
    return Target("least", limit)


def at_most(limit: float | None = None, of_interval: bool = False) -> Target:
    """Return the target of a value that should be small."""
    return Target("most", limit, "worse end" if of_interval else "value")


def not_below(limit: float) -> Target:
    """Return the target of a value that should be large, and may be smaller by what its interval leaves open."""
    return Target("least", limit, "better end")


def not_above(limit: float) -> Target:
    """Return the target of a value that should be small, and may be larger by what its interval leaves open."""
    return Target("most", limit, "better end")
