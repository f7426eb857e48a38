"""Promises of changing a flatbuffer: what was changed reads back, and the rest stays where it was."""

from __future__ import annotations

import numpy as np
import pytest

from edge_app.model.flatbuffer import BadFlatBufferError, Table, root_table
from edge_app.model.flatbuffer_edit import Edit
from edge_app.model.starter import STARTER


def graph_of(content: bytes) -> Table:
    return next(root_table(content).tables(2))


def test_a_vector_and_a_text_read_back_and_nothing_else_has_changed() -> None:
    before = STARTER.read_bytes()
    model, graph = root_table(before), graph_of(before)
    edit = Edit(before)
    edit.set_vector(graph, 2, np.array([5, 7, 9], np.int32))
    edit.set_text(model, 3, "größer")
    after = bytes(edit.content)
    assert graph_of(after).ints(2).tolist() == [5, 7, 9]
    assert root_table(after).string(3) == "größer"
    assert graph_of(after).ints(1).tolist() == graph.ints(1).tolist()
    changed = [place for place, byte in enumerate(before) if after[place] != byte]
    assert len(changed) <= 8  # two offsets


def test_items_begin_where_the_schema_wants_them() -> None:
    before = STARTER.read_bytes() + b"x"  # an odd length
    edit = Edit(before)
    graph = graph_of(before)
    for alignment in (4, 8, 16):
        edit.set_vector(graph, 2, np.array([1], np.int32), alignment)
        assert graph_of(bytes(edit.content)).vector_start(2) % alignment == 0


def test_tables_are_left_out_and_the_others_keep_their_order() -> None:
    before = STARTER.read_bytes()
    operators = [one.ints(2).tolist() for one in graph_of(before).tables(3)]
    edit = Edit(before)
    edit.keep_tables(graph_of(before), 3, [0, 3, 4])
    kept = [one.ints(2).tolist() for one in graph_of(bytes(edit.content)).tables(3)]
    assert kept == [operators[0], operators[3], operators[4]]


def test_a_field_that_is_not_there_cannot_point_anywhere() -> None:
    before = STARTER.read_bytes()
    with pytest.raises(BadFlatBufferError, match="missing"):
        Edit(before).set_text(root_table(before), 60, "nothing")
