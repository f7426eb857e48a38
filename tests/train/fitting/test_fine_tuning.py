"""Fine-tuning from a linear head is kept only where it lowers the log loss on photographs left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tf_keras as keras

from edge_app.teaching.head import CrossValidation, LinearHead
from train.data.photograph_set import Photographs, PhotographSet, SelectedPhotographs
from train.data.splits import SplitFile
from train.fitting.compute import Compute
from train.fitting.fine_tuning import FineTuning, Tuner, fine_tune, for_few_photographs
from train.fitting.fit import FittedNetwork
from train.fitting.linear_head import FittedHead
from train.fitting.loop import Epoch
from train.fitting.resume import UnfinishedRun
from train.models.architectures.mobilenet_v2 import MOBILENET_V2
from train.models.head import FEATURES_LAYER, HEAD_LAYER

FOLDS, PER_FOLD = 5, 4


def _photographs() -> PhotographSet:
    """Twenty pictures: every second one is red, the others are blue."""
    targets = np.arange(FOLDS * PER_FOLD) % 2
    images = np.zeros((len(targets), 8, 8, 3), np.uint8)
    images[targets == 1, :, :, 0] = 255
    images[targets == 0, :, :, 2] = 255
    files = tuple(SplitFile(f"{n}.png", "ab"[t], "train", f"{n}") for n, t in enumerate(targets))
    return PhotographSet(files, images, targets)


def _network(logit: float) -> Any:
    """A network that gives the true label of these pictures the probability 1 / (1 + exp(-2 · logit))."""
    pictures = keras.Input((8, 8, 3))
    features = keras.layers.GlobalAveragePooling2D(name=FEATURES_LAYER)(pictures)  # -1 or 1 in red and in blue
    model = keras.Model(pictures, keras.layers.Dense(2, activation="softmax", name=HEAD_LAYER)(features))
    kernel = np.array([[-0.25, 0.25], [0.0, 0.0], [0.25, -0.25]], np.float32) * 2 * logit
    model.get_layer(HEAD_LAYER).set_weights([kernel, np.zeros(2, np.float32)])
    return model


def _said(probability: float) -> npt.NDArray[np.float64]:
    """(photographs, 2): the true label of every photograph has this probability."""
    rows = np.log(np.full((FOLDS * PER_FOLD, 2), 1.0 - probability))
    rows[np.arange(len(rows)), np.arange(len(rows)) % 2] = np.log(probability)
    return rows


def _made(probability: float) -> FittedHead:
    """A head whose like gave the true labels this probability when they were left out."""
    folds = np.arange(FOLDS * PER_FOLD) // PER_FOLD
    head = LinearHead(np.zeros((3, 2)), np.zeros(2))
    found = CrossValidation(head, 1.0, folds, _said(probability), (0.5,), None)
    features = np.random.default_rng(0).normal(size=(len(folds), 3)).astype(np.float32)
    return FittedHead(FittedNetwork(_network(0.0), (), {"head": 1.0}), found, features)


class _Tuner(Tuner):
    """Stands in for training: each network that it returns is one of those that were given, in turn."""

    def answer(self, logits: list[float]) -> _Tuner:
        object.__setattr__(self, "logits", list(logits))
        object.__setattr__(self, "asked", [])
        return self

    def tuned(self, name: str, photographs: Photographs, start: list[npt.NDArray[Any]]) -> FittedNetwork:
        self.asked.append((name, [int(file.sha256) for file in photographs.files], start[0].copy()))  # type: ignore[attr-defined]
        rows = tuple(Epoch("fine-tuning", one, 0.2, 0.9, float("nan"), float("nan"), 1.0) for one in (1, 2))
        return FittedNetwork(_network(self.logits.pop(0)), rows, {})  # type: ignore[attr-defined]


def _tuner(folder: Path, logits: list[float]) -> Any:
    return _Tuner(replace(MOBILENET_V2, soup=1), 2, "none", 0, Compute(), UnfinishedRun(folder / "run")).answer(logits)


def _logit(probability: float) -> float:
    return float(np.log(probability / (1.0 - probability)) / 2.0)


def test_a_lower_log_loss_on_photographs_left_out_keeps_it(tmp_path: Path) -> None:
    tuner = _tuner(tmp_path, [_logit(0.8)] * FOLDS + [_logit(0.99)])
    kept, found = fine_tune(_made(0.7), _photographs(), tuner)
    assert found.kept
    assert found.head_log_loss == pytest.approx(-np.log(0.7))
    assert found.log_loss == pytest.approx(-np.log(0.8), rel=1e-5)
    assert str(found) == (
        "fine-tuning was kept: the log loss on photographs left out is 0.357 with the linear head alone and 0.223 "
        "fine-tuned"
    )
    np.testing.assert_allclose(kept.cross_validation.log_probabilities, _said(0.8), rtol=1e-5)
    images = _photographs().images_rgb / 127.5 - 1.0
    shipped = kept.network.model.predict(images.astype(np.float32), verbose=0)
    np.testing.assert_allclose(shipped[np.arange(20), np.arange(20) % 2], 0.99, rtol=1e-4)


def test_no_network_learns_from_the_photographs_that_it_judges_and_the_last_learns_from_all(tmp_path: Path) -> None:
    tuner = _tuner(tmp_path, [_logit(0.8)] * (FOLDS + 1))
    fine_tune(_made(0.7), _photographs(), tuner)
    for fold, (name, learned, _) in enumerate(tuner.asked[:FOLDS]):
        left_out = set(range(fold * PER_FOLD, (fold + 1) * PER_FOLD))
        assert name == f"fold-{fold + 1}"
        assert set(learned) == set(range(FOLDS * PER_FOLD)) - left_out
    name, learned, start = tuner.asked[FOLDS]
    assert (name, learned) == ("all", list(range(FOLDS * PER_FOLD)))
    np.testing.assert_array_equal(start, _network(0.0).get_weights()[0])
    starts = [kernel for _, _, kernel in tuner.asked[:FOLDS]]
    assert all(np.abs(kernel).max() > 0 for kernel in starts)  # heads of the other folds, fitted anew
    assert not np.array_equal(starts[0], starts[1])


def test_the_history_begins_at_the_head_and_ends_with_what_was_measured(tmp_path: Path) -> None:
    kept, _ = fine_tune(_made(0.7), _photographs(), _tuner(tmp_path, [_logit(0.8)] * (FOLDS + 1)))
    rows = kept.network.history
    assert [(row.stage, row.epoch) for row in rows] == [("head", 1), ("fine-tuning", 1), ("fine-tuning", 2)]
    assert rows[0].val_loss == pytest.approx(-np.log(0.7))
    assert np.isnan(rows[1].val_loss)
    assert rows[2].val_loss == pytest.approx(-np.log(0.8), rel=1e-5)


def test_a_first_fold_that_gets_worse_ends_it(tmp_path: Path) -> None:
    tuner, made = _tuner(tmp_path, [_logit(0.6)]), _made(0.7)
    kept, found = fine_tune(made, _photographs(), tuner)
    assert not found.kept
    assert (found.folds, len(tuner.asked)) == (1, 1)
    assert kept.network.model is made.network.model
    assert kept.network.history == ()
    assert kept.cross_validation is made.cross_validation
    assert str(found).startswith("fine-tuning was tried and not kept: the log loss on the first fold is 0.357 with")


def test_all_folds_decide_where_the_first_was_better(tmp_path: Path) -> None:
    made = _made(0.7)
    kept, found = fine_tune(made, _photographs(), _tuner(tmp_path, [_logit(0.75)] + [_logit(0.6)] * (FOLDS - 1)))
    assert (found.kept, found.folds) == (False, FOLDS)
    assert kept.network.model is made.network.model
    assert "on photographs left out is" in str(found)


def test_folds_that_were_judged_are_not_trained_again(tmp_path: Path) -> None:
    first = _tuner(tmp_path, [_logit(0.8), _logit(0.9)])
    with pytest.raises(IndexError):  # the third training is interrupted
        fine_tune(_made(0.7), _photographs(), first)
    second = _tuner(tmp_path, [_logit(0.8)] * 4)
    kept, _ = fine_tune(_made(0.7), _photographs(), second)
    assert [name for name, _, _ in second.asked] == ["fold-3", "fold-4", "fold-5", "all"]
    np.testing.assert_allclose(kept.cross_validation.log_probabilities[4:8], _said(0.9)[4:8], rtol=1e-5)


def test_what_was_found_is_read_again() -> None:
    found = FineTuning(True, 0.4, 0.3, 0.8, 0.85, 5, 5)
    assert FineTuning(**found.to_json()) == found


def test_selected_photographs_are_those_at_their_places() -> None:
    photographs = _photographs()
    some = SelectedPhotographs(photographs, np.array([5, 2, 8]))
    assert len(some) == 3
    assert some.targets.tolist() == [1, 0, 0]
    assert [file.path for file in some.files] == ["5.png", "2.png", "8.png"]
    np.testing.assert_array_equal(some.pictures(np.array([2, 0])), photographs.images_rgb[[8, 5]])


@pytest.mark.parametrize(("photographs", "epochs"), [(200, 20), (500, 8), (1600, 3), (1999, 3)])
def test_few_photographs_are_seen_more_often_so_that_there_are_steps_enough(photographs: int, epochs: int) -> None:
    assert for_few_photographs(MOBILENET_V2, photographs) == replace(MOBILENET_V2, epochs=epochs, soup=1)
    asked = replace(MOBILENET_V2, epochs=2)
    assert for_few_photographs(asked, photographs) == replace(asked, soup=1)
