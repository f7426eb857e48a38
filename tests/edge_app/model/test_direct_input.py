"""Promises of the network without its conversion of bytes: the same answers, one operator less, or hands off."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app import Classifier
from edge_app.model.direct_input import direct_network
from edge_app.model.flatbuffer import Table, root_table
from edge_app.model.starter import STARTER
from tests.models import INT8, UINT8


def graph_of(content: bytes) -> Table:
    return next(root_table(content).tables(2))


@pytest.mark.parametrize("path", [STARTER, INT8], ids=lambda path: path.stem)
def test_the_answers_are_the_same_to_the_bit(path: Path) -> None:
    """The second one has no signature, as the files of older converters."""
    direct, stored = Classifier(path, 1), Classifier(path, 1, as_stored=True)
    assert (direct.is_direct, stored.is_direct) == (True, False)
    assert direct.card == stored.card
    frames = [np.zeros((480, 640, 3), np.uint8), np.full((9, 7, 3), 255, np.uint8)]
    for frame in [*frames, *np.random.default_rng(0).integers(0, 256, (4, 120, 160, 3), np.uint8)]:
        np.testing.assert_array_equal(direct.scores(frame), stored.scores(frame))
        assert direct.classify(frame).top == stored.classify(frame).top


def test_one_operator_is_gone_and_the_file_is_as_it_was() -> None:
    before = STARTER.read_bytes()
    direct = direct_network(STARTER)
    assert direct is not None
    assert len(direct) == len(before)
    assert STARTER.read_bytes() == before
    operators = [one.ints(2).tolist() for one in graph_of(before).tables(3)]
    assert [one.ints(2).tolist() for one in graph_of(direct).tables(3)] == operators[1:]
    assert graph_of(direct).ints(1).tolist() == operators[0]


def test_a_network_of_bytes_is_left_alone() -> None:
    assert direct_network(UINT8) is None
    assert not Classifier(UINT8, 1).is_direct


def test_a_conversion_that_changes_values_is_left_alone(tmp_path: Path) -> None:
    content = bytearray(STARTER.read_bytes())
    graph = graph_of(bytes(content))
    quantization = list(graph.tables(0))[graph.ints(1)[0]].table(4)
    assert quantization is not None
    struct.pack_into("<q", content, quantization.vector_start(3), 5)  # the zero point; tensors may share their scales
    path = tmp_path / "other.tflite"
    path.write_bytes(content)
    assert direct_network(path) is None


def test_a_missing_file_is_left_to_the_runtime(tmp_path: Path) -> None:
    assert direct_network(tmp_path / "none.tflite") is None


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 4000), st.binary(min_size=1, max_size=8))
def test_damage_never_raises(tmp_path_factory: pytest.TempPathFactory, at: int, strange: bytes) -> None:
    content = bytearray(STARTER.read_bytes())
    content[4 * at : 4 * at + len(strange)] = strange
    path = tmp_path_factory.getbasetemp() / "damaged.tflite"
    for damaged in (content, content[: len(content) * at // 4001]):
        path.write_bytes(damaged)
        found = direct_network(path)
        assert found is None or len(found) == len(damaged)
