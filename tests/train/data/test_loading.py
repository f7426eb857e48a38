"""Promises of loading: the pixels of the device, in order, whatever is broken."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from edge_app.model.card import Size
from edge_app.model.preparation import resize_rgb
from edge_app.photographs.decoder import read_photograph
from edge_app.photographs.folders import find_photographs
from tests.pictures import write_photographs
from train.data.loading import hash_files, load_photographs
from train.data.thread_pool import in_threads


def test_training_sees_the_pixels_of_the_device(tmp_path: Path) -> None:
    root = write_photographs(tmp_path / "photos", 4, ("a", "b", "c"))
    folder = find_photographs(root)
    files, skipped = hash_files(folder)
    assert not skipped
    some = files[::2]
    assert len(some) == 6
    loaded, skipped = load_photographs(root, some, folder.labels, Size(96, 96))
    assert not skipped
    assert list(loaded.files) == some
    for number, file in enumerate(some):
        expected = resize_rgb(read_photograph(root / file.path), Size(96, 96))
        np.testing.assert_array_equal(loaded.images_rgb[number], expected)
        assert folder.labels[loaded.targets[number]] == file.label


def test_broken_files_leave_no_gap(tmp_path: Path) -> None:
    for number in range(6):
        path = tmp_path / ("a" if number % 2 else "b") / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        assert cv2.imwrite(str(path), np.full((9, 9, 3), 40 * number, np.uint8))
    (tmp_path / "b" / "2.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    folder = find_photographs(tmp_path)
    files, _ = hash_files(folder)
    loaded, skipped = load_photographs(tmp_path, files, folder.labels, Size(4, 4))
    assert [file.path for file in loaded.files] == ["a/1.png", "a/3.png", "a/5.png", "b/0.png", "b/4.png"]
    assert list(loaded.images_rgb[:, 0, 0, 0]) == [40, 120, 200, 0, 160]
    assert list(loaded.targets) == [0, 0, 0, 1, 1]
    assert len(skipped) == 1
    assert "2.png" in skipped[0]


def test_threads_keep_the_order_and_hand_on_faults() -> None:
    assert list(in_threads(lambda number: number * number, range(300))) == [number * number for number in range(300)]
