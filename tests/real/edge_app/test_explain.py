"""Promise of occlusion maps on a photograph: of a cat, they lie on its head, whoever made the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.model.classifier import Classifier
from edge_app.model.labels import read_labels_file
from edge_app.model.occlusion import CELLS, explain
from edge_app.model.starter import STARTER
from edge_app.photographs.decoder import read_photograph

HEAD = (0.38, 0.05, 0.37, 0.7)  # left, top, width and height in cat_720p.jpg


@pytest.mark.parametrize("name", ["", "mobilenet_v2_1.0_224_quant.tflite", "tf2_mobilenet_v2_1.0_224_ptq.tflite"])
def test_the_head_of_a_cat_decides(name: str, data_folder: Path) -> None:
    folder = data_folder / "models"
    labels = read_labels_file(folder / "imagenet_labels.txt") if name else None
    found = explain(Classifier(folder / name if name else STARTER, 2, labels), read_photograph(folder / "cat_720p.jpg"))
    assert "cat" in found.label or "tabby" in found.label
    assert not found.is_flat
    row, column = divmod(int(found.cells.argmax()), CELLS)
    left, top, width, height = HEAD
    assert left < (column + 0.5) / CELLS < left + width
    assert top < (row + 0.5) / CELLS < top + height
    assert found.energy_inside(HEAD) >= 1.5 * width * height
