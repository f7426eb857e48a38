"""What tests of networks share: a few real photographs, and small hub modules made here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from train.models import build_model
from train.models.architectures.mobilenet_v2 import MOBILENET_V2, weights_file


@pytest.fixture(scope="session")
def photographs_rgb(data_folder: Path) -> npt.NDArray[np.uint8]:
    """(60, 48, 48, 3) uint8 RGB: dogs and cats."""
    paths = sorted((data_folder / "dogs_vs_cats" / "train").glob("*.jpg"))[::133][:60]
    images = [cv2.resize(cv2.imread(str(path)), (48, 48), interpolation=cv2.INTER_AREA) for path in paths]
    return np.stack(images)[..., ::-1].copy()


NARROW = replace(MOBILENET_V2, width=0.35, input_size=64)
"""The smallest network with real weights."""


@pytest.fixture(scope="session")
def narrow_weights(data_folder: Path) -> Path:
    """The ImageNet weights of `NARROW`."""
    return data_folder / "weights" / weights_file(224, 0.35)


@pytest.fixture(scope="session")
def narrow(narrow_weights: Path) -> Any:
    """`NARROW` with its weights; tests only read it."""
    return build_model(NARROW, 2, str(narrow_weights))


@pytest.fixture(scope="session")
def narrow_standardized(narrow_weights: Path) -> Any:
    """The same behind a standardization that changes nothing; tests may freeze what they like."""
    return build_model(replace(NARROW, input_statistics="standardize"), 2, str(narrow_weights))


@pytest.fixture
def hub_module(tmp_path: Path) -> Callable[..., str]:
    """Save a function of pictures as a module of TF Hub, and return its path."""

    def save(function: Callable[[Any], Any], size: int | None = 32) -> str:
        module = tf.train.Checkpoint()
        module.gain = tf.Variable(2.0)
        pictures = tf.TensorSpec((None, size, size, 3), tf.float32)
        module.__call__ = tf.function(
            lambda pictures: function(pictures * module.gain), input_signature=[pictures], autograph=False
        )
        module.variables = module.trainable_variables = [module.gain]
        tf.saved_model.save(module, str(tmp_path / "module"))
        return str(tmp_path / "module")

    return save
