"""Every warning about a measurement: what was seen, the likely cause, what to try.

Some make it invalid: its numbers are of the disturbance, not of the files.
"""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.results.device import Device
from benchmarks.results.latency import FileResult, LatencyResult
from benchmarks.statistics.rounds import median_over_rounds
from benchmarks.statistics.summary import summarize
from edge_app.model import board

FEWEST_ROUNDS = 5
"""Fewer say too little about what changes from process to process."""

_BUSY_LOAD_PER_CORE = 0.5
_BUSY_SHARE, _BUSY_SHARE_INVALID = (
    0.05,
    0.15,
)  # of the usable cores' time, used by other programs during the measurement
_SPREAD, _SPREAD_INVALID = 0.05, 0.15  # standard deviation of the rounds' medians, as a share
_WIDE_MEDIAN_INTERVAL = 0.05  # of the median
_LONG_TAIL = 3.0  # p99 over median
_HOT_C = 75.0
_LOW_CLOCK = 0.9  # of the frequency before
_WIDE_ACCURACY_POINTS = 0.06


def warnings(result: LatencyResult) -> list[str]:
    """Return a sentence per reason not to trust the numbers; those of `invalid_reasons` are not repeated."""
    found = _about_device(result.device) + _about_run(result)
    for file in result.files:
        found += [f"{_called(file, result)}: {sentence}" for sentence in _about_file(file)]
    return found


def invalid_reasons(result: LatencyResult) -> list[str]:
    """Return why these are no numbers of the files at all; empty: they may be believed."""
    found = _throttling(result) + invalid_device(result.device)
    share = result.other_share
    if share is not None and share > _BUSY_SHARE_INVALID:
        found.append(
            f"other programs used {share:.0%} of the processor during the measurement; close them and measure again"
        )
    for file in result.files:
        spread = median_over_rounds([one.frame_to_label_s for one in file.rounds]).spread
        if spread is not None and spread > _SPREAD_INVALID:
            found.append(
                f"{_called(file, result)}: the medians of the rounds differ by {spread:.0%} (standard deviation): too "
                "noisy; find what else runs, or what changes the clock"
            )
    return found


def invalid_device(device: Device) -> list[str]:
    """Return why no time of this device is one, in whatever measurement; empty: they may be believed."""
    if device.emulator is None:
        return []
    return [f"measured in an emulator ({device.emulator}): answers count, times and memory do not"]


def few_rounds(result: LatencyResult) -> list[str]:
    """Return why little is known of other processes; empty: enough rounds were measured."""
    rounds = len(result.files[0].rounds)
    if rounds < FEWEST_ROUNDS:
        how_many = f"{rounds} {'rounds show' if rounds > 1 else 'round shows'}"
        return [f"{how_many} little of how times vary between processes; at least {FEWEST_ROUNDS} are needed"]
    return []


def comparison_warnings(first: LatencyResult, second: LatencyResult, shift: float) -> list[str]:
    """Return why two results are hard to compare.

    Args:
        first: a result.
        second: another one.
        shift: of the machine between them, logarithm of the yardstick's ratio.
    """
    both = {"the first": first, "the second": second}
    return [*invalid_sentences(both), *machine_differences(first, second, shift)]


def invalid_sentences(results: Mapping[str, LatencyResult]) -> list[str]:
    """Return a sentence per invalid result, by what each is called."""
    return [
        f"{name} is invalid: {reasons[0]}" for name, result in results.items() if (reasons := invalid_reasons(result))
    ]


def machine_differences(first: LatencyResult, second: LatencyResult, shift: float) -> list[str]:
    """Return what differs between the machines of two results; the arguments are those of `comparison_warnings`."""
    found = []
    ours, theirs = first.device, second.device
    for what in ("board", "cpu", "cores", "runtime", "opencv", "governor"):
        if getattr(ours, what) != getattr(theirs, what):
            both = f"{getattr(ours, what)} and {getattr(theirs, what)}"
            found.append(f"different {what}: {both}; this is no comparison of files alone")
    if abs(shift) > _SPREAD:
        found.append(
            f"a fixed piece of work took {abs(shift):.0%} {'longer' if shift > 0 else 'less'} in the second run: the "
            "machine itself changed, and the intervals are widened for that"
        )
    return found


def _called(file: FileResult, result: LatencyResult) -> str:
    return (
        file.file
        if len(result.threads) == 1
        else f"{file.file} with {file.threads} thread{'s' if file.threads > 1 else ''}"
    )


def _throttling(result: LatencyResult) -> list[str]:
    if result.after is None or result.after.throttled is None:
        return []
    now, before = board.throttle_reasons(result.after.throttled)
    known = set()
    if result.device.throttled is not None:
        known = {reason for some in board.throttle_reasons(result.device.throttled) for reason in some}
    reasons = now + [reason for reason in before if reason not in known]
    if not reasons:
        return []
    bits = f"{result.device.throttled or 'unknown'} before, {result.after.throttled} after"
    return [
        f"the board was throttled during the measurement ({'; '.join(reasons)}; {bits}): use a stronger power supply "
        "or a fan"
    ]


def _about_run(result: LatencyResult) -> list[str]:
    found = few_rounds(result)
    rounds = len(result.files[0].rounds)
    if result.partial:
        found.append(f"interrupted: {rounds} of {result.rounds_planned} rounds were measured")
    share = result.other_share
    if share is not None and _BUSY_SHARE < share <= _BUSY_SHARE_INVALID:
        found.append(f"other programs used {share:.0%} of the processor during the measurement")
    before, after = result.device, result.after
    if after is None:
        return found
    if after.temperature_c is not None and after.temperature_c > _HOT_C:
        found.append(f"{after.temperature_c:.0f} °C at the end: the clock may have been lowered; use a fan")
    if before.frequency_hz and after.frequency_hz and after.frequency_hz < _LOW_CLOCK * before.frequency_hz:
        found.append(f"the clock fell from {before.frequency_hz / 1e6:,.0f} to {after.frequency_hz / 1e6:,.0f} MHz")
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
    if device.throttled is not None and int(device.throttled, 16):
        found.append(f"the board was throttled ({device.throttled}): use a stronger power supply or a fan")
    if device.runtime.startswith("tflite-runtime") and "x86" in device.system:
        found.append(
            "tflite-runtime runs int8 files on x86 without XNNPACK, ten times slower than need be; "
            "install ai-edge-litert"
        )
    return found


def _about_file(file: FileResult) -> list[str]:
    return _about_times(file) + _about_warm_up(file) + _about_stream(file) + _about_accuracy(file)


def _about_times(file: FileResult) -> list[str]:
    found = []
    kinds = (
        ("bare runs", file.invoke_s, [one.invoke_s for one in file.rounds]),
        ("runs from frame to label", file.frame_to_label_s, [one.frame_to_label_s for one in file.rounds]),
    )
    for what, times, rounds in kinds:
        summary, over_rounds = summarize(times), median_over_rounds(rounds)
        low_s, high_s = over_rounds.low_s or summary.low_s, over_rounds.high_s or summary.high_s
        if high_s - low_s > _WIDE_MEDIAN_INTERVAL * summary.median_s:
            found.append(
                f"the median of {what} is not settled after {summary.count:,} runs in {len(rounds)} rounds; raise "
                "--rounds and --seconds"
            )
        elif summary.p99_s > _LONG_TAIL * summary.median_s:
            found.append(
                f"1 % of {what} take {summary.p99_s / summary.median_s:.1f} times the median or longer: "
                "something interrupts"
            )
    return found


def _about_warm_up(file: FileResult) -> list[str]:
    unsettled = sum(one.settled is False for one in file.rounds)
    if not unsettled:
        return []
    return [f"in {unsettled} of {len(file.rounds)} rounds the times were not yet stable after the warm-up"]


def _about_stream(file: FileResult) -> list[str]:
    if file.stream is None or file.stream.is_valid:
        return []
    return [f"the strict stream is too short: {len(file.stream.queries_s):,} queries in {file.stream.duration_s:.0f} s"]


def _about_accuracy(file: FileResult) -> list[str]:
    if file.accuracy is None and file.accuracy_note:
        return [f"no accuracy: {file.accuracy_note}"]
    if file.accuracy is not None and file.accuracy.high - file.accuracy.low > _WIDE_ACCURACY_POINTS:
        return [
            f"{file.accuracy.photographs:,} photographs leave the accuracy open between {file.accuracy.low:.1%} and "
            f"{file.accuracy.high:.1%}; give more"
        ]
    return []
