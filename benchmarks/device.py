"""What the numbers were measured on: they mean nothing without it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from edge_app.opencv_wheel import installed_cv2_wheels
from edge_app.runtime import runtime_name

_CPU = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_BOARD = Path("/proc/device-tree/model")
_THERMAL = Path("/sys/class/thermal")


@dataclass(frozen=True)
class Device:
    """A machine and its state before measuring; None: this machine does not tell.

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

    def __str__(self) -> str:
        return f"{self.board or self.cpu}, {self.cores} cores, {self.runtime}, Python {self.python}"


def examine_device() -> Device:
    """Look at this machine."""
    return Device(
        board=_text(_BOARD),
        cpu=_cpu_model(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        runtime=runtime_name(),
        opencv=next(iter(installed_cv2_wheels()), "unknown"),
        governor=_text(_CPU),
        temperature_c=_temperature_c(),
        throttled=_throttled(),
        load=os.getloadavg()[0],
    )


def _text(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace").strip("\0 \n") or None
    except OSError:
        return None


def _cpu_model() -> str:
    for line in (_text(Path("/proc/cpuinfo")) or "").splitlines():
        if line.startswith(("model name", "Model")):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _temperature_c() -> float | None:
    readings = [_text(zone / "temp") for zone in _THERMAL.glob("thermal_zone*")]
    values = [int(text) / 1000.0 for text in readings if text is not None and text.lstrip("-").isdigit()]
    return max(values, default=None)


def _throttled() -> str | None:
    """Raspberry Pi only; bits: https://www.raspberrypi.com/documentation/computers/os.html#get_throttled."""
    if shutil.which("vcgencmd") is None:
        return None
    answer = subprocess.run(["vcgencmd", "get_throttled"], capture_output=True, text=True, check=False)
    return answer.stdout.strip().removeprefix("throttled=") or None
