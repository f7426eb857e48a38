"""Nothing that is read, of others or in use is ever replaced; what a killed program left is swept."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from edge_app.common import atomic_files
from edge_app.common.atomic_files import atomic_file, atomic_folder, write_text
from edge_app.common.errors import OutputError
from edge_app.common.outputs import held, refuse_existing, refuse_held

SIGN = "run.json"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def run(tmp_path: Path) -> Path:
    write_text(tmp_path / "run" / SIGN, "{}")
    return tmp_path / "run"


def test_a_folder_of_the_same_program_may_be_replaced(run: Path) -> None:
    refuse_existing(run, overwrite=True, sign=SIGN)


def test_a_folder_of_others_stays_whatever_the_user_allows(tmp_path: Path) -> None:
    write_text(tmp_path / "letters" / "to_anna.txt", "dear")
    with pytest.raises(OutputError, match=r"this command did not make \(it has no `run.json`\)"):
        refuse_existing(tmp_path / "letters", overwrite=True, sign=SIGN)
    with (
        pytest.raises(OutputError, match="did not make"),
        atomic_folder(tmp_path / "letters", overwrite=True, sign=SIGN),
    ):
        pass
    assert names(tmp_path / "letters") == ["to_anna.txt"]


def test_a_file_is_not_replaced_by_a_folder_and_no_folder_by_a_file(tmp_path: Path, run: Path) -> None:
    write_text(tmp_path / "a.txt", "a")
    with pytest.raises(OutputError, match="is a file"):
        refuse_existing(tmp_path / "a.txt", overwrite=True, sign=SIGN)
    with pytest.raises(OutputError, match="did not make"):
        refuse_existing(run, overwrite=True)


def test_what_is_read_and_what_holds_it_stay(tmp_path: Path, run: Path) -> None:
    photographs = run / "photographs"
    write_text(photographs / "cat" / "1.jpg", "picture")
    with pytest.raises(OutputError, match="is what is read"):
        refuse_existing(photographs, overwrite=True, sign=SIGN, inputs=(photographs,))
    with pytest.raises(OutputError, match="holds"):
        refuse_existing(run, overwrite=True, sign=SIGN, inputs=(None, photographs))
    with pytest.raises(OutputError, match="is one of the files in"):
        refuse_existing(photographs / "cat" / "1.jpg", overwrite=True, inputs=(photographs,))
    refuse_existing(tmp_path / "new", overwrite=False, sign=SIGN, inputs=(photographs,))


def test_what_is_read_is_known_by_every_name(tmp_path: Path, run: Path) -> None:
    (tmp_path / "link").symlink_to(run, target_is_directory=True)
    with pytest.raises(OutputError, match="is what is read"):
        refuse_existing(run, overwrite=True, sign=SIGN, inputs=(tmp_path / "link",))
    with pytest.raises(OutputError, match="is what is read"):
        refuse_existing(tmp_path / "x" / ".." / "run", overwrite=True, sign=SIGN, inputs=(run,))


def test_a_folder_is_not_replaced_by_the_name_of_a_link_to_it(tmp_path: Path, run: Path) -> None:
    (tmp_path / "latest").symlink_to(run, target_is_directory=True)
    with pytest.raises(OutputError, match="is a link to"):
        refuse_existing(tmp_path / "latest", overwrite=True, sign=SIGN)


def test_a_file_is_written_through_its_link(tmp_path: Path) -> None:
    write_text(tmp_path / "kept" / "real.txt", "old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "kept" / "real.txt")
    write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "kept" / "real.txt").read_text() == "new"
    assert names(tmp_path) == ["kept", "link.txt"]


def test_devices_and_fifos_are_written_to(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    refuse_existing(fifo, overwrite=False)
    heard: list[bytes] = []
    reader = threading.Thread(target=lambda: heard.append(fifo.read_bytes()))
    reader.start()
    write_text(fifo, "hello")
    reader.join(10)
    assert heard == [b"hello"]
    assert fifo.is_fifo()
    write_text(Path("/dev/null"), "gone")
    assert not Path("/dev/null").is_file()


def test_an_output_is_held_by_one_program_at_a_time(tmp_path: Path) -> None:
    with held(tmp_path / "run"):
        with pytest.raises(OutputError, match="is being written by another run"), held(tmp_path / "run"):
            pass
        with pytest.raises(OutputError, match="is being written by another run"):
            refuse_held(tmp_path / "run")
        with held(tmp_path / "other"):
            pass
    refuse_held(tmp_path / "run")
    assert names(tmp_path) == []


def test_folders_made_for_an_output_that_did_not_come_go_again(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="bug"), held(tmp_path / "new" / "runs" / "pets"):
        raise ValueError("bug")
    assert names(tmp_path) == []


_KILLED = """
import os, signal, sys
from pathlib import Path
from edge_app.common.atomic_files import atomic_file, atomic_folder
from edge_app.common.outputs import held
out = Path(sys.argv[1])
a = out.parent / "a.txt"
with held(out), atomic_folder(out, overwrite=True, sign="run.json") as folder, atomic_file(a) as file:
    (folder / "run.json").write_text("new")
    file.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_program_left_is_swept_by_the_next_start(run: Path) -> None:
    folder = run.parent
    subprocess.run([sys.executable, "-c", _KILLED, str(run)], check=False)
    assert len(names(folder)) == 4  # the lock, half a file, half a folder
    with held(run):
        pass
    write_text(folder / "a.txt", "whole")
    assert names(folder) == ["a.txt", "run"]
    assert (run / SIGN).read_text() == "{}"


def test_what_is_being_written_is_not_swept(run: Path) -> None:
    with (
        atomic_folder(run, overwrite=True, sign=SIGN) as folder,
        atomic_file(run.parent / "run.txt") as file,
    ):
        (folder / SIGN).write_text("new")
        file.write_text("new")
        with held(run), held(run.parent / "run.txt"):
            pass
    assert (run / SIGN).read_text() == "new"
    assert (run.parent / "run.txt").read_text() == "new"


def test_an_older_result_that_was_moved_aside_comes_back(run: Path) -> None:
    aside = run.parent / ".run-abc.old"
    aside.mkdir()
    run.rename(aside / "run")  # killed between two renames
    with held(run):
        assert (run / SIGN).read_text() == "{}"
    assert names(run.parent) == ["run"]


@pytest.mark.parametrize("exchange", [True, False])
def test_a_folder_takes_the_place_of_an_older_one(run: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool) -> None:
    if not exchange:
        monkeypatch.setattr(atomic_files, "_exchanged", lambda one, other: False)
    with atomic_folder(run, overwrite=True, sign=SIGN) as folder:
        (folder / SIGN).write_text("new")
    assert (run / SIGN).read_text() == "new"
    assert names(run.parent) == ["run"]


def test_a_result_is_kept_beside_what_came_in_the_meantime(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"whose result is at `.*run-2`"), atomic_folder(tmp_path / "run") as folder:
        (folder / SIGN).write_text("mine")
        write_text(tmp_path / "run" / "theirs.txt", "theirs")
    assert names(tmp_path) == ["run", "run-2"]
    assert (tmp_path / "run-2" / SIGN).read_text() == "mine"
    assert names(tmp_path / "run") == ["theirs.txt"]


def test_everything_is_on_the_disk_before_the_older_one_goes(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append("fsync"), fsync(handle))[1])
    monkeypatch.setattr(Path, "replace", lambda one, other: (order.append("rename"), replace(one, other))[1])
    write_text(run / SIGN, "new")
    assert order == ["fsync", "rename", "fsync"]
