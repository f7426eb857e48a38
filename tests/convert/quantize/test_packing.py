"""Promises of `edge_app.model.metadata_writer`; here, because only the train extra writes files."""

from __future__ import annotations

import numpy as np

from edge_app.model.flatbuffer import root_table
from edge_app.model.metadata_writer import write_metadata
from tests.models.make import network


def test_written_again_a_file_neither_grows_nor_repeats_its_vectors() -> None:
    before = network("int8")

    def written(model: bytes) -> bytes:
        files = {"labels.txt": b"cat"}
        return write_metadata(model, name="pets", description="", mean=127.5, std=127.5, files=files)

    once = written(before)
    assert written(once) == once
    assert len(once) < 0.95 * len(before)  # the zero points of its kernels
    tensors = [list(next(root_table(content).tables(2)).tables(0)) for content in (before, once)]
    for one, other in zip(*tensors, strict=True):
        assert one.string(3) == other.string(3)
        quantizations = one.table(4), other.table(4)
        if quantizations[0] is not None and quantizations[1] is not None:
            np.testing.assert_array_equal(quantizations[0].floats(2), quantizations[1].floats(2))
