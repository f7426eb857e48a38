"""Student's t distribution, exact, without scipy: a device has none."""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist

_NORMAL = NormalDist()
_STEPS = 300


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


@cache
def detectable(within: float, power: float, degrees: int) -> float:
    """Return the true difference, in standard errors, that leaves an interval of Student's t with a given probability.

    The power is that of the noncentral t, integrated over the standard error that happens to be estimated.

    Args:
        within: of the interval, 0 < within < 1.
        power: the probability, 0.5 < power < 1.
        degrees: of freedom, at least 1; above 200 taken for 200.
    """
    degrees = min(degrees, 200)
    t = t_quantile(within, degrees)
    shares = [(index + 0.5) / _STEPS * 3 for index in range(_STEPS)]  # estimated to true standard error: 0..3
    logs = [(degrees - 1) * math.log(share) - degrees * share * share / 2 for share in shares]  # of chi's density
    weights = [math.exp(log - max(logs)) for log in logs]
    low, high = 0.0, 4 * t + 4
    for _ in range(40):
        middle = (low + high) / 2
        seen = sum(
            weight * _NORMAL.cdf(middle - t * share) for weight, share in zip(weights, shares, strict=True)
        ) / sum(weights)
        low, high = (middle, high) if seen < power else (low, middle)
    return high
