"""Whatever happens while writing, the last good file stays."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from edge_app.common.atomic_files import atomic_file, atomic_folder, write_text
from edge_app.common.errors import OutputError
from edge_app.common.outputs import refuse_existing


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_whole(tmp_path: Path) -> None:
    write_text(tmp_path / "new" / "a.txt", "whole")
    assert (tmp_path / "new" / "a.txt").read_text() == "whole"
    assert names(tmp_path / "new") == ["a.txt"]


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), ValueError("bug")])
def test_an_interrupted_file_leaves_the_old_one_and_no_rubbish(tmp_path: Path, fault: BaseException) -> None:
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(type(fault)), atomic_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("ha")
        raise fault
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_full_disk_is_one_sentence_and_the_old_file_stays(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(OutputError, match=r"the disk is full.*a\.txt"), atomic_file(tmp_path / "a.txt"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_folder_replaces_the_old_one_only_when_complete(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "run") as folder:
        write_text(folder / "a.txt", "1")
    with pytest.raises(KeyboardInterrupt), atomic_folder(tmp_path / "run", overwrite=True, sign="a.txt") as folder:
        write_text(folder / "b.txt", "2")
        raise KeyboardInterrupt
    assert names(tmp_path) == ["run"]
    assert names(tmp_path / "run") == ["a.txt"]
    with atomic_folder(tmp_path / "run", overwrite=True, sign="a.txt") as folder:
        write_text(folder / "b.txt", "2")
    assert names(tmp_path) == ["run"]
    assert names(tmp_path / "run") == ["b.txt"]


def test_an_existing_folder_is_refused_without_overwrite(tmp_path: Path) -> None:
    write_text(tmp_path / "run" / "a.txt", "a")
    with pytest.raises(OutputError, match="--overwrite"), atomic_folder(tmp_path / "run"):
        pass
    assert names(tmp_path / "run") == ["a.txt"]


def test_an_empty_folder_is_not_refused(tmp_path: Path) -> None:
    refuse_existing(tmp_path, overwrite=False)
