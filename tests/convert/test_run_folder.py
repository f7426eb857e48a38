"""Promises of the order of photographs: every beginning is balanced."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from convert.run_folder import LabelledPhotograph, interleave_classes


@given(st.lists(st.integers(0, 3), max_size=60))
def test_every_beginning_is_as_balanced_as_it_can_be(targets: list[int]) -> None:
    photographs = [LabelledPhotograph(Path(f"{number}.jpg"), target) for number, target in enumerate(targets)]
    ordered = interleave_classes(photographs, 4)
    assert sorted(item.path for item in ordered) == sorted(item.path for item in photographs)
    available = [targets.count(place) for place in range(4)]
    for length in range(len(ordered) + 1):
        counts = [sum(item.target == place for item in ordered[:length]) for place in range(4)]
        open_places = [counts[place] for place in range(4) if counts[place] < available[place]]
        if open_places:
            assert max(counts) - min(open_places) <= 1
