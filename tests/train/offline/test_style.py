"""Promises of styles: which pictures there are, and which copy gets which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge_app.common.errors import DataError
from edge_app.photographs.decoder import Image
from edge_app.photographs.splits import sha256_of
from train.offline.style import Painter, StylePicture, find_styles, shrink


class InColour:
    """A stylist that paints the content's area in the mean colour of the style."""

    settings: Mapping[str, Any] = {"method": "colour"}

    def paint(self, content_bgr: Image, style: StylePicture, _on_step: Callable[[str], None]) -> Image:
        return np.full_like(content_bgr, style.image_bgr.mean(axis=(0, 1)).astype(np.uint8))


def styles(count: int) -> tuple[StylePicture, ...]:
    return tuple(StylePicture(f"{n}.png", f"{n:064x}", np.full((4, 4, 3), 10 * n, np.uint8)) for n in range(count))


def test_styles_are_found_by_name_and_broken_ones_told(tmp_path: Path) -> None:
    for name in ("wave.png", "night.JPG"):
        cv2.imwrite(str(tmp_path / name), np.zeros((1500, 30, 3), np.uint8))
    (tmp_path / "broken.png").write_text("no picture")
    (tmp_path / "notes.txt").write_text("by whom")
    found, broken = find_styles(tmp_path)
    assert [style.name for style in found] == ["night.JPG", "wave.png"]
    assert found[1].sha256 == sha256_of((tmp_path / "wave.png").read_bytes())
    assert found[0].image_bgr.shape == (1024, 20, 3)
    assert len(broken) == 1
    assert "broken.png" in broken[0]


def test_no_styles_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a folder; give --styles a folder"):
        find_styles(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"holds no pictures \(\.jpg"):
        find_styles(tmp_path)
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(DataError, match="holds no pictures that can be read"):
        find_styles(tmp_path)


def test_copies_of_a_photograph_go_through_all_styles_before_one_comes_again() -> None:
    painter = Painter(InColour(), styles(5))
    for number in range(20):
        drawn = [painter.draw(0, f"{number:064x}", copy) for copy in range(1, 11)]
        assert Counter(operation.parameters["style"] for operation in drawn if operation) == dict.fromkeys(
            [f"{n}.png" for n in range(5)], 2
        )
    firsts = Counter(str(painter.draw(0, f"{number:064x}", 1)) for number in range(500))
    assert min(firsts.values()) > 60  # 100 expected, standard deviation 9
    assert painter.draw(0, "0" * 64, 1) == painter.draw(0, "0" * 64, 1)


def test_the_share_is_the_share_of_painted_copies() -> None:
    painter = Painter(InColour(), styles(2), share=0.25)
    painted = sum(painter.draw(7, f"{number:064x}", 1) is not None for number in range(1000))
    assert 200 <= painted <= 300


def test_the_manifest_names_style_bytes_and_method_and_is_enough_to_paint() -> None:
    painter = Painter(InColour(), styles(3))
    operation = painter.draw(0, "0" * 64, 1)
    assert operation is not None
    number = int(operation.parameters["style"][0])
    assert operation.to_json() == {
        "op": "style",
        "style": f"{number}.png",
        "sha256": f"{number:064x}",
        "method": "colour",
    }
    assert (painter.paint(np.zeros((5, 6, 3), np.uint8), operation, lambda _: None) == 10 * number).all()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((500, 375), (384, 288)), ((375, 500), (288, 384)), ((200, 200), (200, 200)), ((2000, 1), (384, 1))],
)
def test_pictures_are_shrunk_to_the_longer_side_and_never_enlarged(
    shape: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert shrink(np.zeros((*shape, 3), np.uint8), 384).shape == (*expected, 3)
