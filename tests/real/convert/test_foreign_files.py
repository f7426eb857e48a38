"""Promises of rewriting metadata, on a file of another converter."""

from __future__ import annotations

from pathlib import Path

from edge_app.model.metadata_writer import write_metadata


def test_written_again_a_file_neither_grows_nor_repeats_its_vectors(data_folder: Path) -> None:
    before = (data_folder / "models" / "tf2_mobilenet_v2_1.0_224_ptq.tflite").read_bytes()

    def written(model: bytes) -> bytes:
        return write_metadata(model, name="x", description="", mean=127.5, std=127.5, files={"labels.txt": b"cat"})

    once = written(before)
    assert written(once) == once
    assert len(once) < 0.95 * len(before)  # the zero points of its kernels
