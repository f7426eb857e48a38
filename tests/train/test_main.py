"""Promises of `fieldlens train` to wrong input: one sentence, an exit code that is not 0, nothing lost."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from train.__main__ import main

ROOT = Path(__file__).parent.parent.parent


def write_photographs(folder: Path, labels: tuple[str, ...], count: int) -> Path:
    rng = np.random.default_rng(0)
    for label in labels:
        (folder / label).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            image = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
            assert cv2.imwrite(str(folder / label / f"{number}.png"), image)
    return folder


def refusal(capsys: pytest.CaptureFixture[str], *words: str, code: int = 1) -> str:
    assert main(words) == code
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(lines) == 1
    return lines[0]


def test_a_missing_folder_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "does not exist; give a folder of photographs" in refusal(capsys, str(tmp_path / "nowhere"))


def test_an_empty_folder_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "photos").mkdir()
    assert "holds no pictures" in refusal(capsys, str(tmp_path / "photos"), "--out", str(tmp_path / "run"))


def test_one_class_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photographs = write_photographs(tmp_path / "photos", ("cat",), 3)
    assert "holds one class (`cat`, 3 pictures) and two are needed" in refusal(
        capsys, str(photographs), "--out", str(tmp_path / "run")
    )


def test_a_folder_too_high_up_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_photographs(tmp_path / "download" / "PetImages", ("cat", "dog"), 3)
    sentence = refusal(capsys, str(tmp_path / "download"), "--out", str(tmp_path / "run"))
    assert f"did you mean `{tmp_path / 'download' / 'PetImages'}`?" in sentence


def test_too_few_photographs_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photographs = write_photographs(tmp_path / "photos", ("cat", "dog"), 1)
    assert "too few" in refusal(capsys, str(photographs), "--recipe", "tiny", "--out", str(tmp_path / "run"))


def test_nothing_but_broken_files_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for label in ("cat", "dog"):
        for number in range(30):
            path = tmp_path / "photos" / label / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"text {label} {number}")
    sentence = refusal(capsys, str(tmp_path / "photos"), "--recipe", "tiny", "--out", str(tmp_path / "run"))
    assert "too few readable pictures" in sentence
    assert "files are broken; the first:" in sentence
    assert not (tmp_path / "run").exists()


def test_an_existing_run_is_refused_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photographs = write_photographs(tmp_path / "photos", ("cat", "dog"), 1)
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").write_text("{}")
    (run / "model.h5").write_text("precious")
    assert "exists already" in refusal(capsys, str(photographs), "--out", str(run))
    assert (run / "model.h5").read_text() == "precious"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--recipe", "resnet"), "`resnet` is none of mobilenet_v2, mobilenet_v2_small"),
        (("--recipe", "tiny", "--epochs", "0"), "needs epochs from 1 to 100000, received 0"),
        (("--image-size", "8"), "needs image size from 32 to 2048, received 8"),
        (("--learning-rate", "-1"), "needs learning rate above 0, received -1.0; try 0.001"),
        (("--recipe", "tiny", "--head-epochs", "5"), "--head-epochs applies to networks with pretrained weights only"),
        (("--recipe", "tiny", "--hub", "x"), "--hub applies to hub only: it would change nothing"),
        (
            ("--recipe", "hub", "--hub", "x", "--fine-tune-from", "y"),
            "networks whose layers can be told apart only",
        ),
        (("--recipe", "hub", "--hub", "x", "--block-rate", "0.5"), "leave it out, or add --hub-trainable"),
        (("--weights", "none", "--head-epochs", "3"), "--head-epochs applies to networks with pretrained weights only"),
        (("--filters", "8,8"), "--filters applies to custom_cnn only"),
        (("--no-batch-norm",), "--no-batch-norm applies to custom_cnn only"),
        (("--recipe", "inception_v3", "--width", "0.5"), "--width applies to mobilenet_v2 only"),
        (("--weight-decay", "0.1"), "leave it out, or add --optimizer adamw"),
        (("--views", "2"), "leave it out, or add --teacher RUN"),
        (("--recipe", "tiny", "--weights", "x.h5"), "--weights applies to networks with pretrained weights only"),
        (("--seed", "-1"), "a whole number from 0 to 4294967295 is needed, received `-1`"),
        (("--replicas", "many"), "a whole number from 0 to 1024 is needed, received `many`"),
        (("--teacher", "run", "--out", "run/../run"), "is the teacher and would be replaced by its student"),
    ],
)
def test_impossible_settings_are_said(
    words: tuple[str, ...], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main([str(tmp_path), *words])
    except SystemExit as error:
        code = int(str(error.code))
    assert code == (1 if "teacher" in words[0] else 2)
    assert sentence in capsys.readouterr().err


def test_a_run_among_the_photographs_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photographs = write_photographs(tmp_path / "photos", ("cat", "dog"), 2)
    assert "is inside the photographs" in refusal(capsys, str(photographs), "--out", str(photographs / "runs" / "one"))


@pytest.mark.parametrize("place", [".", "neither", "neither/deeper"])
def test_pictures_of_anything_else_among_the_photographs_are_said(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photographs = write_photographs(tmp_path / "photos", ("cat", "dog", "neither"), 2)
    sentence = refusal(capsys, str(photographs), "--neither", str(photographs / place), "--out", str(tmp_path / "run"))
    assert "are among the photographs" in sentence
    assert "move them to a folder beside it" in sentence


def test_absent_weights_name_the_three_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    photographs = write_photographs(tmp_path / "photos", ("cat", "dog"), 30)
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")  # nobody listens: this machine is offline
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    sentence = refusal(capsys, str(photographs), "--image-size", "32", "--out", str(tmp_path / "run"))
    assert str(tmp_path / ".keras" / "models") in sentence
    for way in ("put the file there", "--weights FILE", "go online"):
        assert way in sentence
    wrong = tmp_path / "wrong.h5"
    wrong.write_text("no weights")
    sentence = refusal(
        capsys, str(photographs), "--image-size", "32", "--weights", str(wrong), "--out", str(tmp_path / "run")
    )
    assert "does not fit MobileNetV2" in sentence


def test_a_disk_that_fills_up_is_one_sentence_and_leaves_the_older_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error is the one that TensorFlow raised on a real full disk."""
    import tensorflow as tf

    def save_to_full_disk(*_arguments: object) -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "best_temp/part-00000; No space left on device [Op:SaveV2]")

    monkeypatch.setattr("train.job.save_model", save_to_full_disk)
    photographs = write_photographs(tmp_path / "photos", ("cat", "dog"), 30)
    run = tmp_path / "runs" / "pets"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}")
    (run / "model.h5").write_text("precious")
    words = ("--recipe", "tiny", "--epochs", "1", "--out", str(run), "--overwrite")
    assert "the disk is full: could not write" in refusal(capsys, str(photographs), *words)
    assert (run / "model.h5").read_text() == "precious"
    assert sorted(path.name for path in run.parent.iterdir()) == ["pets", "pets.unfinished"]


def test_ctrl_c_leaves_the_older_run(tmp_path: Path, drawings: Path) -> None:
    run = tmp_path / "runs" / "pets"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}")
    (run / "model.h5").write_text("precious")
    words = [str(drawings), "--recipe", "tiny", "--epochs", "500", "--out", str(run), "--overwrite"]
    with subprocess.Popen(
        [sys.executable, "-m", "train", *words], cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        told = ""
        deadline = time.monotonic() + 120
        while "training 1:" not in told:
            assert time.monotonic() < deadline
            told += process.stderr.readline()
        process.send_signal(2)
        _, rest = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in rest
    assert "interrupted" in rest
    assert "and --resume" in rest
    assert (run / "model.h5").read_text() == "precious"
    assert sorted(path.name for path in run.parent.iterdir()) == ["pets", "pets.unfinished"]


def test_help_does_not_wait_for_tensorflow() -> None:
    code = "import sys; sys.modules['tensorflow'] = None; from train.__main__ import main; main(['--help'])"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "--recipe mobilenet_v2" in told.stdout
