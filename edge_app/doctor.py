"""What this machine has for running the app, what is wrong with it, and what to do about each."""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge_app.common.errors import FieldLensError
from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.common.opencv_wheel import check_one_cv2_wheel, installed_cv2_wheels, why_cv2_fails
from edge_app.model import board
from edge_app.model.runtime import default_threads, interpreter_module, load_interpreter, runtime_name
from edge_app.model.starter import STARTER
from edge_app.model.trial import require_trial_run

_HOT_C = 75.0  # a Raspberry Pi lowers its clock at 80 to 85 °C
_LITTLE_MEMORY_BYTES = 150 << 20  # the app takes 80 MiB, the camera's buffers some more
_NEED_OPENCV = ("int8", "codecs", "window", "cameras")
_OLDEST, _NEWEST_TRIED = (3, 11), (3, 13)
_INT8_BUDGET_S = 0.4  # of a measurement
_ACCELERATED = 1.3  # times faster with the delegate than without; measured 3 to 25 where it takes the model


def examine(model: Path = STARTER) -> tuple[list[str], bool]:
    """Return a line per fact, and whether the app can run here.

    Args:
        model: an int8 file to measure whether int8 is accelerated.
    """
    checks: dict[str, Callable[[], str]] = {
        "python": _python,
        "system": _system,
        "runtime": runtime_name,
        "int8": lambda: f"{_int8(model)} ({model.name})",
        "opencv": _opencv,
        "codecs": _codecs,
        "window": _window,
        "cameras": _cameras,
        "heat": _heat,
        "power": _power,
        "memory": _memory,
    }
    has_opencv, opencv = _tried(_opencv)  # once: cv2 must not be imported again after it failed
    lines, healthy = [], True
    for name, check in checks.items():
        if name == "opencv":
            good, text = has_opencv, opencv
        elif name in _NEED_OPENCV and not has_opencv:
            good, text = False, "not known: it needs OpenCV"
        else:
            good, text = _tried(check)
        healthy &= good
        lines.append(f"{name:<8} {text}")
    return lines, healthy


def _tried(check: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, check()
    except FieldLensError as error:
        return False, f"PROBLEM: {error}"
    except ImportError as error:
        return False, f"PROBLEM: {why_cv2_fails(error) or error}"


def _python() -> str:
    version = platform.python_version()
    here = tuple(int(part) for part in version.split(".")[:2])
    if here < _OLDEST:
        raise FieldLensError(f"{version} is older than 3.11; install a newer one, for example with uv or pyenv")
    return version if here <= _NEWEST_TRIED else f"{version}, newer than what the app was tried with (3.11 to 3.13)"


def _system() -> str:
    name = board.board_name() or board.cpu_model()
    text = f"{name}, {platform.machine()}, {board.userland_bits()}-bit, {default_threads()} usable threads"
    if board.is_32_bit_userland_on_64_bit_kernel():
        return (
            f"{text}; the kernel has 64 bits, the rest of the system 32: install the 64-bit Raspberry Pi OS, or "
            "`.[edge-tflite-runtime]` on Python 3.11"
        )
    if board.userland_bits() == 32:
        return f"{text}; only the older runtime has 32-bit packages: install `.[edge-tflite-runtime]` on Python 3.11"
    return text


def _int8(model: Path) -> str:
    """Measure an int8 file with and without XNNPACK."""
    from edge_app.model.classifier import Classifier

    classifier = Classifier(model, as_stored=True)  # checks the file before the runtime gets it
    if classifier.card.input_dtype not in ("uint8", "int8"):
        raise FieldLensError(f"`{model}` takes {classifier.card.input_dtype}, not bytes; give an int8 file")
    accelerated_s = _time_of_run_s(classifier.interpreter)
    with quiet_native_stderr():
        plain_s = _time_of_run_s(_without_delegates(model))
    times = f"{accelerated_s * 1e3:.1f} ms a run, {plain_s * 1e3:.1f} ms without the accelerator"
    if plain_s / accelerated_s >= _ACCELERATED:
        return f"yes: {times}"
    way = "pip install ai-edge-litert" if runtime_name().startswith("tflite-runtime") else "convert it as plain int8"
    return f"no: {times}; {way}"


def _without_delegates(model: Path) -> Any:
    require_trial_run(model, plain=True)
    module = interpreter_module()
    resolver = module.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    return load_interpreter(model, default_threads(), experimental_op_resolver_type=resolver)


def _time_of_run_s(interpreter: Any) -> float:
    """Return the fastest of the runs in a short while, seconds; of a slow one the first counts."""
    end_s = time.perf_counter() + _INT8_BUDGET_S
    best_s = float("inf")
    while time.perf_counter() < end_s:
        start_s = time.perf_counter()
        interpreter.invoke()
        best_s = min(best_s, time.perf_counter() - start_s)
    return best_s


def _opencv() -> str:
    check_one_cv2_wheel()
    import cv2

    return f"{installed_cv2_wheels()[0]} (imports as {cv2.__version__})"


def _codecs() -> str:
    """Say what OpenCV can decode and write: FFmpeg is a part of the wheels, not of the system."""
    import cv2

    built = cv2.getBuildInformation()
    has = {name: re.search(rf"{name}:\s+YES", built) is not None for name in ("FFMPEG", "GStreamer", "v4l/v4l2")}
    there = [f"{name} {'yes' if found else 'no'}" for name, found in has.items()]
    advice = "" if has["FFMPEG"] else "; videos and streams need FFmpeg: pip install --upgrade opencv-python"
    return ", ".join(there) + advice


def _window() -> str:
    from edge_app.sinks.window import why_no_window

    reason = why_no_window()
    return (
        "yes"
        if reason is None
        else f"no: {reason}; --web shows the picture in a browser, --save and --jsonl keep it and the labels"
    )


def _cameras() -> str:
    from edge_app.sources.camera_diagnosis import list_cameras

    return "; ".join(list_cameras()) or "none found; `--source demo` needs none"


def _heat() -> str:
    hottest_c = board.temperature_c()
    if hottest_c is None:
        return "not available on this machine"
    advice = "; the clock will be throttled: add a heat sink or a fan" if hottest_c > _HOT_C else ""
    clock = board.governor()
    slow = f"; the clock follows `{clock}`" if clock not in (None, "performance") else ""
    return f"{hottest_c:.0f} °C{advice}{slow}"


def _power() -> str:
    """Decode the throttling bits of a Raspberry Pi."""
    bits = board.throttled()
    if bits is None:
        if board.board_name() is None:
            return "not available on this machine"
        return "vcgencmd does not answer; run: sudo usermod -aG video $USER, and log in again"
    now, before = board.throttle_reasons(bits)
    if not now and not before:
        return "never throttled since the last boot"
    parts = [f"now: {', '.join(now)}"] if now else []
    parts += [f"since the last boot: {', '.join(before)}"] if before else []
    return f"{'; '.join(parts)} ({bits}); use the official power supply and a fan"


def _memory() -> str:
    amounts = board.memory_bytes()
    if amounts is None:
        return "not available on this machine"
    whole, free = amounts
    text = f"{free / 2**20:,.0f} of {whole / 2**20:,.0f} MiB free"
    return text if free >= _LITTLE_MEMORY_BYTES else f"{text}; close other programs, or the app may be killed"
