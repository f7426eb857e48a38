"""Promises of reading photographs, on those that people have."""

from __future__ import annotations

from pathlib import Path

from edge_app.photographs.decoder import read_photograph
from edge_app.photographs.folders import find_photographs


def test_the_real_folders_are_recognised(data_folder: Path) -> None:
    kaggle = find_photographs(data_folder / "dogs_vs_cats" / "train")
    assert (kaggle.layout, kaggle.labels, len(kaggle.files)) == ("flat names", ("cat", "dog"), 8000)
    flowers = find_photographs(data_folder / "flowers")
    assert (flowers.layout, len(flowers.labels), len(flowers.files)) == ("folder per class", 5, 600)


def test_real_photographs_decode(data_folder: Path) -> None:
    image = read_photograph(data_folder / "models" / "cat_1080p.jpg")
    assert image.shape[0] == 1080
