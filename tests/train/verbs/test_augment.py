"""Promises of `fieldlens train augment`: what it makes can be trained on, and wrong input is one sentence."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.photographs.augmented_manifest import read_manifest
from tests.train.offline.test_folder import hashes, write_photographs
from train.__main__ import main

ROOT = Path(__file__).parent.parent.parent.parent


def refusal(capsys: pytest.CaptureFixture[str], *words: str, code: int = 1) -> str:
    assert main(("augment", *words)) == code
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(lines) == 1
    return lines[0]


def test_what_it_makes_is_told_and_can_be_trained_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photographs, out, run = write_photographs(tmp_path / "photos", count=20), tmp_path / "out", tmp_path / "run"
    (photographs / "cat" / "text.jpg").write_text("no picture at all")  # trains
    assert main(("augment", str(photographs), str(out), "--copies", "2")) == 0
    copies = read_manifest(out)
    told = capsys.readouterr().out
    assert f"41 originals and {len(copies):,} augmented copies in {out}" in told
    assert "skipped 1 broken photographs:" in told
    assert "text.jpg` is not a picture" in told
    assert main((str(out), "--recipe", "tiny", "--epochs", "1", "--out", str(run))) == 0
    rows = list(csv.DictReader((run / "splits.csv").read_text().splitlines()))
    assert {row["split"] for row in rows if row["path"] in copies} == {"train"}
    assert {row["path"]: row["copy_of"] for row in rows if row["copy_of"]} == {
        file: copy.origin for file, copy in copies.items()
    }
    data = json.loads((run / "run.json").read_text())["data"]
    counts = data["counts"]
    assert data["augmented_copies"] == len(copies)
    assert counts["train"] == len(copies) // 2 * 3
    assert counts["validation"] + counts["test"] == 40 - len(copies) // 2


def test_only_flip_makes_mirror_images(tmp_path: Path) -> None:
    photographs, out = write_photographs(tmp_path / "photos"), tmp_path / "out"
    assert main(("augment", str(photographs), str(out), "--only", "flip", "--quality", "100")) == 0
    for copy in read_manifest(out).values():
        assert copy.operations == ({"op": "flip"},)
        original, mirrored = (cv2.imread(str(out / path)).ravel() for path in (copy.origin, copy.file))
        flipped = original.reshape(20, 30, 3)[:, ::-1].ravel()
        assert np.corrcoef(flipped, mirrored)[0, 1] > 0.5  # noise, of which a JPEG keeps the luminance
        assert abs(np.corrcoef(original, mirrored)[0, 1]) < 0.2


def test_a_hub_module_paints_and_the_manifest_names_the_style(tmp_path: Path) -> None:
    from tests.train.offline.test_style_hub import PICTURES, halfway, save

    photographs = tmp_path / "photos"
    for number in range(16):
        path = photographs / ("cat" if number % 2 else "dog") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(path), np.full((40, 40, 3), 2 * number, np.uint8))
    styles = tmp_path / "styles"
    styles.mkdir()
    for level in (100, 200):
        assert cv2.imwrite(str(styles / f"{level}.png"), np.full((9, 9, 3), level, np.uint8))
    words = ("--style-hub", save(tmp_path / "module", halfway, PICTURES, PICTURES), "--styles", str(styles))
    out = tmp_path / "out"
    assert main(("augment", str(photographs), str(out), "--copies", "2", "--only", "style", *words)) == 0
    copies = read_manifest(out)
    assert copies
    for copy in copies.values():
        (operation,) = copy.operations
        level = int(operation["style"].removesuffix(".png"))
        original, painted = (cv2.imread(str(out / path)) for path in (copy.origin, copy.file))
        assert np.abs(painted.astype(float) - (original / 2 + level / 2)).max() <= 3
    assert {copy.operations[0]["style"] for copy in copies.values()} == {"100.png", "200.png"}


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--copies", "0"), 2, "--copies must be from 1 to 10,000, received 0"),
        (("--rotate", "500"), 2, "augmentation needs rotation in degrees from 0 to 180, received 500"),
        (("--only", "flip,blur"), 2, "unknown operation `blur`; choose of flip,"),
        (("--only", "flip", "--zoom", "0.1"), 2, "zoom has a number and is not among the only operations"),
        (("--style-transfer",), 2, "--styles DIR and one of --style-transfer and --style-hub belong together"),
        (("--styles", "paintings"), 2, "--styles DIR and one of --style-transfer and --style-hub belong together"),
        (("--styles", "paintings", "--style-transfer", "--only", "flip"), 2, "`style` among --only and a way to paint"),
        (("--only", "style"), 2, "`style` among --only and a way to paint belong together"),
        (("--style-share", "2"), 2, "--style-share must be from 0 to 1, received 2"),
        (("--styles", "paintings", "--style-transfer"), 1, "`paintings` is not a folder; give --styles a folder"),
    ],
)
def test_impossible_options_are_one_sentence(
    words: tuple[str, ...], code: int, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photographs = write_photographs(tmp_path / "photos", count=1)
    assert sentence in refusal(capsys, str(photographs), str(tmp_path / "out"), *words, code=code)
    assert not (tmp_path / "out").exists()


def test_wrong_folders_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "does not exist" in refusal(capsys, str(tmp_path / "nowhere"), str(tmp_path / "out"))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "precious.txt").write_text("precious")
    photographs = write_photographs(tmp_path / "photos", count=1)
    assert "exists already" in refusal(capsys, str(photographs), str(tmp_path / "full"))
    assert (tmp_path / "full" / "precious.txt").read_text() == "precious"


def test_ctrl_c_leaves_the_older_folder(tmp_path: Path) -> None:
    out = tmp_path / "made" / "out"
    photographs = write_photographs(tmp_path / "photos")
    assert main(("augment", str(photographs), str(out))) == 0
    before = hashes(out)
    words = ["augment", str(photographs), str(out), "--copies", "2000", "--overwrite"]
    with subprocess.Popen(
        [sys.executable, "-m", "train", *words], cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 60
        while not list(out.parent.glob(".out-*.part/*/*fieldlens*")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(2)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert "interrupted" in told
    assert hashes(out) == before
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_help_names_every_operation_and_needs_no_tensorflow() -> None:
    code = (
        "import sys; sys.modules['tensorflow'] = sys.modules['cv2'] = None; "
        "from train.__main__ import main; main(['augment', '--help'])"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    for option in (
        "--flip",
        "--rotate",
        "--zoom",
        "--translate",
        "--crop",
        "--noise",
        "--equalize",
        "--clahe",
        "--erase",
    ):
        assert option in told.stdout
