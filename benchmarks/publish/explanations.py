"""From what `benchmarks experiment explain` measured to the values that the documents show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.publish.quantity import Value
from benchmarks.results.explanations import Pasted, elsewhere_ratio, energy_ratio, recognised, telling
from benchmarks.statistics.summary import summarize


def map_time(payload: Mapping[str, Any]) -> Sequence[Value]:
    """Return the time of a map, and what was explained."""
    time = summarize([one.map_s for one in _pasted(payload)])
    note = f"`{payload['file']}`, {payload['threads']} threads; p95 {time.p95_s:.3f} s of {time.count} maps"
    return [Value(time.median_s, time.low_s, time.high_s, note)]


def energy(payload: Mapping[str, Any]) -> Sequence[Value]:
    """Return the energy of the maps inside the boxes, over the share of the area."""
    pasted = _pasted(payload)
    counted = recognised(pasted)
    maps = telling(counted)
    ratio, chance = energy_ratio(maps), elsewhere_ratio(maps)
    note = (
        f"`{payload['file']}`; {payload['photographs']} on {payload['backgrounds']}: {payload['tried']} pasted, "
        f"{len(counted)} recognised, {len(counted) - len(maps)} of these maps flat and left out; "
        f"{chance.value:.2f} in boxes elsewhere{_with_all(pasted)}"
    )
    return [Value(ratio.value, ratio.low, ratio.high, note)]


def _with_all(pasted: Sequence[Pasted]) -> str:
    """Say what it is with those whose background gets the label alone; empty: the result has none of these."""
    more = sum(one.background_alone for one in pasted)
    if not more:
        return ""
    return f"; {energy_ratio(telling(pasted)).text(2)} with the {more} whose background gets the label alone"


def _pasted(payload: Mapping[str, Any]) -> list[Pasted]:
    return [Pasted(**{**one, "box": tuple(one["box"])}) for one in payload["pasted"]]
