"""Promises of loading: one function for every way to save, and one sentence for what is none."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_app.common.errors import RunFolderError
from train.models import build_model
from train.models.architectures.custom_cnn import TINY
from train.models.architectures.hub import HUB
from train.models.loading import load_model
from train.models.quiet_imports import model_optimization
from train.run_folder.writing import save_model

SMALL = replace(TINY, input_size=32, filters=(4,), dense_units=4)
IMAGES = np.random.default_rng(0).uniform(-1, 1, (4, 32, 32, 3)).astype(np.float32)


def save(model: Any, path: Path) -> Path:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "You are saving your model as an HDF5", UserWarning)
        model.save(str(path), include_optimizer=False)
    return path


def test_a_network_and_one_with_a_hub_layer_load_back_from_a_run_and_say_the_same(
    tmp_path: Path, hub_module: Callable[..., str]
) -> None:
    hub = replace(HUB, input_size=32, hub=hub_module(lambda pictures: pictures[:, 0, 0]))
    for number, recipe in enumerate((SMALL, hub)):
        model = build_model(recipe, 2)
        save_model(model, tmp_path / f"{number}")
        for name in ("model.h5", "saved_model"):
            loaded = load_model(tmp_path / f"{number}" / name)
            np.testing.assert_allclose(loaded.predict_on_batch(IMAGES), model.predict_on_batch(IMAGES), atol=1e-6)


def test_networks_wrapped_for_compression_load_back(tmp_path: Path) -> None:
    tfmot = model_optimization()
    wrapped = {
        "quantized": tfmot.quantization.keras.quantize_apply(
            tfmot.quantization.keras.quantize_annotate_model(build_model(SMALL, 2))
        ),
        "pruned": tfmot.sparsity.keras.prune_low_magnitude(build_model(SMALL, 2)),
        "clustered": tfmot.clustering.keras.cluster_weights(
            build_model(SMALL, 2),
            number_of_clusters=2,
            cluster_centroids_init=tfmot.clustering.keras.CentroidInitialization.LINEAR,
        ),
    }
    for name, model in wrapped.items():
        (tmp_path / name).mkdir()
        loaded = load_model(save(model, tmp_path / name / "model.h5"))
        assert [type(layer) for layer in loaded.layers] == [type(layer) for layer in model.layers]
        np.testing.assert_allclose(loaded(IMAGES), model(IMAGES), atol=1e-6)


def test_a_hub_module_that_is_gone_is_one_sentence(tmp_path: Path, hub_module: Callable[..., str]) -> None:
    module = Path(hub_module(lambda pictures: pictures[:, 0, 0]))
    path = save(build_model(replace(HUB, input_size=32, hub=str(module)), 2), tmp_path / "model.h5")
    save_model(build_model(replace(HUB, input_size=32, hub=str(module)), 2), tmp_path / "run")
    module.rename(tmp_path / "elsewhere")
    with pytest.raises(RunFolderError, match=rf"cannot be loaded \(its TF Hub module `{module}` is gone: put it back"):
        load_model(path)
    assert load_model(tmp_path / "run" / "saved_model").predict_on_batch(IMAGES).shape == (
        4,
        2,
    )  # a SavedModel holds its module


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "does not exist; give a model.h5 or the folder of a SavedModel"),
        (b"no HDF5", r"cannot be loaded \(.*\); train again with --overwrite"),
    ],
)
def test_a_wrong_file_is_one_sentence(content: bytes | None, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RunFolderError, match=sentence):
        load_model(path)


def test_weights_without_a_network_and_wrong_folders_are_one_sentence(tmp_path: Path) -> None:
    build_model(SMALL, 2).save_weights(str(tmp_path / "weights.h5"))
    with pytest.raises(RunFolderError, match="it holds weights without a network"):
        load_model(tmp_path / "weights.h5")
    with pytest.raises(RunFolderError, match=r"is no SavedModel \(no saved_model.pb in it\)"):
        load_model(tmp_path)
    (tmp_path / "saved_model.pb").write_bytes(b"junk")
    with pytest.raises(RunFolderError, match="cannot be loaded"):
        load_model(tmp_path)
