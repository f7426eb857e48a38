"""Promises of scratch folders: what a killed program left goes with the next start, and nothing else does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from edge_app.common.scratch_folders import scratch_folder, sweep_scratch
from tests.places import REPOSITORY

OWNER = """
import sys, tempfile
from pathlib import Path
from edge_app.common.scratch_folders import scratch_folder
with scratch_folder():
    Path(tempfile.mkdtemp(), "model.bin").write_bytes(b"x" * 1000)
    print("made", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder, for this process and those that it starts."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def owner() -> subprocess.Popen[str]:
    """Start a process that has a scratch folder until its standard input closes."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "made\n"
    return process


def test_what_a_killed_process_left_goes_with_the_next_start_and_what_a_living_one_has_stays(system: Path) -> None:
    with owner() as killed, owner() as living:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        left = next(system.glob(f"fieldlens-{killed.pid}-*"))
        held = next(system.glob(f"fieldlens-{living.pid}-*"))
        assert list(left.rglob("model.bin"))
        with scratch_folder() as own:
            assert set(system.iterdir()) == {held, own}
            assert list(held.rglob("model.bin"))
        assert set(system.iterdir()) == {held}
        living.communicate()
    assert not list(system.iterdir())


@pytest.mark.parametrize("program", ["train", "convert", "benchmarks"])
def test_every_program_of_large_temporary_files_sweeps_at_its_start(program: str, system: Path) -> None:
    (system / "fieldlens-1-left").mkdir()
    words = {"train": ["fit", "nowhere"], "convert": ["run", "nowhere"], "benchmarks": ["macs", "nowhere.tflite"]}
    done = subprocess.run(
        [sys.executable, "-m", program, *words[program]], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert not list(system.iterdir())


def test_links_files_and_names_of_others_are_not_touched(system: Path) -> None:
    elsewhere = system / "photographs"
    elsewhere.mkdir()
    (elsewhere / "1.jpg").write_bytes(b"x")
    (system / "fieldlens-1-link").symlink_to(elsewhere)
    (system / "fieldlens-1-file").write_text("x")
    (system / "fieldlens-photographs").mkdir()
    before = sorted(system.rglob("*"))
    with scratch_folder():
        pass
    assert sorted(system.rglob("*")) == before


def test_a_folder_of_another_user_stays_also_where_it_could_be_deleted(
    system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = system / "fieldlens-1-theirs"
    theirs.mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(os, "getuid", lambda: theirs.stat().st_uid + 1)
        sweep_scratch(system)
    assert theirs.exists()
    sweep_scratch(system)
    assert not theirs.exists()


def test_the_folder_serves_everything_that_asks_for_temporary_files_and_the_downloads_of_tf_hub_stay(
    system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TFHUB_CACHE_DIR", raising=False)
    with scratch_folder() as own:
        assert own is not None
        assert Path(tempfile.mkdtemp()).parent == own
        assert os.environ["TFHUB_CACHE_DIR"] == str(system / "tfhub_modules")
    assert tempfile.gettempdir() == str(system)
    assert "TFHUB_CACHE_DIR" not in os.environ
    assert not own.exists()


def test_a_command_that_needs_no_temporary_file_runs_without_a_folder_for_them(
    system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(system / "nowhere"))
    with scratch_folder() as own:
        assert own is None


def test_what_multiprocessing_keeps_there_is_deleted_when_python_ends_without_a_traceback(tmp_path: Path) -> None:
    code = (
        "from edge_app.common.scratch_folders import scratch_folder\n"
        "with scratch_folder() as folder:\n"
        "    from multiprocessing.util import get_temp_dir\n"
        "    print(get_temp_dir().startswith(str(folder)))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")
    assert list(tmp_path.iterdir()) == []
