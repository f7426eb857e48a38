"""The result of `benchmarks experiment imports`: how long the device half takes to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from benchmarks.results.device import Device


@dataclass(frozen=True)
class Imported:
    """One fresh process.

    Attributes:
        import_s: of all modules of the device half, with numpy, OpenCV and the runtime; without Python's own start.
        modules: of ours that were imported.
        foreign: what was imported that a device does not have.
    """

    import_s: float
    modules: int
    foreign: tuple[str, ...]


@dataclass(frozen=True)
class Imports:
    """The import of the device half in fresh processes; `packages`: of `benchmarks`."""

    KIND: ClassVar[str] = "imports"

    date: str
    device: Device
    packages: tuple[str, ...]
    processes: tuple[Imported, ...]
