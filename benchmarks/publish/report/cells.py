"""The cells of the page's tables, from the content of results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

SWEEP_HEAD = ("file", "px", "MMACs", "MB", "frame→label, ms", "validation", "test (95 % interval)")
CONVERSION_HEAD = ("file", "MB", "accuracy", "same label as Keras", "against Keras", "time against float32")
PEERS_HEAD = ("", "bare run, ms", "frame→label, ms", "start to first label, s", "peak MiB")


def swept(file: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells of a file of a sweep."""
    timed, test = file["frame_to_label"], file["test"]
    return (
        file["file"].rpartition("/")[2],
        str(file["input_px"]),
        f"{file['macs'] / 1e6:.1f}",
        f"{file['size_bytes'] / 1e6:.2f}",
        "" if timed is None else f"{timed['median_s'] * 1e3:.2f}",
        f"{100 * file['validation']['top1']:.2f} %",
        f"{100 * test['top1']:.2f} % ({100 * test['low']:.1f} to {100 * test['high']:.1f})",
    )


def converted(file: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells of a converted file."""
    paired = file.get("against_keras")
    agreement = file.get("test_agreement") or file["agreement"]
    times = file.get("times_float32")
    difference = ""
    if paired:
        low, high = (f"{100 * paired[end]:+.2f}" for end in ("low", "high"))
        difference = f"{100 * paired['difference']:+.2f} points ({low} to {high})"
    accuracy = file.get("accuracy")
    return (
        file["file"],
        f"{file['size_bytes'] / 1e6:.2f}",
        f"{100 * accuracy['top1']:.2f} % of {accuracy['photographs']:,}" if accuracy else "",
        f"{100 * agreement['same_label']:.2f} % of {agreement['photographs']:,}",
        difference,
        f"{times:.2f} ×" if times else "",
    )


def peers_rows(content: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return a row per runtime: medians of rounds, of processes the largest memory."""
    if "sides" in content:
        sides = content["sides"].items()
        return [_peer(name, [], side["blocks_s"], side["starts"]) for name, side in sides]
    names = dict.fromkeys(name for one in content["rounds"] for name in one["visits"])
    visits = {name: [one["visits"][name] for one in content["rounds"] if name in one["visits"]] for name in names}
    rows = [_peer(name, _of(told, "bare_s"), _of(told, "frame_to_label_s"), told) for name, told in visits.items()]
    theirs_s = [one["litert_benchmark"]["median_s"] for one in content["rounds"] if one.get("litert_benchmark")]
    return [*rows, *([("litert-benchmark", _ms([theirs_s]), "", "", "")] if theirs_s else [])]


def plain(cells: Sequence[str]) -> tuple[str, ...]:
    """Leave out Markdown's quotes of code."""
    return tuple(cell.replace("`", "") for cell in cells)


Times = Sequence[Sequence[float]]


def _peer(name: str, bare_s: Times, whole_s: Times, starts: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    start_s = median(start["start_to_label_s"] for start in starts)
    peak_bytes = max(start["peak_memory_bytes"] for start in starts)
    return (name, _ms(bare_s), _ms(whole_s), f"{start_s:.2f}", f"{peak_bytes / 2**20:.0f}")


def _of(visits: Sequence[Mapping[str, Any]], times: str) -> list[Sequence[float]]:
    return [visit[times] for visit in visits if visit[times]]


def _ms(rounds_s: Times) -> str:
    return f"{1e3 * median(median(times_s) for times_s in rounds_s):.2f}" if rounds_s else ""
