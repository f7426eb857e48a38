"""What Linux and a Raspberry Pi say about themselves: name, heat, power, memory, the width of the system."""

from __future__ import annotations

import os
import platform
import shutil
import struct
import subprocess
from pathlib import Path

from edge_app.model.runtime import usable_cores

_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_CPUS = Path("/sys/devices/system/cpu")
_NAME = Path("/proc/device-tree/model")
_CPUINFO = Path("/proc/cpuinfo")
_MEMINFO = Path("/proc/meminfo")
_THERMAL = Path("/sys/class/thermal")
_VCGENCMD_TIMEOUT_S = 5.0

_64_BIT_KERNELS = ("aarch64", "x86_64", "riscv64")

# Bits of `vcgencmd get_throttled`, https://www.raspberrypi.com/documentation/computers/os.html#get_throttled; each has
# a twin 16 bits higher that stays set until the next boot.
_THROTTLE_BITS = {
    0: "the power supply is too weak",
    1: "the clock is capped",
    2: "the clock is lowered for heat or power",
    3: "the soft temperature limit is reached",
}
_SINCE_BOOT = 16


def board_name() -> str | None:
    """Return the name of a single-board computer, as in `Raspberry Pi 4 Model B Rev 1.4`; None: it has none."""
    return _text(_NAME)


def cpu_model() -> str:
    """Return the model of the processor."""
    for line in (_text(_CPUINFO) or "").splitlines():
        if line.startswith(("model name", "Model")):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def identity() -> dict[str, str | int | None]:
    """Return what results say about the machine they were made on: board, cpu, usable cores, machine."""
    return {"board": board_name(), "cpu": cpu_model(), "cores": usable_cores(), "machine": platform.machine()}


def emulator() -> str | None:
    """Return the emulator that runs this program, as in `qemu-aarch64-static`; None: the processor itself does.

    QEMU hides itself from the program that it runs, so another one is asked.
    """
    try:
        answer = subprocess.run(["readlink", f"/proc/{os.getpid()}/exe"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    name = Path(answer.stdout.strip()).name
    return name if name.startswith("qemu-") else None


def governor() -> str | None:
    """Return what governs the CPU's clock; None: this machine does not tell."""
    return _text(_GOVERNOR)


def clock_hz() -> float | None:
    """Return the present clock of the fastest core, Hz; None: this machine does not tell.

    Idle cores are clocked down, so ask while one is at work.
    """
    readings = [_text(path) for path in _CPUS.glob("cpu[0-9]*/cpufreq/scaling_cur_freq")]
    values = [int(text) * 1e3 for text in readings if text is not None and text.isdigit()]
    return max(values, default=None) or _clock_of_cpuinfo_hz()


def _clock_of_cpuinfo_hz() -> float | None:
    lines = (_text(_CPUINFO) or "").splitlines()
    amounts = [line.split(":", 1)[1].strip() for line in lines if line.startswith("cpu MHz") and ":" in line]
    values = [float(amount) * 1e6 for amount in amounts if amount.replace(".", "", 1).isdigit()]
    return max(values, default=None)


def throttle_count() -> int | None:
    """Return how often the cores of an x86 CPU have throttled for heat since the boot; None: it does not say."""
    counts = [_text(path) for path in _CPUS.glob("cpu[0-9]*/thermal_throttle/core_throttle_count")]
    values = [int(text) for text in counts if text is not None and text.isdigit()]
    return sum(values) if values else None


def temperature_c() -> float | None:
    """Return the hottest sensor, °C; None: there is none."""
    readings = [_text(zone / "temp") for zone in _THERMAL.glob("thermal_zone*")]
    values = [int(text) / 1000.0 for text in readings if text is not None and text.lstrip("-").isdigit()]
    return max(values, default=None)


def throttled() -> str | None:
    """Return the bits of `vcgencmd get_throttled`, as in `0x50000`; None: not a Raspberry Pi, or it does not answer."""
    if shutil.which("vcgencmd") is None:
        return None
    command = ["vcgencmd", "get_throttled"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_VCGENCMD_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    text = answer.stdout.strip().removeprefix("throttled=")
    try:
        int(text, 16)
    except ValueError:  # `VCHI initialization failed`, without permission for /dev/vcio
        return None
    return text


def throttle_reasons(bits: str) -> tuple[list[str], list[str]]:
    """Say what the bits mean.

    Args:
        bits: hexadecimal, as `throttled` returns them.

    Returns:
        What is so now, and what was so since the last boot but is over.
    """
    value = int(bits, 16)
    now = [text for bit, text in _THROTTLE_BITS.items() if value >> bit & 1]
    before = [text for bit, text in _THROTTLE_BITS.items() if value >> (bit + _SINCE_BOOT) & 1 and not value >> bit & 1]
    return now, before


def memory_bytes() -> tuple[int, int] | None:
    """Return the machine's memory and how much of it is free to use, bytes; None: this machine does not tell."""
    amounts = {}
    for line in (_text(_MEMINFO) or "").splitlines():
        name, _, amount = line.partition(":")
        if amount.strip().endswith("kB"):
            amounts[name] = int(amount.split()[0]) * 1024
    if "MemTotal" not in amounts or "MemAvailable" not in amounts:
        return None
    return amounts["MemTotal"], amounts["MemAvailable"]


def userland_bits() -> int:
    """Return the width of this Python, 32 or 64: of its programs and libraries, whatever the kernel is."""
    return struct.calcsize("P") * 8


def is_32_bit_userland_on_64_bit_kernel() -> bool:
    """Tell whether 64-bit packages would run here if only the system were installed anew, as on older Pi OS."""
    return userland_bits() == 32 and os.uname().machine in _64_BIT_KERNELS


def _text(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace").strip("\0 \n") or None
    except OSError:
        return None
