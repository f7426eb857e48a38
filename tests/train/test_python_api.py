from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import train
from edge_app.common.errors import RunFolderError, UsageError
from tests.conftest import Chain
from train import fit, open_run


def test_a_run_is_read_with_its_accuracy_its_history_and_its_plots(chain: Chain) -> None:
    run = open_run(chain.run)
    assert run.labels == ("cat", "dog")
    assert run.folder == chain.run
    assert 0.5 < run.accuracy.low < run.accuracy.top1 < run.accuracy.high <= 1.0
    epochs = [row for row in run.history if row["stage"] == run.history[-1]["stage"]]
    assert [row["epoch"] for row in epochs] == list(range(1, len(epochs) + 1))
    assert all(0.0 <= row["val_accuracy"] <= 1.0 for row in epochs)
    assert run.plot_history()._repr_png_().startswith(b"\x89PNG")
    assert run.plot_confusion()._repr_png_().startswith(b"\x89PNG")
    shown = run._repr_html_()
    assert str(run.accuracy) in shown
    assert "cat, dog" in shown


def test_the_keras_model_of_a_run_answers_with_probabilities(chain: Chain) -> None:
    run = open_run(chain.run)
    size = run.record.input_size
    answers = np.asarray(run.keras_model()(np.zeros((2, size.height, size.width, 3), np.float32)))
    assert answers.shape == (2, 2)
    np.testing.assert_allclose(answers.sum(axis=1), 1.0, rtol=1e-5)


@pytest.mark.parametrize(
    ("recipe", "settings", "sentence"),
    [
        ("tiny", {"epoch": 3}, "no setting `epoch`; did you mean `epochs`?"),
        ("tiny", {"wings": 2}, "no setting `wings`; there are batch_norm, batch_norm_learns"),
        ("tiny", {"epochs": "3"}, "`epochs` is of type int, received '3'"),
        ("tiny", {"epochs": -1}, "epochs from 0 to 100000, received -1"),
        ("tiny", {"soup": 3}, "it would change nothing with the recipe `tiny`"),
        ("tinny", {}, "there is no recipe `tinny`; choose one of mobilenet_v2"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_one_sentence(
    recipe: str, settings: dict[str, object], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as caught:
        fit(tmp_path, recipe=recipe, out=tmp_path / "run", **settings)
    assert sentence in str(caught.value)


def test_what_is_no_run_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="is not a run folder"):
        open_run(tmp_path)


def test_the_package_shows_what_it_names() -> None:
    assert all(getattr(train, name) is not None for name in train.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'wings'"):
        _ = train.wings
