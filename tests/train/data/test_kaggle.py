"""Kaggle's command is a stand-in on the PATH: it takes the same words and writes such a ZIP file."""

from __future__ import annotations

import io
import os
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from train.__main__ import main

REDUX = "dogs-vs-cats-redux-kernels-edition"


def picture(seed: int) -> bytes:
    image = np.random.default_rng(seed).integers(0, 256, (8, 10, 3), np.uint8)
    return bytes(cv2.imencode(".png", image)[1])


def zipped(files: dict[str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return memory.getvalue()


def competition(tests: str, sample: str) -> dict[str, bytes]:
    labelled = {
        f"train/{label}.{n}.png": picture(n + 9 * (label == "dog")) for label in ("cat", "dog") for n in range(3)
    }
    unlabelled = {f"{tests}/{n}.png": picture(100 + n) for n in (1, 2)}
    return {
        sample: b"id,label\n1,0.5\n2,0.5\n",
        f"{tests}.zip": zipped(unlabelled),
        "train.zip": zipped(labelled),
        "readme.txt": b"rules",
    }


@pytest.fixture
def kaggle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of what Kaggle has, a ZIP file per competition; without it the stand-in refuses."""
    served, programs = tmp_path / "served", tmp_path / "bin"
    served.mkdir()
    programs.mkdir()
    program = programs / "kaggle"
    program.write_text(
        f"#!{sys.executable}\n"
        "import shutil, sys\n"
        "assert sys.argv[1:4] == ['competitions', 'download', '-c'] and sys.argv[5] == '-p', sys.argv\n"
        f"source = {str(served)!r} + '/' + sys.argv[4] + '.zip'\n"
        "try:\n"
        "    shutil.copy(source, sys.argv[6])\n"
        "except OSError:\n"
        "    sys.exit('403 - Forbidden - accept the rules of this competition')\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return served


@pytest.mark.parametrize(
    ("name", "called", "tests", "sample"),
    [
        ("dogs-vs-cats", "dogs-vs-cats", "test1", "sampleSubmission.csv"),
        ("dogs-vs-cats-redux", REDUX, "test", "sample_submission.csv"),
    ],
)
def test_a_competition_becomes_a_folder_that_trains_and_submits(
    name: str, called: str, tests: str, sample: str, kaggle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (kaggle / f"{called}.zip").write_bytes(zipped(competition(tests, sample)))
    out = tmp_path / "pets"
    assert main(["fetch", name, str(out), "--from", "kaggle"]) == 0
    told = capsys.readouterr().out
    assert "flat names, 6 picture files of 2 classes (cat 3, dog 3)" in told
    assert sorted(path.name for path in out.iterdir()) == sorted([tests, "train", "NOTICE.txt", sample])
    assert sorted(path.name for path in (out / tests).iterdir()) == ["1.png", "2.png"]
    assert f"https://www.kaggle.com/c/{called}" in (out / "NOTICE.txt").read_text()
    assert "readme.txt" in (out / "NOTICE.txt").read_text()
    assert not (tmp_path / "pets.kaggle").exists()


def test_what_kaggle_refuses_is_one_sentence_and_leaves_no_folder(
    kaggle: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["fetch", "dogs-vs-cats", str(tmp_path / "pets"), "--from", "kaggle"]) == 1
    told = capfd.readouterr().err
    assert "403 - Forbidden" in told
    assert "failed with exit code 1, and says why above; Kaggle wants a token, and its rules accepted at" in told
    assert not (tmp_path / "pets").exists()


def test_a_download_that_is_there_is_used_and_a_damaged_one_is_told(
    kaggle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, downloads = tmp_path / "pets", tmp_path / "pets.kaggle"
    downloads.mkdir()
    (downloads / "dogs-vs-cats.zip").write_bytes(b"half a zip")
    assert main(["fetch", "dogs-vs-cats", str(out), "--from", "kaggle"]) == 1
    assert "is not a valid ZIP file" in capsys.readouterr().err
    assert not out.exists()
    (downloads / "dogs-vs-cats.zip").write_bytes(zipped(competition("test1", "sampleSubmission.csv")))
    assert main(["fetch", "dogs-vs-cats", str(out), "--from", "kaggle", "--keep"]) == 0  # the stand-in has nothing
    assert (downloads / "dogs-vs-cats.zip").exists()


def test_an_archive_inside_that_leaves_its_folder_stops_everything(
    kaggle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {**competition("test1", "sampleSubmission.csv"), "train.zip": zipped({"../cat.1.png": picture(0)})}
    (kaggle / "dogs-vs-cats.zip").write_bytes(zipped(files))
    assert main(["fetch", "dogs-vs-cats", str(tmp_path / "pets"), "--from", "kaggle"]) == 1
    assert "outside the archive's folder" in capsys.readouterr().err
    assert not (tmp_path / "pets").exists()


@pytest.mark.parametrize(
    ("words", "sentence", "code"),
    [
        (("leaves",), "--from kaggle knows dogs-vs-cats and dogs-vs-cats-redux, received `leaves`", 2),
        (("dogs-vs-cats", "--url", "https://example.org/a.zip"), "--from kaggle needs none; drop them", 2),
    ],
)
def test_words_that_cannot_be_meant_are_one_sentence(
    words: tuple[str, ...], sentence: str, code: int, kaggle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *others = words
    assert main(["fetch", name, str(tmp_path / "pets"), "--from", "kaggle", *others]) == code
    assert sentence in capsys.readouterr().err


def test_without_kaggles_command_the_way_out_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["fetch", "dogs-vs-cats", str(tmp_path / "pets"), "--from", "kaggle"]) == 1
    assert "which is not installed; install it with: pip install kaggle" in capsys.readouterr().err
