"""Where tests find things."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent


def data_folder() -> Path:
    """Return the folder of real photographs and weights: `FIELDLENS_DATA`, or beside the clone; it may be missing."""
    return Path(os.environ.get("FIELDLENS_DATA", REPOSITORY.parent / "shared" / "data"))
