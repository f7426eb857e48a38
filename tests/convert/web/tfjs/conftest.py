"""Networks to export, each saved once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convert.quantize.tflite import load_saved_model
from edge_app.model.card import Size
from edge_app.model.preparation import resize_rgb
from tests.convert.web.tfjs.made_networks import RECIPES, make_saved_model
from tests.pictures import photograph

PHOTOGRAPHS = 12


@pytest.fixture(scope="session")
def photographs() -> Callable[[int], np.ndarray]:
    """Size in pixels → (12, size, size, 3) uint8 RGB: drawn pets, half of them cats."""
    frames = [photograph(number) for number in range(PHOTOGRAPHS)]
    return lambda size: np.stack([resize_rgb(frame, Size(size, size)) for frame in frames])


@pytest.fixture(scope="session")
def saved(
    tmp_path_factory: pytest.TempPathFactory, photographs: Callable[[int], np.ndarray], narrow_weights: Path
) -> Callable[[str], Any]:
    """Name of a network of `RECIPES` → its loaded SavedModel."""

    @cache
    def load(name: str) -> Any:
        recipe = RECIPES[name]
        weights = str(narrow_weights) if name == "mobilenet_v2" else "none"
        folder = tmp_path_factory.mktemp("networks") / name
        return load_saved_model(make_saved_model(recipe, folder, photographs(recipe.input_size), weights))

    return load
