"""Numbers as the tables write them: one unit, always the same digits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """How a kind of number is written.

    Attributes:
        sign: behind the number, its space included.
        factor: what a value is multiplied with before.
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
        """Write a measured number, without the sign behind it."""
        if self.scientific and not value:
            return "0"
        kind = "e" if self.scientific else "f"
        plus = "+" if self.signed else ""
        return f"{value * self.factor:{plus},.{self.digits}{kind}}".replace("-", "−")

    def text(self, value: float, low: float | None = None, high: float | None = None) -> str:
        """Write a measured number with its sign, and the interval where there is one."""
        interval = "" if low is None or high is None else f" ({self.number(low)} to {self.number(high)})"
        return f"{self.number(value)}{self.sign}{interval}"

    def limit(self, value: float) -> str:
        """Write a limit as short as it was set."""
        return f"{value * self.factor:,.6g}{self.sign}".replace("-", "−")


PERCENT = Unit(" %", 100.0)
"""Of shares, 0..1."""
POINTS = Unit(" points", 100.0, signed=True)
"""Of differences of shares."""
TIMES = Unit(" ×")
TIMES_CLOSELY = Unit(" ×", digits=3)
SECONDS = Unit(" s")
SECONDS_CLOSELY = Unit(" s", digits=3)
MILLISECONDS = Unit(" ms", 1e3)
MIB = Unit(" MiB", 2.0**-20, digits=1)
AUROC = Unit("", digits=4)
DIFFERENCE = Unit("", digits=1, scientific=True)
"""Of probabilities that should be equal."""
COUNT = Unit("", digits=0)
