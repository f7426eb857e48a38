"""Promises of the comparison with a bare interpreter: it sees a wrong feeding, a refusal, and what nobody documents."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.third_party.bare import FLOAT_BYTES, SYMMETRIC, UNIT, Feeding, fed
from benchmarks.experiments.third_party.compare import Photograph, compare_file, stated_for
from benchmarks.experiments.third_party.documented import Documented
from benchmarks.results.envelope import read_result
from benchmarks.results.third_party import ThirdParty
from edge_app.photographs.splits import sha256_of
from tests.models import COLOURS, FOLDER, SIDE

STRANGERS = FOLDER / "strangers"
FOLDED = STRANGERS / "bytes-folded.tflite"


def pictures(count: int = 60) -> list[Photograph]:
    """(32, 32, 3) uint8: colours with noise."""
    random = np.random.default_rng(0)
    noise = random.normal(0, 30, (count, SIDE, SIDE, 3)) + random.integers(0, 256, (count, 1, 1, 3))
    return [Photograph(f"{place}.png", one) for place, one in enumerate(noise.clip(0, 255).astype(np.uint8))]


def hash_of(path: Path) -> str:
    return sha256_of(path.read_bytes())


def test_fed_as_documented_both_give_the_same_labels() -> None:
    known = {hash_of(FOLDED): Documented("here", FLOAT_BYTES, "there", COLOURS)}
    tried = compare_file(FOLDED, known, pictures(), {})
    assert (tried.outcome, tried.same, tried.photographs, tried.disagreements) == ("equal", 60, 60, ())
    assert tried.labels_seen == 3
    assert (tried.origin, tried.source, tried.stated) == ("here", "there", "--labels FILE")
    assert any("small kernels" in sentence for sentence in tried.assumptions)


def test_what_the_app_feeds_otherwise_is_seen() -> None:
    known = {hash_of(FOLDED): Documented("here", UNIT, "a mistake", COLOURS)}
    tried = compare_file(FOLDED, known, pictures(), {})
    assert tried.outcome == "differs"
    assert tried.same == 60 - len(tried.disagreements) < 50
    assert all(one.bare == "red" != one.app for one in tried.disagreements)  # to numbers up to 1 all is dark
    assert all(one.app_score >= one.app_score_of_bare for one in tried.disagreements)


def test_what_a_user_has_to_say_is_told_with_what_comes_without_it() -> None:
    path = STRANGERS / "symmetric.tflite"
    blue_first = Feeding(mean=(150.0, 120.0, 90.0), std=(60.0,), blue_first=True)
    known = {hash_of(path): Documented("here", blue_first, "there", COLOURS, stated_for(blue_first))}
    tried = compare_file(path, known, pictures(), {})
    assert (tried.outcome, tried.stated) == ("equal", "--labels FILE --mean 150,120,90 --std 60 --bgr")
    assert tried.unstated_same is not None
    assert tried.unstated_same < 50
    assert "no normalization stated" in tried.unstated_sentence


def test_a_quantized_input_gets_numbers_as_its_scale_has_them() -> None:
    rgb = np.arange(12, dtype=np.uint8).reshape(2, 2, 3) * 20
    details = {"dtype": np.int8, "quantization": (2 / 255, -1)}
    np.testing.assert_allclose(fed(rgb, SYMMETRIC, details), rgb.astype(int) - 128, atol=1)
    np.testing.assert_array_equal(fed(rgb, Feeding(raw=True), details), rgb.astype(int) - 128)


def test_a_folder_is_compared_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {hash_of(FOLDED): Documented("here", FLOAT_BYTES, "there", "colours.txt")}
    monkeypatch.setattr("benchmarks.experiments.third_party.run.DOCUMENTED", known)
    models, photos, out = tmp_path / "models", tmp_path / "photos", tmp_path / "result.json"
    for folder in (models / "labels", photos):
        folder.mkdir(parents=True)
    (models / "labels" / "colours.txt").write_text("\n".join(COLOURS))
    for name in ("bytes-folded", "bytes_edgetpu", "symmetric"):
        (models / f"{name}.tflite").write_bytes((STRANGERS / f"{name}.tflite").read_bytes())
    for picture in pictures(8):
        cv2.imwrite(str(photos / picture.name), picture.frame_bgr)
    words = [str(models), "--photos", str(photos), "--count", "6", "--out", str(out)]
    assert main(["experiment", "third-party", *words]) == 0
    folded, edge_tpu, unknown = read_result(out, ThirdParty).files
    assert (folded.outcome, folded.same, folded.photographs) == ("equal", 6, 6)
    assert edge_tpu.outcome == "refused"
    assert edge_tpu.sentence.startswith("`bytes_edgetpu.tflite` is compiled for a Coral Edge TPU")
    assert (unknown.outcome, unknown.origin) == ("refused", "")
    assert "has no labels" in unknown.sentence
    assert "6 of 6" in capsys.readouterr().out
    known[hash_of(FOLDED)] = Documented("here", SYMMETRIC, "a mistake", "colours.txt")
    assert main(["experiment", "third-party", *words, "--overwrite"]) == 1


def test_folders_without_models_or_photographs_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["experiment", "third-party", str(tmp_path), "--photos", str(tmp_path), "--out", str(tmp_path / "r.json")]
    assert main(words) == 1
    assert "has no picture that can be read" in capsys.readouterr().err
    cv2.imwrite(str(tmp_path / "one.png"), np.zeros((9, 9, 3), np.uint8))
    assert main(words) == 1
    assert "no .tflite file is below" in capsys.readouterr().err
