"""What `convert` makes can be taught: a head of new classes fits on it.

The last layer of this network is so small that its dynamic file keeps it in float32.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_app import Classifier
from edge_app.teaching.backbone import Backbone
from edge_app.teaching.learning import Examples, learn, model_file
from tests.conftest import Chain
from tests.edge_app.teaching.shown import LABELS, frame


@pytest.mark.parametrize("recipe", ["float32", "float16", "int8", "dynamic"])
def test_a_file_of_any_run_takes_a_new_head(chain: Chain, recipe: str, tmp_path: Path) -> None:
    backbone = Backbone(chain.models / f"tiny-{recipe}.tflite", 1)
    features = np.stack([backbone.features(frame(number)) for number in range(30)])
    names = [str(number) for number in range(30)]
    taught = learn(Examples(features, np.arange(30) % 3, names, names), LABELS, "desk")
    path = tmp_path / "desk.tflite"
    path.write_bytes(model_file(backbone, replace(taught, accuracy=None), "desk"))
    classifier = Classifier(path, 1)
    assert classifier.card.labels == LABELS
    room = 1e-3 if recipe != "int8" else 0.06
    for number in range(30, 36):
        exact = np.exp(taught.head.log_probabilities(backbone.features(frame(number))[np.newaxis]))[0]
        np.testing.assert_allclose(classifier.scores(frame(number)), exact, atol=room)
