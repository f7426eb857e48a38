"""Promise of converted files: photographs of their run, under whatever name, are not judged as another source."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks.measure.accuracy.other_source import measure_other_source
from benchmarks.results.other_source import about
from edge_app.demo.drawn_pets import write_drawings
from edge_app.model.classifier import Classifier
from tests.conftest import Chain


def test_photographs_of_the_run_beside_the_model_are_left_out(chain: Chain, tmp_path: Path) -> None:
    model = next(chain.models.glob("*.tflite"))
    write_drawings(tmp_path / "new", 20, size=40)
    trained = sorted(chain.drawings.glob("dog/dog.*"))[:5]
    for path in trained:
        shutil.copy(path, tmp_path / "new" / "dog" / f"renamed-{path.name}")
    result = measure_other_source([Classifier(model, threads=1)], tmp_path / "new")
    assert result.source == "new"
    assert [Path(run).name for run in result.runs] == ["tiny"]
    assert result.left_out.known_to_runs == 5
    assert result.files[0].judgement.photographs == 20
    assert all("--run" not in sentence for sentence in about(result))
