"""What tests share: where the real photographs and models are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real photographs, weights and third-party models."""
    default = Path(__file__).parent.parent.parent / "shared" / "data"
    folder = Path(os.environ.get("FIELDLENS_DATA", default))
    assert folder.is_dir(), f"`{folder}` is missing; set FIELDLENS_DATA to the folder of test data"
    return folder
