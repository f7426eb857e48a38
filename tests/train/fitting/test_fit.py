"""Promises of training: it repeats, it keeps the best epoch, it stops, and it says when it diverges."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_app.common.errors import DataError
from train.data.photograph_set import PhotographSet
from train.data.splits import SplitFile
from train.evaluation.evaluate import evaluate_split
from train.fitting.fit import FittedNetwork, fit
from train.fitting.resume import TrainingState, UnfinishedRun
from train.fitting.stages import TrainingData
from train.models.architectures.custom_cnn import TINY
from train.models.architectures.mobilenet_v2 import MOBILENET_V2
from train.recipes import Recipe

SMALL = replace(TINY, input_size=32, epochs=4, batch_size=16)


def two_colours(count: int, seed: int = 0) -> PhotographSet:
    """Reddish and bluish noise: learned in a moment."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 180, (count, 32, 32, 3)).astype(np.uint8)
    targets = np.arange(count) % 2
    images[targets == 0, :, :, 0] += 60
    images[targets == 1, :, :, 2] += 60
    files = tuple(SplitFile(f"{number}", "a", "train", "") for number in range(count))
    return PhotographSet(files, images, targets.astype(np.int64))


def trained(tmp_path: Path, recipe: Recipe = SMALL, seed: int = 0, weights: str = "imagenet") -> FittedNetwork:
    data = TrainingData(two_colours(96), two_colours(32, 1), 2)
    return fit(recipe, data, UnfinishedRun(tmp_path / "run"), TrainingState(), weights=weights, seed=seed)


def test_the_same_seed_trains_the_same_model_and_another_seed_another(tmp_path: Path) -> None:
    one, two, other = (trained(tmp_path / str(n), seed=seed) for n, seed in enumerate((3, 3, 4)))
    assert [row.loss for row in one.history] == [row.loss for row in two.history]
    for first, second in zip(one.model.get_weights(), two.model.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)
    assert one.history[0].loss != pytest.approx(other.history[0].loss, rel=1e-3)


def test_the_model_is_that_of_the_epoch_with_the_lowest_calibrated_validation_loss(tmp_path: Path) -> None:
    fitted = trained(tmp_path, replace(SMALL, epochs=6, learning_rate=0.02))
    best = min(fitted.history, key=lambda row: row.selection_loss)
    found = evaluate_split(fitted.model, two_colours(32, 1), 2, "validation")
    assert found.log_loss == pytest.approx(best.val_loss, abs=2e-3)
    assert found.accuracy.top1 == pytest.approx(best.val_accuracy, abs=1e-6)


def test_the_loss_that_chooses_is_the_one_at_the_best_temperature(tmp_path: Path) -> None:
    fitted = trained(tmp_path, replace(SMALL, epochs=4, learning_rate=0.02))
    for row in fitted.history:
        assert row.val_calibrated_loss is not None
        assert row.val_calibrated_loss <= row.val_loss + 1e-6  # a temperature of 1 is one of the choices


def test_training_stops_when_nothing_gets_better(tmp_path: Path) -> None:
    fitted = trained(tmp_path, replace(SMALL, epochs=200, patience=2, learning_rate=0.03))
    assert len(fitted.history) < 200
    best = min(range(len(fitted.history)), key=lambda number: fitted.history[number].selection_loss)
    assert len(fitted.history) - 1 - best == 2


def test_divergence_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"training diverged in epoch 1 .* use a lower --learning-rate"):
        trained(tmp_path, replace(SMALL, learning_rate=1e30))


BELOW_BLOCK_6 = ("Conv1", "bn_Conv1", "expanded_conv", *(f"block_{number}_" for number in range(1, 6)))


def test_transfer_trains_the_head_then_the_top_and_leaves_the_bottom(tmp_path: Path, narrow_weights: Path) -> None:
    recipe = replace(MOBILENET_V2, width=0.35, input_size=32, epochs=1, head_epochs=2, soup=1)
    fitted = trained(tmp_path, recipe, weights=str(narrow_weights))
    assert {row.stage for row in fitted.history} == {"head", "fine-tuning"}
    from train.models import build_model

    fresh = build_model(recipe, 2, str(narrow_weights))
    for layer in fitted.model.layers:
        moved = any(
            not np.array_equal(new, old)
            for new, old in zip(layer.get_weights(), fresh.get_layer(layer.name).get_weights(), strict=True)
        )
        if layer.name.startswith(BELOW_BLOCK_6):
            assert not moved, layer.name  # its batch norm neither; above, it learns
    head_only = trained(tmp_path / "head", replace(recipe, epochs=0), weights=str(narrow_weights))
    assert {row.stage for row in head_only.history} == {"head"}
