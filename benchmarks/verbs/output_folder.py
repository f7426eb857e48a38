"""Where measurements go that name no folder: apart from `results/`, which holds what the project publishes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

MEASUREMENTS = Path("measurements")
"""Folder of the user's own results; `report` reads it."""


def new_folder(what: str = "") -> Path:
    """Return a folder named after what was measured and the time."""
    return MEASUREMENTS / f"{what}{datetime.now():%Y%m%d-%H%M%S}"
