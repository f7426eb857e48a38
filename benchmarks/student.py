"""Student's t distribution, exact, without scipy: a device has none."""

from __future__ import annotations

import math
from functools import cache


def t_within(t: float, degrees: int) -> float:
    """Return the probability that |T| <= t.

    M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 1964, 26.7.3 and 26.7.4.

    Args:
        t: not below 0.
        degrees: of freedom, at least 1.
    """
    angle = math.atan2(t, math.sqrt(degrees))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2 == 1
    term = cosine if odd else 1.0
    total = 0.0 if degrees == 1 else term
    for index in range(3 if odd else 2, degrees - 1, 2):
        term *= cosine * cosine * (index - 1) / index
        total += term
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


@cache
def t_quantile(within: float, degrees: int) -> float:
    """Return the t with P(|T| <= t) = within.

    Args:
        within: 0 < within < 1.
        degrees: of freedom, at least 1; above 200 taken for 200, where the normal distribution is 1 % away.
    """
    degrees = min(degrees, 200)
    low, high = 0.0, 1.0
    while t_within(high, degrees) < within:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if t_within(middle, degrees) < within else (low, middle)
    return high
