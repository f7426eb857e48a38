"""Promises of a soup: every member begins at the same weights, and the better of average and best member is kept."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.train.fitting.test_fit import two_colours
from train.fitting.fit import fit
from train.fitting.resume import TrainingState, UnfinishedRun
from train.fitting.soup import begin_soup, finish_soup, keep_member, mean_weights, soup_sentence
from train.fitting.stages import TrainingData, stages_of
from train.models.architectures.mobilenet_v2 import MOBILENET_V2

START = [np.zeros(2, np.float32), np.zeros((1, 1), np.float32)]


def stirred(values: list[float], losses: list[float], start_loss: float = math.inf) -> TrainingState:
    """A state after members whose weights are all `value`."""
    state = TrainingState(best_loss=start_loss)
    begin_soup(state, START)
    for value, loss in zip(values, losses, strict=True):
        state.best_weights, state.best_loss = [np.full_like(array, value) for array in START], loss
        keep_member(state)
    return state


def test_every_member_begins_where_the_first_did() -> None:
    state = stirred([1.0, 2.0], [0.5, 0.4], start_loss=0.7)
    assert state.best_loss == 0.7
    for array, start in zip(state.best_weights, START, strict=True):
        np.testing.assert_array_equal(array, start)


@pytest.mark.parametrize(
    ("average_loss", "kept", "value", "loss"), [(0.3, "average", 2.0, 0.3), (0.45, "member 2", 3.0, 0.4)]
)
def test_the_average_is_kept_unless_a_member_is_better(
    average_loss: float, kept: str, value: float, loss: float
) -> None:
    state = stirred([1.0, 3.0], [0.5, 0.4])
    finish_soup(state, lambda _: average_loss)
    assert (state.soup["kept"], state.best_loss) == (kept, loss)
    assert all((array == value).all() for array in state.best_weights)
    assert f"{average_loss:.4f} of the average, 0.5000, 0.4000 of its members; kept: {kept}" in soup_sentence(
        state.soup
    )
    assert not state.members
    json.dumps(state.soup, allow_nan=False)  # it goes into run.json, after an infinite loss of no head too


def test_a_resumed_soup_keeps_what_it_remembers(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    path.write_bytes(stirred([1.0], [0.5]).to_bytes())
    state = TrainingState.from_file(path)
    begin_soup(state, [np.ones(2, np.float32)])
    assert state.soup["member_losses"] == [0.5]
    assert len(state.members) == 2 * len(START)


@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=6))
def test_the_mean_has_the_type_of_the_members_and_lies_between_them(values: list[float]) -> None:
    (mean,) = mean_weights([[np.full(3, value, np.float32)] for value in values])
    assert mean.dtype == np.float32
    assert min(values) - 1e-3 <= mean[0] <= max(values) + 1e-3


def test_members_see_other_orders_and_the_soup_is_their_mean(tmp_path: Path, narrow_weights: Path) -> None:
    recipe = replace(MOBILENET_V2, width=0.35, input_size=32, epochs=1, head_epochs=1, soup=2)
    recipe = replace(recipe, fine_tune_from="block_14_expand")
    data = TrainingData(two_colours(96), two_colours(32, 1), 2)
    fitted = fit(recipe, data, UnfinishedRun(tmp_path / "run"), TrainingState(), weights=str(narrow_weights))
    stages = [row.stage for row in fitted.history]
    assert stages == ["head", "fine-tuning 1", "fine-tuning 2"] == [one.name for one in stages_of(recipe, "imagenet")]
    one, two = fitted.history[1:]
    assert one.loss != two.loss
    assert fitted.soup is not None
    assert len(fitted.soup["member_losses"]) == 2
    kept = min([fitted.soup["average_loss"], *fitted.soup["member_losses"]])
    assert (fitted.soup["kept"] == "average") == (kept == fitted.soup["average_loss"])
