"""Promises of a split that folders give: it is kept, what is missing comes from training, nothing that trains tests."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.measure.accuracy.measure import choose_photographs, trained_by_bytes, why_no_accuracy
from convert.__main__ import main as main_of_convert
from convert.doctor.photographs import take_sample
from edge_app.common.errors import DataError
from edge_app.model.card import ModelCard, Size, read_own_card
from edge_app.model.run_folder import read_trained_run
from edge_app.photographs.folders import find_photographs
from edge_app.photographs.groups import GroupedFile, format_manifest
from edge_app.photographs.splits import sha256_of, split_of
from tests.train.data.test_splits import noisy, write
from train.__main__ import main
from train.compression.finished_run import read_finished_run, recorded_photographs
from train.data.loading import SplitReader, hash_files
from train.data.splits import SplitFile, data_sha256, given_split_sentences
from train.fitting.way import choose_way
from train.models.registry import recipes
from train.offline.folder import CopyPlan, augment_folder
from train.offline.settings import OfflineAugmentation
from train.recipes import Recipe


def write_parts(root: Path, **counts: int) -> Path:
    """Write so many different pictures of red and blue into each part."""
    first = 0
    for part, count in counts.items():
        write(root / part, first, red=count, blue=count)
        first += count
    return root


def hashed(root: Path) -> list[SplitFile]:
    return hash_files(find_photographs(root))[0]


def parts_of(files: list[SplitFile]) -> Counter[tuple[str, str]]:
    return Counter((file.path.split("/")[0], file.split) for file in files)


def test_a_complete_split_is_kept_whatever_the_bytes_say(tmp_path: Path) -> None:
    files = hashed(write_parts(tmp_path, train=30, val=10, test=20))
    assert parts_of(files) == {("train", "train"): 60, ("val", "validation"): 20, ("test", "test"): 40}
    assert given_split_sentences(files) == []


def test_validation_photographs_that_are_missing_are_taken_from_training_by_the_usual_rule(tmp_path: Path) -> None:
    of_test = parts_of(hashed(write_parts(tmp_path / "a", train=30, test=10)))
    assert of_test == {("train", "train"): 54, ("train", "validation"): 6, ("test", "test"): 20}
    of_keras = parts_of(hashed(write_parts(tmp_path / "b", train=40, validation=20)))
    assert of_keras == {("train", "train"): 72, ("train", "validation"): 8, ("validation", "test"): 40}
    many = hashed(write_parts(tmp_path / "c", train=120, test=2))
    assert all(
        (file.split == "validation") == (file.given == "train" and split_of(file.sha256) == "validation")
        for file in many
    )


def test_a_photograph_in_two_given_splits_trains_and_is_said(tmp_path: Path) -> None:
    write_parts(tmp_path, train=20, val=5, test=10)
    (tmp_path / "test" / "red" / "leak.png").write_bytes(noisy("red", 0))
    files = hashed(tmp_path)
    assert [file.split for file in files if file.path == "test/red/leak.png"] == ["train"]
    assert given_split_sentences(files) == [
        "1 file is byte for byte in several of the given splits, and used in the first alone: what trains neither "
        "validates nor tests"
    ]
    tested = [path.name for path, _ in choose_photographs(tmp_path, False, by_bytes=False).files]
    assert len(tested) == 20
    assert "leak.png" not in tested


def test_groups_do_not_override_a_given_split_but_are_said(tmp_path: Path) -> None:
    files = hashed(write_parts(tmp_path, train=20, val=5, test=10))
    group = [file for file in files if file.path.split("/")[-1] in ("0.png", "30.png") and file.label == "red"]
    assert {file.split for file in group} == {"train", "test"}
    rows = [GroupedFile(file.path, file.sha256, group[0].sha256) for file in group]
    (tmp_path / "groups.csv").write_bytes(format_manifest(rows))
    again = hashed(tmp_path)
    assert {file.path: file.split for file in again} == {file.path: file.split for file in files}
    assert given_split_sentences(again) == [
        "1 group of photographs that belong together is in several of the given splits, so the accuracy may be too "
        "high; the folders decide all the same"
    ]


def test_moving_a_photograph_to_another_part_is_another_data_set(tmp_path: Path) -> None:
    files = hashed(write_parts(tmp_path, train=20, val=5, test=10))
    moved = [replace(file, given="test") if file.path == "val/red/20.png" else file for file in files]
    assert data_sha256(moved) != data_sha256(files)


def test_augmented_copies_train_where_their_originals_do(tmp_path: Path) -> None:
    photographs = write_parts(tmp_path / "photos", train=20, test=10)
    augment_folder(photographs, tmp_path / "out", CopyPlan(OfflineAugmentation(), copies=1))
    files, skipped = hash_files(find_photographs(tmp_path / "out"))
    assert not skipped
    copies = [file for file in files if file.copy_of]
    assert len(copies) == 36  # 4 of the 40 validate
    assert {file.split for file in copies} == {"train"}
    assert [file for file in files if not file.copy_of] == hashed(photographs)


def test_without_a_training_part_there_is_nothing_to_train_on(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds test/ and val/ but no train/, so there is nothing to train on"):
        SplitReader(find_photographs(write_parts(tmp_path, val=9, test=9)), 32)


def pretrained() -> Recipe:
    return recipes()["mobilenet_v2"]


def test_given_test_photographs_are_kept_below_100_per_class_and_folds_override_them(tmp_path: Path) -> None:
    reader = SplitReader(find_photographs(write_parts(tmp_path, train=20, val=5, test=10)), 32)
    way = choose_way("auto", reader.usable, reader.labels, pretrained(), "imagenet")
    assert (way.folds, way.tests) == (True, True)
    reader.train_on_all_but_test()
    assert reader.counts() == {"train": 50, "validation": 0, "test": 20}
    assert reader.split_sentences() == ["the folders give the split: train/ trains, val/ validates, test/ tests"]
    assert reader.description()["given_split"] == {"test": "test", "train": "train", "val": "validation"}
    assert choose_way("folds", reader.usable, reader.labels, pretrained(), "imagenet").folds
    reader.train_on_all()
    assert reader.counts() == {"train": 70, "validation": 0, "test": 0}
    assert (reader.description()["given_split"], reader.split_sentences()) == ({}, [])


def test_a_model_of_the_bytes_is_tested_on_what_is_test_by_both(tmp_path: Path) -> None:
    write_parts(tmp_path, train=20, val=5, test=40)
    chosen = choose_photographs(tmp_path, False).files
    assert 0 < len(chosen) < 80
    assert all(path.parts[-3] == "test" and split_of(sha256_of(path.read_bytes())) == "test" for path, _ in chosen)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained on Keras' layout; all that it printed is in `printed.txt`."""
    root = tmp_path_factory.mktemp("given")
    write_parts(root / "photos", train=30, validation=20)
    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr("builtins.print", lambda *words, **_: lines.append(" ".join(map(str, words))))
        assert main([str(root / "photos"), "--recipe", "tiny", "--epochs", "1", "--out", str(root / "run")]) == 0
    (root / "printed.txt").write_text("\n".join(lines))
    return root / "run"


def test_console_run_and_report_say_the_given_split(run: Path) -> None:
    sentence = "the folders give the split: train/ trains, validation/ tests, because there is no test/"
    assert sentence in (run.parent / "printed.txt").read_text()
    assert sentence in (run / "report.html").read_text()
    data = json.loads((run / "run.json").read_text())["data"]
    assert data["given_split"] == {"train": "train", "validation": "test"}
    assert data["counts"] == {"train": 54, "validation": 6, "test": 40}
    assert json.loads((run / "metrics.json").read_text())["test"]["photographs"] == 40
    assert recorded_photographs(read_finished_run(run))[1] == []


def test_the_card_keeps_it_so_that_no_training_photograph_ever_tests(run: Path) -> None:
    photographs = run.parent / "photos"
    tested = {
        path.relative_to(photographs).as_posix() for path, _ in choose_photographs(photographs, False, {}, False).files
    }
    recorded = read_trained_run(run).recorded_files()
    assert tested == {file.path for file in recorded if file.split == "test"}
    assert main_of_convert([str(run), "--recipes", "float32", "--out", str(run.parent / "models")]) == 0
    (model,) = (run.parent / "models").glob("*.tflite")
    card = read_own_card(model)
    assert card.given_split
    assert not trained_by_bytes(card)
    assert card.accuracy is not None
    assert card.accuracy.data == "test split (validation/) of photos"
    assert why_no_accuracy(card, choose_photographs(photographs, False)) == ""
    assert "give the folder that holds train/ and test/" in why_no_accuracy(
        card, choose_photographs(photographs / "train", False)
    )
    assert why_no_accuracy(card, choose_photographs(photographs / "train", True)) == ""
    sample = take_sample(find_photographs(photographs), card, 100, True)
    assert (len(sample.targets), sample.description) == (40, "test split of photos")
    with pytest.raises(DataError, match="give the folder that holds them"):
        take_sample(find_photographs(photographs / "train"), card, 100, True)


def test_cards_say_a_given_split_only_where_there_is_one() -> None:
    card = ModelCard("pets", ("cat", "dog"), Size(32, 32), "float32")
    assert "given_split" not in card.to_json()
    assert ModelCard.from_json(replace(card, given_split=True).to_json()).given_split
    with pytest.raises(ValueError, match="expected true or false"):
        ModelCard.from_json(card.to_json().replace('"name"', '"given_split": 3, "name"'))
