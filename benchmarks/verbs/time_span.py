"""How long, as people type it: `90s`, `30m`, `1h30m`."""

from __future__ import annotations

import argparse
import re

_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_SPAN = re.compile(r"(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m)?(?:(?P<s>\d+(?:\.\d+)?)s)?")


def time_span_s(text: str) -> float:
    """Return the seconds that `90s`, `30m`, `1.5h` or `1h30m` say: the `type` of an option.

    Raises:
        argparse.ArgumentTypeError: it is no time span, or none above 0. A number without a unit could be either.
    """
    match = _SPAN.fullmatch(text.strip().lower().replace(" ", ""))
    found = {unit: float(amount) for unit, amount in match.groupdict().items() if amount} if match else {}
    total_s = sum(_SECONDS[unit] * amount for unit, amount in found.items())
    if not total_s:
        raise argparse.ArgumentTypeError(f"`{text}` is no time span above 0; say 90s, 30m or 1h30m")
    return total_s
