"""Promise: a file name that is not UTF-8 survives the run folder."""

from __future__ import annotations

from pathlib import Path

from edge_app.model.run_folder import read_recorded_files
from train.data.splits import SplitFile
from train.run_folder.writing import write_tables


def test_a_name_that_is_not_utf_8_is_written_as_its_bytes_and_read_back(tmp_path: Path) -> None:
    name = b"cat/caf\xe9.png".decode(errors="surrogateescape")
    write_tables(tmp_path, ["cat", "dog"], [SplitFile(name, "cat", "train", "")], [])
    assert b"cat/caf\xe9.png,cat,train" in (tmp_path / "splits.csv").read_bytes()
    assert [file.path for file in read_recorded_files(tmp_path)] == [name]
