"""Promise of occlusion maps on a photograph: of a cat, they lie on its head, whoever made the model."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from edge_app.model.classifier import Classifier
from edge_app.model.labels import read_labels_file
from edge_app.model.occlusion import CELLS, explain
from edge_app.model.starter import STARTER
from edge_app.photographs.decoder import read_photograph

HEAD = (0.38, 0.05, 0.37, 0.7)  # left, top, width and height in cat_720p.jpg
GREY = (128, 128, 128)


@pytest.mark.parametrize(
    ("name", "margin"),  # so near, the starter is as sure as its file can say, whatever is covered
    [("", 0.3), ("mobilenet_v2_1.0_224_quant.tflite", 0.0), ("tf2_mobilenet_v2_1.0_224_ptq.tflite", 0.0)],
)
def test_the_head_of_a_cat_decides(name: str, margin: float, data_folder: Path) -> None:
    folder = data_folder / "models"
    labels = read_labels_file(folder / "imagenet_labels.txt") if name else None
    cat = read_photograph(folder / "cat_720p.jpg")
    rows, columns = (round(margin * side) for side in cat.shape[:2])
    frame = cv2.copyMakeBorder(cat, rows, rows, columns, columns, cv2.BORDER_CONSTANT, value=GREY)
    found = explain(Classifier(folder / name if name else STARTER, 2, labels), frame)
    assert "cat" in found.label or "tabby" in found.label
    assert not found.is_flat
    row, column = divmod(int(found.cells.argmax()), CELLS)
    x, y, across, down = found.area
    whole = 1.0 + 2.0 * margin
    left, top, width, height = (HEAD[0] + margin) / whole, (HEAD[1] + margin) / whole, HEAD[2] / whole, HEAD[3] / whole
    assert left < x + (column + 0.5) / CELLS * across < left + width
    assert top < y + (row + 0.5) / CELLS * down < top + height
    assert found.energy_inside((left, top, width, height)) >= 1.5 * width * height
