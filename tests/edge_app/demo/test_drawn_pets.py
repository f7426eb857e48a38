"""The drawn data set and the drawn camera: repeatable, balanced, readable."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.common.errors import OutputError, UsageError
from edge_app.demo.drawn_pets import (
    CLASSES,
    FRAMES_PER_PET,
    DrawnCamera,
    draw_pet,
    drawn_frame,
    drawn_pet,
    write_drawings,
)
from edge_app.demo.faces import paint_pet
from edge_app.demo.looks import EAR_KINDS, SHAPES, random_pet
from edge_app.photographs.decoder import read_photograph


def test_the_classes_are_cat_and_dog_in_this_order() -> None:
    assert CLASSES == ("cat", "dog")


def test_both_classes_are_told_by_the_same_measures() -> None:
    assert list(SHAPES["cat"]) == list(SHAPES["dog"])
    assert [sum(EAR_KINDS[label].values()) for label in CLASSES] == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize("size", [32, 64, 97, 128])
@pytest.mark.parametrize("label", CLASSES)
def test_a_drawing_is_a_square_of_bgr_bytes(label: str, size: int) -> None:
    image = draw_pet(np.random.default_rng(1), label, size)
    assert image.shape == (size, size, 3)
    assert image.dtype == np.uint8
    assert image.std() > 5.0


def test_the_same_seed_and_number_give_the_same_drawing_in_any_order() -> None:
    first = [drawn_pet(3, index, 48)[0] for index in (0, 1, 2)]
    again = [drawn_pet(3, index, 48)[0] for index in (2, 1, 0)]
    for image, same in zip(first, reversed(again), strict=True):
        np.testing.assert_array_equal(image, same)


def test_another_seed_or_number_gives_another_drawing() -> None:
    reference = drawn_pet(0, 0, 48)[0]
    assert not np.array_equal(reference, drawn_pet(1, 0, 48)[0])
    assert not np.array_equal(reference, drawn_pet(0, 2, 48)[0])


def test_a_drawing_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="received -1, 0 and 128"):
        drawn_pet(-1, 0)


def test_half_of_the_drawings_are_cats() -> None:
    labels = [drawn_pet(0, index, 16)[1] for index in range(10)]
    assert labels == ["cat", "dog"] * 5


@pytest.mark.parametrize("label", CLASSES)
def test_a_sprite_is_transparent_around_the_pet_and_premultiplied(label: str) -> None:
    for seed in range(20):
        sprite = paint_pet(random_pet(np.random.default_rng(seed), label), 96)
        assert sprite.shape == (96, 96, 4)
        colour, alpha = sprite[..., :3].astype(int), sprite[..., 3:].astype(int)
        assert not sprite[0].any()
        assert alpha[48, 48] == 255
        assert (colour - alpha).max() <= 2  # rounding


def test_every_kind_of_ear_comes_up() -> None:
    for label in CLASSES:
        seen = {random_pet(np.random.default_rng(seed), label).ears for seed in range(200)}
        assert seen == set(EAR_KINDS[label])


def test_coats_and_markings_follow_the_same_odds_for_both_classes() -> None:
    for seed in range(50):
        cat, dog = (random_pet(np.random.default_rng(seed), label) for label in CLASSES)
        colours = [(pet.coat, pet.dark, pet.light, pet.eyes, pet.nose, pet.collar, pet.marking) for pet in (cat, dog)]
        assert colours[0] == colours[1]


def test_write_drawings_makes_a_folder_per_class_of_readable_pictures(tmp_path: Path) -> None:
    write_drawings(tmp_path / "pets", count=7, seed=2, size=40)
    names = sorted(path.relative_to(tmp_path / "pets").as_posix() for path in (tmp_path / "pets").rglob("*.jpg"))
    assert names == [
        "cat/cat.00000.jpg",
        "cat/cat.00001.jpg",
        "cat/cat.00002.jpg",
        "cat/cat.00003.jpg",
        "dog/dog.00000.jpg",
        "dog/dog.00001.jpg",
        "dog/dog.00002.jpg",
    ]
    for name in names:
        assert read_photograph(tmp_path / "pets" / name).shape == (40, 40, 3)


def test_a_written_drawing_is_the_drawing_but_for_jpeg(tmp_path: Path) -> None:
    write_drawings(tmp_path / "pets", count=2, seed=2, size=64)
    written = read_photograph(tmp_path / "pets" / "dog" / "dog.00000.jpg").astype(int)
    assert np.abs(written - drawn_pet(2, 1, 64)[0]).mean() < 6.0


def test_write_drawings_tells_its_progress(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_drawings(tmp_path / "pets", count=3, size=16, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_write_drawings_refuses_a_folder_that_is_taken_and_leaves_it_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(OutputError, match="exists already"):
        write_drawings(tmp_path, count=2, size=16)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_write_drawings_fills_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "pets").mkdir()
    write_drawings(tmp_path / "pets", count=2, size=16)
    assert len(list((tmp_path / "pets").rglob("*.jpg"))) == 2


def test_an_interrupted_write_leaves_nothing(tmp_path: Path) -> None:
    def stop(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_drawings(tmp_path / "pets", count=2, size=16, progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("width", "height"), [(640, 480), (320, 240), (200, 300)])
def test_a_frame_has_the_size_asked_for(width: int, height: int) -> None:
    frame = drawn_frame(0, 0, width, height)
    assert frame.shape == (height, width, 3)
    assert frame.dtype == np.uint8


def test_frames_are_the_same_whatever_was_asked_before() -> None:
    camera = DrawnCamera(4, 160, 120)
    forward = [camera.frame(index)[0] for index in (0, FRAMES_PER_PET, 1)]
    for index, image in zip((0, FRAMES_PER_PET, 1), forward, strict=True):
        np.testing.assert_array_equal(DrawnCamera(4, 160, 120).frame(index)[0], image)
        np.testing.assert_array_equal(drawn_frame(4, index, 160, 120), image)


def test_one_pet_stays_for_its_frames_and_both_classes_come() -> None:
    camera = DrawnCamera(0, 64, 48)
    labels = [camera.frame(index)[1] for index in range(12 * FRAMES_PER_PET)]
    shots = [set(labels[start : start + FRAMES_PER_PET]) for start in range(0, len(labels), FRAMES_PER_PET)]
    assert all(len(shot) == 1 for shot in shots)
    assert set(labels) == set(CLASSES)


def test_the_film_moves_smoothly_within_a_shot_and_cuts_between_two() -> None:
    camera = DrawnCamera(0, 160, 120)
    frames = [cv2.blur(camera.frame(index)[0], (9, 9)).astype(int) for index in range(FRAMES_PER_PET + 1)]
    steps = [float(np.abs(after - before).mean()) for before, after in pairwise(frames)]
    assert min(steps) > 0.0
    assert max(steps[:-1]) < 8.0
    assert steps[-1] > 2 * max(steps[:-1])
