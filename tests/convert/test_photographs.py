"""Promises of calibration: balanced, and exactly the range from black to white."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from convert.photographs import calibration_photographs, in_turn
from convert.run_folder import LabelledPhotograph, read_run_folder
from convert.tflite import with_range_ends
from tests.conftest import Chain


@given(st.lists(st.integers(0, 3), max_size=60))
def test_every_beginning_is_as_balanced_as_it_can_be(targets: list[int]) -> None:
    photographs = [LabelledPhotograph(Path(f"{number}.jpg"), target) for number, target in enumerate(targets)]
    ordered = in_turn(photographs, 4)
    assert sorted(item.path for item in ordered) == sorted(item.path for item in photographs)
    available = [targets.count(place) for place in range(4)]
    for length in range(len(ordered) + 1):
        counts = [sum(item.target == place for item in ordered[:length]) for place in range(4)]
        open_places = [counts[place] for place in range(4) if counts[place] < available[place]]
        if open_places:
            assert max(counts) - min(open_places) <= 1


def test_the_ends_of_the_range_are_added() -> None:
    images = np.full((3, 2, 2, 3), 100, np.uint8)
    wider = with_range_ends(images)
    assert wider.shape == (5, 2, 2, 3)
    assert (wider[3] == 0).all()
    assert (wider[4] == 255).all()


def test_calibration_reads_training_photographs_only(chain: Chain) -> None:
    run = read_run_folder(chain.run)
    images = calibration_photographs(run, 30)
    assert images.shape == (30, 48, 48, 3)
    assert images.dtype == np.uint8
    assert len(run.splits["train"]) > len(run.splits["test"]) > len(run.splits["validation"]) > 0
