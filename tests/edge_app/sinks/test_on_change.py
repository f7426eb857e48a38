"""Promises of --on-change: a vector of arguments and never a shell, one at a time, faults told once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app.common.errors import UsageError
from edge_app.sinks.on_change import OnChangeSink
from tests.edge_app.display.display_examples import display_example

WRITE = (
    "import os, sys; open(sys.argv[1], 'a').write('{FIELDLENS_PREVIOUS}>{FIELDLENS_LABEL} {FIELDLENS_SCORE}\\n'"
    ".format(**os.environ))"
)


def command(code: str, *words: str) -> str:
    return " ".join([f"'{sys.executable}'", "-c", f'"{code}"', *words])


def until_it_ended(sink: OnChangeSink) -> None:
    if sink._process is not None:
        sink._process.wait(30)


def test_every_change_is_told_with_label_score_and_the_label_before(tmp_path: Path) -> None:
    told = tmp_path / "told.txt"
    with OnChangeSink(command(WRITE, str(told))) as sink:
        for label in ("cat", "cat", "dog"):
            sink.consume(display_example(label, ((label, 0.75),)))
            until_it_ended(sink)
    assert told.read_text().splitlines() == [">cat 0.7500", "cat>dog 0.7500"]


def test_a_label_is_no_part_of_the_command(tmp_path: Path) -> None:
    told, trap = tmp_path / "told.txt", tmp_path / "trap"
    evil = f"cat; touch {trap} $(touch {trap}) `touch {trap}`"
    with OnChangeSink(command(WRITE, str(told))) as sink:
        sink.consume(display_example(evil, ((evil, 0.5),)))
        until_it_ended(sink)
    assert evil in told.read_text()
    assert not trap.exists()


def test_changes_during_a_run_wait_and_the_newest_counts(tmp_path: Path) -> None:
    told, go = tmp_path / "told.txt", tmp_path / "go"
    wait = f"import os, time; [time.sleep(0.02) for _ in iter(lambda: os.path.exists('{go}'), True)]; " + WRITE
    with OnChangeSink(command(wait, str(told))) as sink:
        for label in ("cat", "dog", "owl"):
            sink.consume(display_example(label, ((label, 0.75),)))
        go.touch()
        until_it_ended(sink)
        sink.consume(display_example("owl", (("owl", 0.75),)))
        until_it_ended(sink)
    assert told.read_text().splitlines() == [">cat 0.7500", "cat>owl 0.7500"]


def test_a_command_that_fails_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    with OnChangeSink(command("raise SystemExit(3)")) as sink:
        for label in ("cat", "dog", "cat", "dog"):
            sink.consume(display_example(label, ((label, 0.75),)))
            until_it_ended(sink)
    told = capsys.readouterr().err
    assert told.count("ended with code 3") == 1


def test_a_command_that_hangs_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_app.sinks.on_change._LEAVE_S", 0.1)
    with OnChangeSink(command("import time; time.sleep(600)")) as sink:
        sink.consume(display_example())
        process = sink._process
        begin_s = time.monotonic()
    assert process is not None
    assert process.returncode is not None
    assert time.monotonic() - begin_s < 60


STUBBORN = "sh -c 'trap \"\" TERM; sleep 300 & echo $! > {}; wait'"


def until(done: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def lives(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().split(") ")[1][0] != "Z"
    except OSError:
        return False


def test_what_a_command_started_and_does_not_end_is_ended_with_it(tmp_path: Path) -> None:
    with OnChangeSink(STUBBORN.format(tmp_path / "pid")) as sink:
        sink.consume(display_example())
        until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text().strip()))
    child = int((tmp_path / "pid").read_text())
    until(lambda: not lives(child))


def test_it_is_ended_even_if_the_app_is_killed(tmp_path: Path) -> None:
    code = f"""
import os, signal, time
from pathlib import Path
from edge_app.sinks.on_change import OnChangeSink
from tests.edge_app.display.display_examples import display_example
with OnChangeSink({STUBBORN.format(tmp_path / "pid")!r}) as sink:
    sink.consume(display_example())
    while not (Path({str(tmp_path)!r}) / "pid").exists():
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    root = Path(__file__).parent.parent.parent.parent
    subprocess.run([sys.executable, "-c", code], cwd=root, check=False)
    until(lambda: bool((tmp_path / "pid").read_text().strip()))
    child = int((tmp_path / "pid").read_text())
    until(lambda: not lives(child))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "needs a command"),
        ("notify 'half a quote", "cannot be split into words"),
        ("/no/such/program now", "of --on-change cannot be started"),
    ],
)
def test_a_command_that_cannot_start_is_one_sentence_up_front(words: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        OnChangeSink(words)
