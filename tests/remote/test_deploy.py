"""`fieldlens deploy` against servers of OpenSSH on this machine."""

from __future__ import annotations

import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from benchmarks.experiments.remote.loopback import LoopbackBoard
from edge_app.__main__ import main
from edge_app.model.starter import STARTER


def deploy(board: LoopbackBoard, *words: str) -> int:
    return main(["deploy", board.name, *words, "--ssh-config", str(board.config)])


def running_process(board: LoopbackBoard) -> str:
    return (board.root / "state" / "pid").read_text()


def release(board: LoopbackBoard) -> str:
    return (board.root / "current").readlink().name


def test_a_model_runs_on_a_board_and_a_second_deploy_changes_nothing(
    installed: list[LoopbackBoard], capsys: pytest.CaptureFixture[str]
) -> None:
    board = installed[0]
    assert deploy(board, str(STARTER), "--source", "demo", "--web", "18971") == 0
    said = capsys.readouterr()
    assert "label    " in said.out
    address = said.out.split("watch    ")[1].strip()
    viewer = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    assert viewer.open(address, timeout=10).status == 200
    process, there = running_process(board), release(board)

    assert deploy(board, str(STARTER), "--source", "demo", "--web", "18971") == 0
    said = capsys.readouterr()
    assert "nothing is changed" in said.err
    assert "sending" not in said.err
    assert (running_process(board), release(board)) == (process, there)

    assert deploy(board, "--list") == 0
    said = capsys.readouterr()
    assert f"* {there}  {STARTER.name}" in said.out
    assert address in said.out


def test_the_page_needs_the_token(installed: list[LoopbackBoard]) -> None:
    board = installed[0]
    assert deploy(board, str(STARTER), "--source", "demo", "--web", "18971") == 0
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen("http://127.0.0.1:18971/", timeout=10)
    assert (board.root / "state" / "token").stat().st_mode & 0o077 == 0


def test_only_what_differs_is_sent_and_a_release_without_a_label_goes_back(
    installed: list[LoopbackBoard], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board, other = installed[0], tmp_path / "it's; touch $(whoami) `x`.tflite"
    shutil.copy(STARTER, other)
    assert deploy(board, str(STARTER), "--source", "demo") == 0
    capsys.readouterr()

    assert deploy(board, str(other), "--source", "demo") == 0
    said = capsys.readouterr()
    assert "sending" not in said.err, "the same bytes are there under another name"
    assert "making the environment" not in said.err
    good = release(board)

    assert deploy(board, str(other), "--source", "no-such-film.mp4") == 1
    said = capsys.readouterr()
    assert "no-such-film.mp4" in said.err
    assert f"the release before, {good}, runs again" in said.err
    assert release(board) == good
    assert not (board.root / "releases").joinpath("current").exists()
    deploy(board, "--list")
    assert "first label" in capsys.readouterr().out


def test_remove_deletes_all_of_it_and_nothing_else(
    installed: list[LoopbackBoard], capsys: pytest.CaptureFixture[str]
) -> None:
    board, kept = installed[1], installed[1].home / "photos"
    kept.mkdir()
    (kept / "mine.jpg").write_bytes(b"mine")
    before = sorted(path.name for path in board.home.iterdir() if path != board.root)
    away = board.home / "away"
    subprocess.run(["cp", "-al", str(board.root), str(away)], check=True)
    assert deploy(board, str(STARTER), "--source", "demo") == 0
    pid = int(running_process(board).split()[0])
    assert deploy(board, "--remove") == 0
    assert sorted(path.name for path in board.home.iterdir()) == ["away", *before]
    assert not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2]
    assert deploy(board, "--remove") == 0
    assert "nothing was deployed" in capsys.readouterr().out
    away.rename(board.root)


def test_a_folder_of_somebody_else_is_neither_used_nor_deleted(
    two_boards: list[LoopbackBoard], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = two_boards[1]
    aside = tmp_path / "aside"
    if board.root.exists():
        shutil.move(board.root, aside)
    board.root.mkdir()
    (board.root / "notes.txt").write_text("mine")
    assert deploy(board, str(STARTER)) == 1
    assert deploy(board, "--remove") == 1
    assert capsys.readouterr().err.count("was not made by this command") == 2
    assert [path.name for path in board.root.iterdir()] == ["notes.txt"]
    shutil.rmtree(board.root)
    if aside.exists():
        shutil.move(aside, board.root)


def test_an_unknown_board_and_one_that_is_off_are_told_in_a_sentence(
    two_boards: list[LoopbackBoard], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board, config = two_boards[0], tmp_path / "config"
    config.write_text(board.config.read_text().replace("known_hosts", "nobody"))
    assert main(["deploy", board.name, "--list", "--ssh-config", str(config)]) == 1
    assert "Host key verification failed" in capsys.readouterr().err
    config.write_text("Host off\n HostName 127.0.0.1\n Port 1\n")
    assert main(["deploy", "off", "--list", "--ssh-config", str(config)]) == 1
    assert "Connection refused" in capsys.readouterr().err


def test_a_shell_that_talks_does_not_disturb(
    two_boards: list[LoopbackBoard], capsys: pytest.CaptureFixture[str]
) -> None:
    board = two_boards[0]
    start_file = board.home / ".bashrc"
    start_file.write_text("echo welcome; echo '{\"result\": 1}'\n")
    assert deploy(board, "--list") == 0
    assert "Python" in capsys.readouterr().out
    start_file.unlink()


def test_whatever_is_installed_and_run_stays_in_one_folder(installed: list[LoopbackBoard]) -> None:
    board = installed[0]
    assert deploy(board, str(STARTER), "--source", "demo") == 0
    assert sorted(path.name for path in board.home.iterdir()) == [".fieldlens"]
