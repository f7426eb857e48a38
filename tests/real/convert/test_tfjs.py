"""The promise of the TF.js export, on ImageNet weights: the probabilities of the SavedModel."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from convert.quantize.tflite import load_saved_model, reference
from convert.web.tfjs.export import convert_to_tfjs
from edge_app.model.card import Size
from edge_app.model.preparation import resize_rgb
from edge_app.photographs.decoder import read_photograph
from tests.convert.web.tfjs.made_networks import RECIPES, make_saved_model
from tests.convert.web.tfjs.read_back import as_function


def test_mobilenet_v2_says_the_same_as_its_saved_model(data_folder: Path, tmp_path: Path) -> None:
    recipe = RECIPES["mobilenet_v2"]
    paths = sorted((data_folder / "dogs_vs_cats_full_size").rglob("*.jpg"))[::20]
    size = Size(recipe.input_size, recipe.input_size)
    images_rgb = np.stack([resize_rgb(read_photograph(path), size) for path in paths])
    (weights,) = (data_folder / "weights").glob("mobilenet_v2_*_0.35_*.h5")
    loaded = load_saved_model(make_saved_model(recipe, tmp_path / "network", images_rgb, str(weights)))
    expected = reference(loaded)(images_rgb)
    assert expected.std(axis=0).min() > 0.1  # the photographs are not all alike to it
    assert np.abs(as_function(convert_to_tfjs(loaded).files)(images_rgb) - expected).max() <= 1e-5
