"""Promises of the console command: it finds what is installed, runs what is meant, and says what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from edge_app import fieldlens

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DECLARED = list(PROJECT["entry-points"][fieldlens.GROUP].items())
POINTS = [EntryPoint(name, value, fieldlens.GROUP) for name, value in DECLARED]
IN_A_FRESH_PYTHON = (
    "import sys; from importlib.metadata import EntryPoint; from edge_app import fieldlens; "
    f"points = [EntryPoint(*one, fieldlens.GROUP) for one in {DECLARED!r}]; "
    "sys.exit(fieldlens.main(sys.argv[1:], points))"
)


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int, points: list[EntryPoint] | None = None) -> str:
    try:
        ended: object = fieldlens.main(words, POINTS if points is None else points)
    except SystemExit as end:
        ended = end.code
    assert ended == code
    captured = capsys.readouterr()
    return captured.out if code == 0 else captured.err


def test_the_project_declares_the_command_and_all_four_programs() -> None:
    assert PROJECT["scripts"] == {"fieldlens": "edge_app.fieldlens:main"}
    assert [point.name for point in POINTS] == ["train", "convert", "app", "bench"]
    for point in POINTS:
        program = point.load()
        assert program.prog == f"python -m {point.module.removesuffix('.__main__')}"
        assert program.implies in program.verbs


def test_help_names_programs_and_verbs_in_the_order_of_the_work_and_how_to_start(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for words in ([], ["--help"], ["-h"]):
        text = told(capsys, *words, code=0)
        places = [text.index(f"\n  {name} ") for name in ("train", "convert", "app", "bench")]
        assert places == sorted(places)
        assert "verbs: fit, augment, compress, fetch, group, screen, submit" in text
        for command in (
            "fieldlens app --source demo",
            "fieldlens train photos --convert",
            "fieldlens app models/photos",
        ):
            assert command in text


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "--version", code=0).startswith("fieldlens ")


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        (["app", "--help"], "fieldlens app [options] [MODEL ...]"),
        (["edge_app", "--help"], "fieldlens app [options] [MODEL ...]"),
        (["train", "--help"], "fieldlens train [options] PHOTOS"),
        (["train", "augment", "--help"], "fieldlens train augment [options]"),
        (["bench", "experiment", "fuzz", "--help"], "fieldlens bench experiment fuzz [options]"),
        (["compress", "--help"], "fieldlens compress [options]"),
        (["cameras", "--help"], "fieldlens cameras [options]"),
        (["experiment", "soak", "--help"], "fieldlens experiment soak [options]"),
    ],
)
def test_help_says_what_was_typed(words: list[str], usage: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, *words, code=0)
    assert text.startswith(f"usage: {usage}")
    assert "python -m edge_app" not in text
    assert "python -m train" not in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["doctor"], "several programs have a verb `doctor`; did you mean `fieldlens convert doctor` (find out why"),
        (["doctor"], "or `fieldlens app doctor` (check what"),
        (["trian"], "there is no program or verb `trian`; did you mean `fieldlens train`?"),
        (["comprss"], "there is no program or verb `comprss`; did you mean `fieldlens compress`?"),
        (["holiday"], "there is no program or verb `holiday`; the programs are train, convert, app, bench;"),
        (["train", "trian"], "did you mean `fieldlens train fit`? see `fieldlens train --help`"),
        (["app", "webcam"], "did you mean `fieldlens app --source 0`?"),
        (["bench", "runn"], "did you mean `fieldlens bench run`?"),
        (["bench", "live"], "`live` is called `fieldlens bench experiment live` now"),
        (["app", "--sourc", "0"], "there is no option --sourc; did you mean --source? see `fieldlens app --help`"),
        (["train", "x", "--recipe", "mobilnet_v2"], "did you mean mobilenet_v2? see `fieldlens train --help`"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence_with_a_way_out(
    words: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sentence in told(capsys, *words, code=2)


def test_it_does_what_the_module_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from train.__main__ import main

    assert main([str(tmp_path / "nowhere")]) == 1
    expected = capsys.readouterr().err
    assert told(capsys, "train", str(tmp_path / "nowhere"), code=1) == expected


def test_what_an_install_lacks_is_told_without_importing_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("edge_app.common.program.find_spec", lambda name: None if name == "tensorflow" else object())
    text = told(capsys, "--help", code=0)
    assert text.count("not complete here: `tensorflow` is not installed; run: pip install -e '.[train]'") == 2


def test_a_program_that_cannot_be_imported_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    broken = [*POINTS[:1], EntryPoint("app", "no_such_package.__main__:PROGRAM", fieldlens.GROUP)]
    assert "cannot start here (No module named 'no_such_package')" in told(capsys, code=0, points=broken)
    text = told(capsys, "app", "x", code=1, points=broken)
    assert text.startswith("error: `fieldlens app` cannot start (No module named 'no_such_package'); install FieldLens")


def test_an_installation_without_programs_says_how_to_repair_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert "none is installed; install FieldLens again" in told(capsys, code=0, points=[])
    assert "no program is installed; install FieldLens again" in told(capsys, "train", code=2, points=[])


def run_fresh(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """As the installed script does, without the current folder on the path."""
    command = [sys.executable, "-P", "-c", IN_A_FRESH_PYTHON, *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_files_in_the_users_folder_do_not_run_instead(tmp_path: Path) -> None:
    for name in ("train", "convert", "benchmarks", "edge_app"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('hijacked')")
    for program in ("train", "convert", "bench", "app"):
        done = run_fresh(program, "--help", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"usage: fieldlens {program} ")


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    heavy = {"numpy", "cv2", "tensorflow", "tf_keras", "ai_edge_litert"}
    code = (
        IN_A_FRESH_PYTHON.replace("sys.exit(", "print(").replace("sys.argv[1:]", "['--help']")
        + f"; print({heavy!r} & set(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("0\nset()\n")


def test_help_starts_quickly(tmp_path: Path) -> None:
    """The goal is 0.15 s above Python's own start; a slow machine gets five times as much, of the processor's time."""

    def spent_s() -> float:
        spent = os.times()
        return spent.children_user + spent.children_system

    def best_s(*command: str) -> float:
        times_s = []
        for _ in range(3):
            start_s = spent_s()
            subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, check=True)
            times_s.append(spent_s() - start_s)
        return min(times_s)

    bare_s = best_s("-c", "pass")
    for words in (["--help"], ["app", "--help"]):
        assert best_s("-c", IN_A_FRESH_PYTHON, *words) - bare_s < 5 * 0.15
