"""The promise of the starter's card: what it says of its accuracy is true of photographs it has not seen."""

from __future__ import annotations

from pathlib import Path

from edge_app.model.card import read_own_card
from edge_app.model.classifier import Classifier
from edge_app.model.starter import STARTER
from edge_app.photographs.decoder import read_photograph
from edge_app.photographs.splits import sha256_of, split_of

LOOKED_AT = 600


def test_it_is_as_good_as_its_card_says(data_folder: Path) -> None:
    files = sorted((data_folder / "dogs_vs_cats" / "train").iterdir())
    classifier, right, seen = Classifier(STARTER, threads=1), 0, 0
    for file in [*files[: LOOKED_AT // 2], *files[-LOOKED_AT // 2 :]]:
        if split_of(sha256_of(file.read_bytes())) == "test":
            seen += 1
            right += classifier.classify(read_photograph(file)).top[0][0] == file.name[:3]
    accuracy = read_own_card(STARTER).accuracy
    assert accuracy is not None
    assert seen > 100
    assert abs(right / seen - accuracy.top1) < 0.1  # three standard errors of so few
