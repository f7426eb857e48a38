"""Promises of `fieldlens convert` to wrong input."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from convert.__main__ import main
from tests.conftest import Chain

ROOT = Path(__file__).parent.parent.parent


def refusal(capsys: pytest.CaptureFixture[str], *words: str, code: int = 1) -> str:
    assert main(words) == code
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(lines) == 1
    return lines[0]


def copy_of(chain: Chain, tmp_path: Path) -> Path:
    return Path(shutil.copytree(chain.run, tmp_path / "run"))


def test_a_missing_run_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "does not exist; give a folder made by" in refusal(capsys, str(tmp_path / "nowhere"))


def test_a_folder_that_is_no_run_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is not a run folder (no run.json)" in refusal(capsys, str(tmp_path))


def test_an_existing_bundle_is_refused_and_kept(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pets-int8.tflite").write_text("precious")
    assert "exists already" in refusal(capsys, str(chain.run), "--out", str(tmp_path))
    assert (tmp_path / "pets-int8.tflite").read_text() == "precious"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "cannot be read"),
        ("[]", "is not a JSON object"),
        ('{"schema_version": 99}', "schema version 99, but this program reads version 1"),
        ('{"schema_version": 1}', "is damaged (KeyError('labels'))"),
    ],
)
def test_a_damaged_run_json_is_said(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, sentence: str
) -> None:
    run = copy_of(chain, tmp_path)
    (run / "run.json").write_text(content)
    assert sentence in refusal(capsys, str(run), "--out", str(tmp_path / "models"))
    assert not (tmp_path / "models").exists()


def test_a_run_without_its_saved_model_is_said(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = copy_of(chain, tmp_path)
    (run / "saved_model" / "saved_model.pb").write_bytes(b"broken")
    assert "cannot be loaded" in refusal(capsys, str(run), "--out", str(tmp_path / "models"))
    shutil.rmtree(run / "saved_model")
    assert "has no saved_model" in refusal(capsys, str(run), "--out", str(tmp_path / "models"))


def test_a_label_that_the_run_does_not_know_is_said(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = copy_of(chain, tmp_path)
    content = json.loads((run / "run.json").read_text())
    content["labels"] = ["cat", "horse"]
    (run / "run.json").write_text(json.dumps(content))
    assert "is damaged (KeyError('dog'))" in refusal(capsys, str(run), "--out", str(tmp_path / "models"))


def test_help_does_not_wait_for_tensorflow() -> None:
    code = "import sys; sys.modules['tensorflow'] = None; from convert.__main__ import main; main(['--help'])"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "python -m convert runs/pets" in told.stdout


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--recipes", "int9"], 2, "there is no recipe `int9`; did you mean int8?"),
        (["--calibration-photographs", "0"], 2, "--calibration-photographs must be at least 1, received 0"),
        (["--recipes", "float32", "--diagnose"], 2, "--diagnose examines the calibrated int8 file"),
        (["--calibration", "/nowhere"], 1, "`/nowhere` is not a folder; give a folder of photographs with"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_written(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, sentence: str
) -> None:
    assert sentence in refusal(capsys, str(chain.run), "--out", str(tmp_path / "models"), *words, code=code)
    assert list(tmp_path.iterdir()) == []


def test_photographs_that_are_gone_are_counted_and_named(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = copy_of(chain, tmp_path)
    rows = (run / "splits.csv").read_text().replace("cat/cat.0", "cat/gone.0")
    (run / "splits.csv").write_text(rows)
    told = refusal(capsys, str(run), "--out", str(tmp_path / "models"))
    assert " validation photographs of `" in told or " test photographs of `" in told
    assert "cat/gone.0" in told
    assert told.endswith("give their folder with --photos")
    assert not (tmp_path / "models").exists()


def test_a_run_without_test_photographs_is_said(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = copy_of(chain, tmp_path)
    (run / "splits.csv").write_text((run / "splits.csv").read_text().replace(",test", ",train"))
    assert "lists no test photographs" in refusal(capsys, str(run), "--out", str(tmp_path / "models"))


def test_a_bundle_that_cannot_be_written_is_one_sentence(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("precious")
    assert "the system refused `" in refusal(capsys, str(chain.run), "--out", str(tmp_path / "file" / "models"))
    assert (tmp_path / "file").read_text() == "precious"


def test_frames_of_a_device_calibrate_without_training_anew(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = tmp_path / "frames"
    frames.mkdir()
    for path in sorted((chain.drawings / "dog").iterdir())[:12]:
        shutil.copy(path, frames)
    out = tmp_path / "models"
    words = ["--recipes", "int8", "--calibration", str(frames), "--parity-photographs", "20", "--out", str(out)]
    main([str(chain.run), *words])  # 12 frames may well be too few to agree
    assert "warning: only 12 calibration photographs" in capsys.readouterr().out
    told = json.loads((out / "conversion.json").read_text())
    assert told["calibration"]["photographs"] == 12
    assert told["settings"]["calibration"] == str(frames)
