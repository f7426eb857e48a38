from __future__ import annotations

from pathlib import Path

import pytest

import convert
from convert import to_tflite
from edge_app import Classifier, read_photograph
from edge_app.common.errors import OutputError
from tests.conftest import Chain
from train import open_run


def test_a_line_makes_files_that_the_classifier_runs(chain: Chain, tmp_path: Path) -> None:
    made = to_tflite(open_run(chain.run), recipes=["float32", "int8"], out=tmp_path / "models")
    assert [path.name for path in made.files] == ["models-float32.tflite", "models-int8.tflite"]
    assert made.recommended in made.files
    shown = made._repr_html_()
    assert "Keras model" in shown
    assert f"Use {made.recommended.name if made.recommended else ''}" in shown
    picture = next(chain.drawings.glob("cat/cat.*.jpg"))
    prediction = Classifier(made.files[0]).classify(read_photograph(picture))
    assert prediction.label in ("cat", "dog", "neither")
    assert "<table>" in prediction._repr_html_()
    with pytest.raises(OutputError, match="exists already"):
        to_tflite(chain.run, out=tmp_path / "models")


def test_the_package_shows_what_it_names() -> None:
    assert all(getattr(convert, name) is not None for name in convert.__all__)
