"""What tests of networks share: a few drawn pictures, a narrow network, and small hub modules made here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from tests.networks import save_hub_module
from tests.pictures import photograph
from train.models import build_model
from train.models.architectures.mobilenet_v2 import MOBILENET_V2


@pytest.fixture(scope="session")
def photographs_rgb() -> npt.NDArray[np.uint8]:
    """(60, 48, 48, 3) uint8 RGB: dogs and cats."""
    images = [cv2.resize(photograph(number), (48, 48), interpolation=cv2.INTER_AREA) for number in range(60)]
    return np.stack(images)[..., ::-1].copy()


NARROW = replace(MOBILENET_V2, width=0.35, input_size=64)
"""The smallest network of which there are ImageNet weights."""


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

    return lambda function, size=32: save_hub_module(function, tmp_path / "module", size)
