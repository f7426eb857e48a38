from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import train
from edge_app.common.errors import FieldLensError, OutputError, RunFolderError, UsageError
from edge_app.demo.drawn_pets import write_drawings
from tests.conftest import Chain
from train import Augmentation, CopyPlan, OfflineAugmentation, augment_folder, fit, label_risks, open_run, submit


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
        ("tiny", {"validation": "spilt"}, "`validation` is one of auto, split, folds; received 'spilt'"),
        ("tiny", {"seed": -1}, "`seed` is a whole number from 0 to"),
        ("tiny", {"weights": None}, "`weights` is imagenet, none, or the path of an .h5 file as text; received None"),
        ("custom_cnn", {"filters": 16}, "`filters` is a list or tuple, as in (16, 32); received 16"),
        ("custom_cnn", {"penalties": 0.01}, "`penalties` is a list or tuple, as in (Penalty(l2=1e-4),); received 0.01"),
        ("tiny", {"teacher": 3}, "`teacher` must be a path, as text or `Path`; received 3"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_one_sentence(
    recipe: str, settings: dict[str, object], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as caught:
        fit(tmp_path, recipe=recipe, out=tmp_path / "run", **settings)
    assert sentence in str(caught.value)


def test_a_fault_speaks_of_arguments_and_a_refused_training_leaves_nothing(tmp_path: Path) -> None:
    write_drawings(tmp_path / "pets", 12, size=32)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "run.json").write_text("{}")
    with pytest.raises(OutputError, match="add overwrite=True to replace it"):
        fit(str(tmp_path / "pets"), recipe="tiny", out=tmp_path / "full")
    with pytest.raises(FieldLensError):
        fit(tmp_path / "pets", recipe="hub", hub=str(tmp_path / "nowhere"), out=tmp_path / "run")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "pets"]


def test_whoever_interrupts_a_training_is_told_how_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_job: object) -> None:
        raise KeyboardInterrupt

    write_drawings(tmp_path / "pets", 12, size=32)
    monkeypatch.setattr("train.job.train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "pets", recipe="tiny", out=tmp_path / "run")
    assert "interrupted; the same call with resume=True goes on" in capsys.readouterr().out


@pytest.mark.parametrize("value", [None, 3, ["pets"]])
def test_what_is_no_path_is_one_sentence(value: Any, tmp_path: Path) -> None:
    for call in (
        lambda: fit(value),
        lambda: open_run(value),
        lambda: submit(tmp_path, value, tmp_path / "x.csv"),
        lambda: augment_folder(value, tmp_path / "more", CopyPlan(OfflineAugmentation(), copies=1)),
    ):
        with pytest.raises(UsageError, match="must be a path, as text or `Path`; received"):
            call()


def test_labels_are_several_names() -> None:
    with pytest.raises(UsageError, match="`labels` is a tuple of names, not one text"):
        label_risks("left", Augmentation())


def test_what_is_no_run_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="is not a run folder"):
        open_run(tmp_path)


def test_the_package_shows_what_it_names() -> None:
    assert all(getattr(train, name) is not None for name in train.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'wings'"):
        _ = train.wings
