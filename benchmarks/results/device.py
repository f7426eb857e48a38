"""What the numbers were measured on: they mean nothing without it."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

import numpy as np

from edge_app.common.opencv_wheel import installed_cv2_wheels
from edge_app.model import board
from edge_app.model.runtime import runtime_name, usable_cores


@dataclass(frozen=True)
class Device:
    """A machine and its state before measuring; None: this machine does not report it.

    Attributes:
        board: name of a single-board computer, as in `Raspberry Pi 4 Model B Rev 1.4`.
        cpu: model of the processor.
        cores: usable ones.
        memory_bytes: of the machine.
        system: kernel and machine.
        python: its version.
        runtime: package and version.
        opencv: package and version.
        governor: of the CPU clock.
        temperature_c: hottest sensor, °C.
        throttled: bits of `vcgencmd get_throttled`, as in `0x50000`.
        load: waiting processes, mean over the last minute.
        frequency_hz: of the CPU clock.
        numpy: its version.
        emulator: that the programs run in, as in `qemu-aarch64-static`; None: they run on the processor itself.
    """

    board: str | None
    cpu: str
    cores: int
    memory_bytes: int
    system: str
    python: str
    runtime: str
    opencv: str
    governor: str | None
    temperature_c: float | None
    throttled: str | None
    load: float
    frequency_hz: float | None = None
    numpy: str = ""
    emulator: str | None = None

    def __str__(self) -> str:
        return f"{self.board or self.cpu}, {self.cores} cores, {self.runtime}, Python {self.python}"


def examine_device() -> Device:
    """Describe this machine."""
    return Device(
        board=board.board_name(),
        cpu=board.cpu_model(),
        cores=usable_cores(),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        runtime=runtime_name(),
        opencv=next(iter(installed_cv2_wheels()), "unknown"),
        governor=board.governor(),
        temperature_c=board.temperature_c(),
        throttled=board.throttled(),
        load=os.getloadavg()[0],
        frequency_hz=board.clock_hz(),
        numpy=np.__version__,
        emulator=board.emulator(),
    )


@dataclass(frozen=True)
class MachineState:
    """What changes while one measures; the fields are those of `Device`."""

    frequency_hz: float | None
    temperature_c: float | None
    throttled: str | None
    load: float


def examine_state() -> MachineState:
    """Describe what changes."""
    return MachineState(board.clock_hz(), board.temperature_c(), board.throttled(), os.getloadavg()[0])
