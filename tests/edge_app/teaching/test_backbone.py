"""Promises of the backbone: the features in the file itself, and a sentence where no new head fits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.common.errors import ModelFileError
from edge_app.model.flatbuffer import root_table
from edge_app.model.starter import STARTER
from edge_app.teaching.backbone import Ending, find_ending
from tests.edge_app.teaching.shown import backbone, frame
from tests.models import INT8, UINT8


def test_features_are_what_goes_into_the_fully_connected_layers() -> None:
    """The starter has a layer of 16 units for cats and dogs before its scores; the features are those before it."""
    starter = find_ending(STARTER, STARTER.read_bytes())
    operators = list(next(root_table(STARTER.read_bytes()).tables(2)).tables(3))
    assert (len(starter.hidden), len(starter.closing)) == (1, 2)
    assert operators[starter.hidden[0]].ints(1)[0] == starter.features
    assert operators[starter.hidden[0] - 1].ints(2).tolist() == [starter.features]
    assert backbone().width == 1280


def test_features_are_those_of_this_picture_every_time() -> None:
    first, second = backbone().features(frame(0)), backbone().features(frame(1))
    assert first.shape == (1280,)
    assert first.dtype == np.float32
    assert np.abs(first - second).max() > 0.1
    np.testing.assert_array_equal(backbone().features(frame(0)), first)  # the one given out first has not changed


@pytest.mark.parametrize("path", [UINT8, INT8], ids=lambda path: path.stem)
def test_networks_that_end_otherwise_are_refused_in_a_sentence(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"cannot be taught: .*; give a float32, float16 or int8 file"):
        find_ending(path, path.read_bytes())


def test_a_last_layer_of_mixed_types_is_refused_in_a_sentence() -> None:
    """As in dynamic files, whose features are float32 and whose weights are int8."""
    content = bytearray(STARTER.read_bytes())
    tensors = list(next(root_table(bytes(content)).tables(2)).tables(0))
    kind = tensors[find_ending(STARTER, bytes(content)).features].field_start(1)
    content[kind] = 7  # int16
    with pytest.raises(ModelFileError, match="mixes types, as in a dynamic or int16x8 file"):
        find_ending(STARTER, bytes(content))


@settings(max_examples=60, deadline=None)
@given(at=st.integers(8, 200_000), strange=st.binary(min_size=1, max_size=4))
def test_a_damaged_file_ends_in_a_sentence(at: int, strange: bytes) -> None:
    content = bytearray(STARTER.read_bytes())
    place = len(content) - 3000 - at % 40_000  # tables lie at the end, weights before them
    content[place : place + len(strange)] = strange
    try:
        assert isinstance(find_ending(STARTER, bytes(content)), Ending)
    except ModelFileError as error:
        assert "; " in str(error)
