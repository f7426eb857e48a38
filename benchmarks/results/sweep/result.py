"""Records of a trade-off sweep: what every file costs and how good it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from benchmarks.results.device import Device
from benchmarks.results.envelope import read_result
from edge_app.common.tables import Table
from edge_app.metrics.accuracy import MeasuredAccuracy

_HEAD = (
    "file",
    "training",
    "recipe",
    "px",
    "MMACs",
    "parameters",
    "MB",
    "frame→label ms (95 %)",
    "bare run ms",
    "validation",
    "test (95 %)",
)


@dataclass(frozen=True)
class Latency:
    """Median of warm runs and its 95 % interval, seconds."""

    median_s: float
    low_s: float
    high_s: float

    def __post_init__(self) -> None:
        if not (0 < self.low_s <= self.median_s <= self.high_s and math.isfinite(self.high_s)):
            raise ValueError(f"latency {self.median_s} s is not inside its interval {self.low_s}..{self.high_s}")

    def __str__(self) -> str:
        return f"{self.median_s * 1e3:.2f} ({self.low_s * 1e3:.2f} to {self.high_s * 1e3:.2f})"


@dataclass(frozen=True)
class SweptFile:
    """One `.tflite` of a sweep.

    Attributes:
        file: path.
        sha256: of its bytes.
        point: what was trained, as in `mobilenet_v2-1.0-160`.
        training: recipe of the training.
        width: multiplier of the recipe's channels.
        input_px: width and height of the picture.
        recipe: of the conversion.
        size_bytes: of the file.
        macs: multiply-accumulates per picture.
        parameters: of the file.
        validation: accuracy on validation photographs: files are chosen by this one.
        test: accuracy on test photographs, which decide nothing.
        trained_s: time that the training took.
        frame_to_label: from a 640×480 frame to the label; None: not measured yet.
        invoke: of the bare interpreter; None: not measured yet.
    """

    file: str
    sha256: str
    point: str
    training: str
    width: float
    input_px: int
    recipe: str
    size_bytes: int
    macs: int
    parameters: int
    validation: MeasuredAccuracy
    test: MeasuredAccuracy
    trained_s: float = 0.0
    frame_to_label: Latency | None = None
    invoke: Latency | None = None

    def __post_init__(self) -> None:
        if min(self.size_bytes, self.macs, self.parameters, self.input_px) < 1:
            raise ValueError(f"`{self.file}` has no size, or computes nothing")

    @property
    def name(self) -> str:
        """Of the file, without its folder."""
        return Path(self.file).name


@dataclass(frozen=True)
class Sweep:
    """Files of all points, measured in one invocation.

    Attributes:
        date: of writing.
        device: which measured the latency; None: it is not measured yet.
        threads: of the interpreter.
        photographs: folder that was trained and judged on, and how many.
        command: that made it, without the machine's paths.
        files: of all points.
        notes: what is missing, and why.
        complete: whether every point that was asked for is there and measured.
    """

    KIND: ClassVar[str] = "sweep"

    date: str
    device: Device | None
    threads: int
    photographs: str
    command: str
    files: tuple[SweptFile, ...]
    notes: tuple[str, ...] = ()
    complete: bool = True


def read_sweep(path: Path) -> Sweep:
    """Read a sweep.json, or the one in a folder.

    Raises:
        ResultError: missing, unreadable or no sweep.
    """
    return read_result(path / "sweep.json" if path.is_dir() else path, Sweep)


def sweep_table(files: Sequence[SweptFile]) -> Table:
    """Return a row per file, the best on validation first."""
    ordered = sorted(files, key=lambda file: (-file.validation.top1, file.macs, file.size_bytes))
    return Table(_HEAD, [_row(file) for file in ordered])


def _row(file: SweptFile) -> tuple[str, ...]:
    return (
        file.name,
        file.training,
        file.recipe,
        str(file.input_px),
        f"{file.macs / 1e6:.1f}",
        f"{file.parameters:,}",
        f"{file.size_bytes / 1e6:.2f}",
        "" if file.frame_to_label is None else str(file.frame_to_label),
        "" if file.invoke is None else f"{file.invoke.median_s * 1e3:.2f}",
        f"{file.validation.top1:.1%}",
        str(file.test),
    )
