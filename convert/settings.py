"""What the user may choose; imports nothing heavy, so that `--help` is quick."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edge_app.common.errors import UsageError
from edge_app.metrics.confidence import ACCEPTED_SHARE

CALIBRATION_PHOTOGRAPHS = 200
"""How many are used where the user does not say."""

PARITY_PHOTOGRAPHS = 2500
"""Of a split that are compared at most, where the user does not say; more would change the last digit only."""


@dataclass(frozen=True)
class ConversionSettings:
    """What to make of a run, and how to prove it.

    Attributes:
        recipes: `all` or names with commas; None: the usual ones.
        calibration_photographs: how many, at most.
        calibration: folder to take them from; None: training photographs.
        parity_photographs: of each of the validation and test splits, at most.
        keep_failing: whether a rejected file stays, marked by its name.
        diagnose: whether to look for the layers that lose most in 8 bits.
        onnx: whether the float32 and int8 files are written as ONNX too.
        accept: share of the validation photographs that a threshold for "neither" lets through, above 0, at most 1.
    """

    recipes: str | None = None
    calibration_photographs: int = CALIBRATION_PHOTOGRAPHS
    calibration: Path | None = None
    parity_photographs: int = PARITY_PHOTOGRAPHS
    keep_failing: bool = False
    diagnose: bool = False
    onnx: bool = False
    accept: float = ACCEPTED_SHARE

    def __post_init__(self) -> None:
        if not 0.0 < self.accept <= 1.0:
            raise UsageError(f"--accept must be above 0 and at most 1, received {self.accept:g}; the usual one is 0.96")
        for what, value in (("calibration", self.calibration_photographs), ("parity", self.parity_photographs)):
            if value < 1:
                raise UsageError(f"--{what}-photographs must be at least 1, received {value}")

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return {**asdict(self), "calibration": None if self.calibration is None else str(self.calibration)}
