"""Every warning about a measurement: what was seen, the likely cause, what to try."""

from __future__ import annotations

from benchmarks.device import Device
from benchmarks.result import FileResult, Result
from benchmarks.statistics import summarize

_BUSY_LOAD_PER_CORE = 0.5
_WIDE_MEDIAN_INTERVAL = 0.05  # of the median
_LONG_TAIL = 3.0  # p99 over median
_HOT_C = 75.0
_WIDE_ACCURACY_POINTS = 0.06


def doubts(result: Result) -> list[str]:
    """Return a sentence per reason not to trust the numbers."""
    found = _about_device(result.device)
    for file in result.files:
        found += [f"{file.file}: {sentence}" for sentence in _about_file(file)]
    return found


def _about_device(device: Device) -> list[str]:
    found = []
    if device.load / device.cores > _BUSY_LOAD_PER_CORE:
        found.append(
            f"{device.load:.1f} processes were waiting for {device.cores} cores before the start: something else is "
            "running; close it and measure again"
        )
    if device.governor not in (None, "performance"):
        found.append(
            f"the CPU clock follows the governor `{device.governor}`: times may start slow; "
            "try: sudo cpufreq-set -g performance"
        )
    if device.temperature_c is not None and device.temperature_c > _HOT_C:
        found.append(f"{device.temperature_c:.0f} °C before the start: the clock may be lowered; let it cool")
    if device.throttled not in (None, "0x0"):
        found.append(f"the board was throttled ({device.throttled}): use a stronger power supply or a fan")
    if device.runtime.startswith("tflite-runtime") and "x86" in device.system:
        found.append(
            "tflite-runtime runs int8 files on x86 without XNNPACK, ten times slower than need be; "
            "install ai-edge-litert"
        )
    return found


def _about_file(file: FileResult) -> list[str]:
    found = []
    for what, times in (("bare runs", file.invoke_s), ("frame to label", file.frame_to_label_s)):
        summary = summarize(times)
        if summary.high_s - summary.low_s > _WIDE_MEDIAN_INTERVAL * summary.median_s:
            found.append(f"the median of {what} is not settled after {summary.count:,} runs; raise --seconds")
        elif summary.p99_s > _LONG_TAIL * summary.median_s:
            found.append(
                f"1 % of {what} take {summary.p99_s / summary.median_s:.1f} times the median: something interrupts"
            )
    if file.accuracy is None and file.accuracy_note:
        found.append(f"no accuracy: {file.accuracy_note}")
    elif file.accuracy is not None and file.accuracy.high - file.accuracy.low > _WIDE_ACCURACY_POINTS:
        found.append(
            f"{file.accuracy.photographs:,} photographs leave the accuracy open between {file.accuracy.low:.1%} and "
            f"{file.accuracy.high:.1%}; give more"
        )
    return found
