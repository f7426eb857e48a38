"""Promises of calibration: training photographs or any folder, and a warning wherever they are not fit for it."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from convert.quantize.calibration import UNLABELLED, facts_of, from_folder, from_training
from convert.quantize.tflite import normalized, with_range_ends
from convert.run_folder import RunFolder, read_run_folder
from edge_app.common.errors import DataError
from edge_app.photographs.augmented_manifest import copy_name
from tests.conftest import Chain

LABELS = ("cat", "dog")


@pytest.fixture(scope="module")
def run(chain: Chain) -> RunFolder:
    return read_run_folder(chain.run)


def pictures(count: int, low: int = 0, high: int = 256) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(low, high, (count, 8, 8, 3), dtype=np.uint8)


def warnings_of(images_rgb: npt.NDArray[np.uint8], cats: int, **more: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    labels = ["cat"] * cats + ["dog"] * (len(images_rgb) - cats)
    return facts_of(images_rgb, labels, LABELS, "here", **more).warnings  # type: ignore[arg-type]  # of a dictionary


def test_fit_photographs_raise_no_doubt_and_their_facts_are_counted() -> None:
    facts = facts_of(pictures(200), ["cat", "dog"] * 100, LABELS, "here", training_rgb=pictures(60))
    assert facts.warnings == ()
    assert (facts.photographs, facts.per_label) == (200, {"cat": 100, "dog": 100})
    assert (facts.low, facts.high) == (2, 253)
    assert facts.range_coverage == pytest.approx(251 / 255)
    assert facts.mean == pytest.approx(127.5, abs=1)
    assert "200 photographs from here (100 cat, 100 dog); pixel values 2 to 253" in str(facts)


def test_few_photographs_are_doubted() -> None:
    (sentence,) = warnings_of(pictures(99), 50)
    assert "only 99 calibration photographs" in sentence


def test_one_class_and_a_rare_class_are_doubted() -> None:
    (sentence,) = warnings_of(pictures(200), 200)
    assert "show one class (cat)" in sentence
    (sentence,) = warnings_of(pictures(200), 195)
    assert sentence == "5 of 200 calibration photographs show dog: add some"


def test_un_normalised_and_flat_photographs_are_doubted() -> None:
    (sentence,) = warnings_of(pictures(200, 0, 2), 100)
    assert "99 % of the pixel values of the calibration photographs are at most 1 of 255" in sentence
    (sentence,) = warnings_of(pictures(200, 100, 130), 100)
    assert "little contrast" in sentence


def test_photographs_out_of_the_range_of_training_are_doubted() -> None:
    (sentence,) = warnings_of(pictures(200, 0, 120), 100, training_rgb=pictures(60))
    assert sentence.startswith("100% of the calibration photographs are outside the brightness range of the training")


def test_photographs_without_labels_are_not_blamed_for_their_classes() -> None:
    assert facts_of(pictures(200), [UNLABELLED] * 200, LABELS, "here").warnings == ()


def test_training_photographs_are_taken_class_by_class_and_only_originals(chain: Chain, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(chain.run, run)
    rows = (run / "splits.csv").read_text().splitlines()
    trained = [row for row in rows[1:] if row.endswith(",train")]
    copies = [f"{copy_name(row.split(',')[0], 1)},{row.split(',')[1]},train" for row in trained]
    (run / "splits.csv").write_text("\n".join([rows[0], *copies, *rows[1:]]) + "\n")  # the copies come first
    photographs = tmp_path / "photographs"
    shutil.copytree(chain.drawings, photographs)
    for row in copies[:200]:
        cv2.imwrite(str(photographs / row.split(",")[0]), np.zeros((48, 48, 3), np.uint8))
    found = from_training(read_run_folder(run, photographs), 120)
    assert found.facts.per_label == {"cat": 60, "dog": 60}
    assert found.images_rgb.shape == (120, 48, 48, 3)
    assert found.images_rgb.reshape(120, -1).max(axis=1).min() > 0  # no copy: those here are black
    assert found.facts.unreadable == 0


def test_any_folder_will_do_flat_or_a_folder_per_label(run: RunFolder, chain: Chain, tmp_path: Path) -> None:
    labelled = from_folder(run, chain.drawings, 100)
    assert sum(labelled.facts.per_label.values()) == 100
    assert min(labelled.facts.per_label["cat"], labelled.facts.per_label["dog"]) >= 25  # taken from all over
    assert labelled.facts.warnings == ()
    for number, path in enumerate(sorted((chain.drawings / "cat").iterdir())[:7]):
        shutil.copy(path, tmp_path / f"frame{number}.jpg")
    (tmp_path / "broken.jpg").write_text("no picture")
    flat = from_folder(run, tmp_path, 100)
    assert flat.facts.per_label == {UNLABELLED: 7}
    assert flat.facts.unreadable == 1
    assert [sentence[:6] for sentence in flat.facts.warnings] == ["only 7"]


def test_a_folder_without_pictures_is_one_sentence(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a folder; give a folder of photographs with --calibration"):
        from_folder(run, tmp_path / "nowhere")
    with pytest.raises(DataError, match="holds no pictures"):
        from_folder(run, tmp_path)
    (tmp_path / "broken.jpg").write_text("no picture")
    with pytest.raises(DataError, match="none of the 1 pictures"):
        from_folder(run, tmp_path)


def test_the_input_range_is_exact_by_two_pixels_and_the_other_pictures_stay() -> None:
    images = np.full((3, 4, 4, 3), 100, np.uint8)
    inputs = np.concatenate([one for (one,) in normalized(with_range_ends(images))])
    assert (inputs.min(), inputs.max()) == (-1.0, 1.0)
    assert inputs.shape == (3, 4, 4, 3)
    assert (np.abs(inputs) == 1.0).sum() == 6
    assert (images == 100).all()
