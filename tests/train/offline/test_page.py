"""Promises of the page of an augmented folder: a sheet per class, originals at the left."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import cv2
import numpy as np

from edge_app.photographs.augmented_manifest import AugmentedCopy, copy_name
from train.offline.page import contact_sheet, write_page


def solid(height: int, width: int, level: int) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def test_a_sheet_shows_whole_pictures_in_their_places() -> None:
    sheet = contact_sheet([[solid(50, 100, 10), solid(100, 50, 20)], [solid(8, 8, 30)]], tile=40)
    assert sheet.shape == (40 + 6 + 40 + 6, 2 * (40 + 6), 3)
    assert (sheet[:20, :40] == 10).all()
    assert (sheet[20:46, :40] == 255).all()
    assert (sheet[:40, 46:66] == 20).all()
    assert (sheet[46:86, :40] == 30).all()
    assert (sheet[46:, 46:] == 255).all()


def test_the_page_has_a_sheet_per_class_and_says_what_was_done(tmp_path: Path) -> None:
    copies, labels = [], {}
    for level, (label, number) in enumerate((label, number) for label in ("a & b", "c") for number in range(4)):
        origin = f"{label}/{number}.png"
        labels[origin] = label
        (tmp_path / label).mkdir(exist_ok=True)
        for path in (origin, copy_name(origin, 1)):
            assert cv2.imwrite(str(tmp_path / path), solid(9, 9, 25 * level))
        copies.append(AugmentedCopy(copy_name(origin, 1), origin, "0" * 64, 3, 1, ({"op": "hue", "degrees": 4.5},)))
    write_page(tmp_path / "page.html", tmp_path, "out", 3, labels, copies, ["`x.jpg` is empty"])
    html = (tmp_path / "page.html").read_text()
    assert "<h2>a &amp; b</h2>" in html
    assert "Row 3, c/2.png: (1) hue 4.5" in html
    assert "Row 4" not in html  # three photographs per class are enough
    assert "`x.jpg` is empty" in html
    assert '<td>hue</td><td class="number">8</td>' in html
    sheets = [base64.b64decode(text) for text in re.findall(r"base64,([^\"]+)", html)]
    assert len(sheets) == 2
    second = cv2.imdecode(np.frombuffer(sheets[1], np.uint8), cv2.IMREAD_COLOR)
    assert second[80, 80, 0] == 100  # c/0.png, the fifth
    assert second[166 + 80, 80, 0] == 125
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".png"]
