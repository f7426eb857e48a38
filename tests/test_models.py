"""The small models that tests have in the place of other people's are what their maker makes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app import Classifier
from edge_app.model.metadata import read_metadata
from tests.models import INT8, UINT8
from tests.models.make import network, with_metadata


@pytest.mark.parametrize(("kind", "committed"), [("uint8", UINT8), ("int8", INT8)])
def test_made_anew_they_say_the_same(kind: str, committed: Path, tmp_path: Path) -> None:
    """Not the bytes: another release of the schema may order them otherwise."""
    path = tmp_path / "made.tflite"
    path.write_bytes(with_metadata(network(kind)))
    assert read_metadata(path) == read_metadata(committed)
    made, kept = Classifier(path, 1), Classifier(committed, 1)
    rng = np.random.default_rng(0)
    for colour in rng.integers(0, 256, (20, 3)):
        frame = rng.integers(0, 40, (60, 80, 3)) + colour
        frame = np.clip(frame, 0, 255).astype(np.uint8)
        np.testing.assert_array_equal(made.scores(frame), kept.scores(frame))


def test_together_they_are_small() -> None:
    assert sum(path.stat().st_size for path in (UINT8, INT8)) < 100_000
