"""Promises of the augmented folder: originals as they were, copies of training photographs only, and nothing leaks."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.measure.accuracy.measure import choose_photographs
from edge_app.common.errors import DataError, FieldLensError, OutputError, PhotographError, UsageError
from edge_app.photographs.augmented_manifest import MANIFEST_NAME, is_copy_name, read_manifest
from edge_app.photographs.decoder import read_photograph
from edge_app.photographs.folders import find_photographs
from edge_app.photographs.splits import sha256_of, split_of
from train.data.loading import hash_files
from train.offline.folder import AugmentedFolder, CopyPlan, augment_folder, encode_jpeg
from train.offline.operation import Operation
from train.offline.operations import apply_operations
from train.offline.settings import OfflineAugmentation

PLAN = CopyPlan(OfflineAugmentation(), copies=2, seed=5)
FLAT, FOLDERS = "{label}.{number}.png", "{label}/{number}.png"


def write_photographs(root: Path, names: str = FOLDERS, count: int = 12, salt: int = 0) -> Path:
    for place, label in enumerate(("cat", "dog")):
        for number in range(count):
            path = root / names.format(label=label, number=number)
            path.parent.mkdir(parents=True, exist_ok=True)
            rng = np.random.default_rng((salt, place, number))
            assert cv2.imwrite(str(path), rng.integers(0, 256, (20, 30, 3), np.uint8))
    return root


def hashes(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): sha256_of(path.read_bytes()) for path in root.rglob("*.*") if path.is_file()
    }


def split_of_file(path: Path) -> str:
    return split_of(sha256_of(path.read_bytes()))


@pytest.mark.parametrize("names", [FLAT, FOLDERS])
def test_the_folder_is_the_originals_byte_for_byte_and_copies_of_those_that_train(names: str, tmp_path: Path) -> None:
    photographs, out = write_photographs(tmp_path / "photos", names), tmp_path / "out"
    before = hashes(photographs)
    done = augment_folder(photographs, out, PLAN)
    after = hashes(out)
    assert hashes(photographs) == before
    assert {path: after[path] for path in before} == before
    new = {path for path in set(after) - set(before) if path.endswith(".jpg")}
    assert set(after) - set(before) - new == {"augmented.csv", "augmented.html"}
    training = [file.path for file in hash_files(find_photographs(photographs))[0] if file.split == "train"]
    assert done.originals == 24
    assert len(new) == len(done.copies) == 2 * len(training)
    assert Counter(copy.origin for copy in done.copies) == dict.fromkeys(training, 2)
    assert {copy.file for copy in done.copies} == new


@pytest.mark.parametrize("names", [FLAT, FOLDERS])
@settings(max_examples=5, deadline=None)
@given(salt=st.integers(0, 10**6), seed=st.integers(0, 2**31 - 1))
def test_nothing_leaks_into_validation_or_test(
    names: str, salt: int, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """End to end: what validates, what tests and what a benchmark judges on are the same as without copies."""
    folder = tmp_path_factory.mktemp("leak")
    photographs, out = write_photographs(folder / "photos", names, salt=salt), folder / "out"
    augment_folder(photographs, out, CopyPlan(OfflineAugmentation(), copies=3, seed=seed))
    splits = {}
    for root in (photographs, out):
        files, skipped = hash_files(find_photographs(root))
        assert not skipped
        splits[root] = {file.path: file for file in files}
    originals, everything = splits[photographs], splits[out]
    assert {path: everything[path] for path in originals} == originals
    copies = [file for path, file in everything.items() if path not in originals]
    assert len(copies) == 3 * sum(file.split == "train" for file in originals.values())
    assert {file.split for file in copies} == {"train"}
    assert {split_of_file(out / file.path) for file in copies} != {"train"}  # taken by their own bytes they would leak
    for all_of_them in (False, True):
        before, after = (choose_photographs(root, all_of_them) for root in (photographs, out))
        assert after.labels == before.labels == ("cat", "dog")
        assert [(path.relative_to(out), label) for path, label in after.files] == [
            (path.relative_to(photographs), label) for path, label in before.files
        ]


def test_copies_of_a_photograph_that_has_left_the_training_split_are_left_out(tmp_path: Path) -> None:
    """Photographs that are added to a small class move its cuts; a copy never tests, nor trains beside its original."""
    out = tmp_path / "out"
    augment_folder(write_photographs(tmp_path / "photos", count=12), out, PLAN)
    write_photographs(out, count=90)
    files, skipped = hash_files(find_photographs(out))
    by_path = {file.path: file for file in files}
    assert {by_path[file.copy_of].split for file in files if file.copy_of} == {"train"}
    moved = [copy for copy in read_manifest(out).values() if by_path[copy.origin].split != "train"]
    assert moved
    assert len(skipped) == len(moved)
    assert all("its original is not a training photograph, so it is left out" in sentence for sentence in skipped)
    assert not {copy.file for copy in moved} & set(by_path)


def test_training_and_benchmarks_refuse_a_photograph_that_changed_under_its_copies(tmp_path: Path) -> None:
    """Saved anew, a photograph may fall into the test split while its old copies train."""
    out = tmp_path / "out"
    done = augment_folder(write_photographs(tmp_path / "photos"), out, PLAN)
    origin = out / done.copies[0].origin
    image = read_photograph(origin)
    origin.unlink()  # it is a hard link
    image[0, 0] ^= 1
    assert cv2.imwrite(str(origin), image)
    for use in (lambda: hash_files(find_photographs(out)), lambda: choose_photographs(out, False)):
        with pytest.raises(DataError, match="has changed since its copies were made"):
            use()


def test_the_manifest_says_exactly_what_was_done(tmp_path: Path) -> None:
    """Doing it again to the original gives the same file, byte for byte."""
    out = tmp_path / "out"
    augment_folder(write_photographs(tmp_path / "photos"), out, PLAN)
    with (out / MANIFEST_NAME).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        image = read_photograph(out / row["origin"])
        operations = [Operation.from_json(content) for content in json.loads(row["operations"])]
        assert encode_jpeg(apply_operations(image, operations), 95) == (out / row["file"]).read_bytes()
        assert row["origin_sha256"] == hashlib.sha256((out / row["origin"]).read_bytes()).hexdigest()
        assert row["seed"] == "5"
    assert len({row["operations"] for row in rows}) == len(rows)


def test_a_copy_depends_on_the_seed_and_on_its_own_photograph_alone(tmp_path: Path) -> None:
    """Other names, other neighbours, another place in the order: the same pixels."""
    augment_folder(write_photographs(tmp_path / "photos"), tmp_path / "out", PLAN)
    others = write_photographs(tmp_path / "others", salt=1)
    for number in range(12):
        source = tmp_path / "photos" / "dog" / f"{number}.png"
        (others / "dog" / f"a{99 - number}.png").write_bytes(source.read_bytes())
    augment_folder(others, tmp_path / "out2", PLAN)
    augment_folder(others, tmp_path / "out3", CopyPlan(OfflineAugmentation(), copies=2, seed=6))
    compared = 0
    for number in range(12):
        for copy in (1, 2):
            one = tmp_path / "out" / "dog" / f"{number}-png.fieldlens-copy-{copy}.jpg"
            if one.exists():
                name = f"dog/a{99 - number}-png.fieldlens-copy-{copy}.jpg"
                assert (tmp_path / "out2" / name).read_bytes() == one.read_bytes()
                assert (tmp_path / "out3" / name).read_bytes() != one.read_bytes()
                compared += 1
    assert compared > 4


def test_originals_take_no_room_where_links_are_possible_and_are_copied_where_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photographs = write_photographs(tmp_path / "photos")
    (photographs / "cat" / "link.png").symlink_to(photographs / "cat" / "0.png")
    augment_folder(photographs, tmp_path / "linked", PLAN)
    assert (tmp_path / "linked" / "cat" / "0.png").samefile(photographs / "cat" / "0.png")
    assert not (tmp_path / "linked" / "cat" / "link.png").is_symlink()

    def refuse(*_arguments: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    augment_folder(photographs, tmp_path / "copied", PLAN)
    assert not (tmp_path / "copied" / "cat" / "0.png").samefile(photographs / "cat" / "0.png")
    images = {name: hashes(tmp_path / name) for name in ("linked", "copied")}
    for content in images.values():
        del content["augmented.html"]  # it names its folder
    assert images["linked"] == images["copied"]


def test_broken_photographs_have_no_copies_and_are_listed(tmp_path: Path) -> None:
    photographs = write_photographs(tmp_path / "photos")
    number = 0
    while split_of(sha256_of(f"no picture {number}".encode())) != "train":
        number += 1
    (photographs / "cat" / "broken.jpg").write_text(f"no picture {number}")
    done = augment_folder(photographs, tmp_path / "out", PLAN)
    assert len(done.skipped) == 1
    assert "broken.jpg` is not a picture" in done.skipped[0]
    assert not [copy for copy in done.copies if "broken" in copy.file]
    assert "broken.jpg" in (tmp_path / "out" / "augmented.html").read_text()
    assert (tmp_path / "out" / "cat" / "broken.jpg").exists()  # an original like the others; training will skip it


def test_a_photograph_that_cannot_be_a_jpeg_is_skipped_whole(tmp_path: Path) -> None:
    with pytest.raises(PhotographError, match="70000×1 pixels do not fit into a JPEG"):
        encode_jpeg(np.zeros((1, 70_000, 3), np.uint8), 95)
    photographs = write_photographs(tmp_path / "photos")
    shade = 0
    while True:  # until it trains
        encoded = cv2.imencode(".png", np.full((1, 70_000, 3), shade, np.uint8))[1].tobytes()
        if split_of(sha256_of(encoded)) == "train":
            break
        shade += 1
    (photographs / "cat" / "long.png").write_bytes(encoded)
    done = augment_folder(photographs, tmp_path / "out", PLAN)
    assert len(done.skipped) == 1
    assert "long.png" in done.skipped[0]
    assert not list((tmp_path / "out").rglob("long*copy*"))


@pytest.mark.parametrize("out", ["photos", "photos/out", "."])
def test_folders_inside_one_another_are_refused_and_nothing_is_lost(out: str, tmp_path: Path) -> None:
    photographs = write_photographs(tmp_path / "photos", count=3)
    before = hashes(photographs)
    with pytest.raises(OutputError, match="the same or inside one another"):
        augment_folder(photographs, tmp_path / out, PLAN, overwrite=True)
    assert hashes(photographs) == before


def test_an_augmented_folder_is_not_augmented_again(tmp_path: Path) -> None:
    augment_folder(write_photographs(tmp_path / "photos"), tmp_path / "out", PLAN)
    with pytest.raises(DataError, match="has augmented copies already; give the folder that they were made from"):
        augment_folder(tmp_path / "out", tmp_path / "again", PLAN)
    assert not (tmp_path / "again").exists()


def test_a_fault_in_mid_work_leaves_what_was_there_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    photographs = write_photographs(tmp_path / "photos")
    augment_folder(photographs, out, PLAN)
    before = hashes(out)

    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("train.offline.folder.write_page", interrupt)
    with pytest.raises(KeyboardInterrupt):
        augment_folder(photographs, out, CopyPlan(OfflineAugmentation(), copies=1), overwrite=True)
    assert hashes(out) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "photos"]


@pytest.mark.parametrize("numbers", [{"copies": 0}, {"copies": 1, "seed": -1}, {"copies": 1, "quality": 0}])
def test_impossible_plans_are_refused(numbers: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="must be from"):
        CopyPlan(OfflineAugmentation(), **numbers)


def test_a_plan_of_text_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--copies must be a whole number, received '3'"):
        CopyPlan(OfflineAugmentation(), copies="3")  # type: ignore[arg-type]


def test_nothing_readable_is_said(tmp_path: Path) -> None:
    for number in range(30):
        path = tmp_path / "photos" / ("cat" if number % 2 else "dog") / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"text {number}")
    with pytest.raises(FieldLensError, match="no readable picture to train on; the first: "):
        augment_folder(tmp_path / "photos", tmp_path / "out", PLAN)
    assert not (tmp_path / "out").exists()


def test_copies_and_manifest_agree(tmp_path: Path) -> None:
    done: AugmentedFolder = augment_folder(write_photographs(tmp_path / "photos"), tmp_path / "out", PLAN)
    assert read_manifest(tmp_path / "out") == {copy.file: copy for copy in done.copies}
    assert all(is_copy_name(copy.file) for copy in done.copies)
