"""From what `benchmarks experiment explain` measured to the values that the documents show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.publish.quantity import Value
from benchmarks.results.explanations import Pasted, elsewhere_ratio, energy_ratio
from benchmarks.statistics.summary import summarize


def map_time(payload: Mapping[str, Any]) -> Sequence[Value]:
    """Return the time of a map, and what was explained."""
    time = summarize([one.map_s for one in _pasted(payload)])
    note = f"`{payload['file']}`, {payload['threads']} threads; p95 {time.p95_s:.3f} s of {time.count} maps"
    return [Value(time.median_s, time.low_s, time.high_s, note)]


def energy(payload: Mapping[str, Any]) -> Sequence[Value]:
    """Return the energy of the maps inside the boxes, over the share of the area."""
    pasted = _pasted(payload)
    telling = [one for one in pasted if not one.flat]
    ratio, chance = energy_ratio(telling), elsewhere_ratio(telling)
    note = (
        f"`{payload['file']}`; {payload['photographs']} on {payload['backgrounds']}: {payload['tried']} pasted, "
        f"{len(pasted)} recognised, {len(pasted) - len(telling)} of these maps flat and left out; "
        f"{chance.value:.2f} in boxes elsewhere"
    )
    return [Value(ratio.value, ratio.low, ratio.high, note)]


def _pasted(payload: Mapping[str, Any]) -> list[Pasted]:
    return [Pasted(**{**one, "box": tuple(one["box"])}) for one in payload["pasted"]]
