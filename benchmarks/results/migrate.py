"""Rewrites results of before the envelope: `python -m benchmarks.results.migrate FILES OR FOLDERS`.

Only here is a result's kind guessed from its keys, once. Numbers stay as they are, and every number of the old file is
looked for in the new one before that replaces it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.results.envelope import DERIVED, write_envelope
from edge_app.common.atomic_files import write_text
from edge_app.common.command_line import run_program
from edge_app.common.errors import ResultError

Content = dict[str, Any]

_ENVELOPE = ("kind", "schema", "date", "device", "payload")
_RUN_FILES = ("run.json", "metrics.json", "conversion.json")
"""Of run folders and bundles: they keep their own format."""
_UNDATED = "undated.json"

_BY_KEYS: tuple[tuple[str, set[str]], ...] = (
    ("operators", {"operators", "method", "invoke_s"}),
    ("peers", {"peers", "rounds", "ratios"}),
    ("paper", {"paper", "findings"}),
    ("training", {"experiment", "repeats"}),
    ("course", {"curves", "ratio"}),
    ("comparison", {"remarks", "pairs"}),
    ("sensitivity", {"plan", "repetitions"}),
    ("live", {"ages", "warm_starts"}),
    ("soak", {"samples", "recoveries_s"}),
    ("viewers", {"blocks", "threads"}),
    ("fuzz", {"totals", "failures"}),
    ("imports", {"packages", "processes"}),
    ("tfjs", {"tfjs", "graphs"}),
    ("browser", {"faster", "loads"}),
    ("mediapipe", {"peer", "photographs", "files"}),
    ("pipeline", {"turns", "ratios", "pixels"}),
    ("neither-runs", {"exposed_classes", "runs"}),
    ("neither", {"heads", "trials"}),
    ("resizing", {"photographs", "trials"}),
    ("arm64", {"emulator", "roots"}),
)

_DERIVED_KEYS = {
    "latency": ("valid", "invalid_reasons", "other_cpu_share", "summary"),
    "operators": ("sum_s", "ratio", "fast_ratio", "doubts"),
    "peers": ("ratios",),
    "sensitivity": ("partial", "questions", "invocation_shift"),
    "soak": ("growth_bytes",),
    "fuzz": ("totals",),
}
"""Keys that follow from the others."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Rewrite; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.results.migrate", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="results, or folders of them")
    paths: list[Path] = parser.parse_args(arguments).paths
    return run_program(lambda: _migrate_all(paths))


def migrate(path: Path) -> str:
    """Rewrite one file; return its kind, empty where it is none of ours or has an envelope already.

    Raises:
        ResultError: it cannot be read, or a number would be lost.
        OutputError: the system refused to write.
    """
    content = _read(path)
    if content.keys() >= set(_ENVELOPE) or path.name in _RUN_FILES:
        return ""
    kind = kind_of(content)
    if not kind:
        return ""
    payload, device = migrated(kind, content, path)
    _refuse_lost_numbers(path, content, [payload, device])
    write_envelope(path, kind, payload, device, str(content["date"]) if "date" in content else _day_of(path))
    return kind


def kind_of(content: Mapping[str, Any]) -> str:
    """Guess the kind of an old result by its keys; empty: it is none of ours."""
    if content.get("kind") in ("sweep", "sustained"):
        return str(content["kind"])
    files = content.get("files")
    if isinstance(files, list) and files and isinstance(files[0], dict) and "frame_to_label_s" in _timings(files[0]):
        return "latency"
    return next((kind for kind, keys in _BY_KEYS if content.keys() >= keys), "")


def migrated(kind: str, content: Mapping[str, Any], path: Path) -> tuple[Content, Content | None]:
    """Return payload and device of an old result.

    Args:
        kind: of the result.
        content: of the file.
        path: of the file; a sweep's device is in the latency result beside it.
    """
    outside = ("schema_version", "schema", "kind", "date", "device")
    payload = {name: value for name, value in content.items() if name not in outside}
    device = content.get("device")
    derived = {name: payload.pop(name) for name in _DERIVED_KEYS.get(kind, ()) if name in payload}
    if "doubts" in derived:
        derived["warnings"] = derived.pop("doubts")
    if kind == "sweep":
        device = _device_beside(path, str(device))
    elif kind in _CHANGES:
        derived |= _CHANGES[kind](payload)
    if kind == "arm64":
        device = payload.pop("here", None)
    return ({DERIVED: derived} if derived else {}) | payload, device


def _latency(payload: Content) -> Content:
    """Schema version 1 knew one process and no rounds: what it does not tell is left blank."""
    if "rounds" in payload:
        return {}
    threads = payload.pop("threads")
    payload["rounds"] = [{"order": [], "decode_s": [], "yardstick_s": [], "other_cpu_s": None, "available_cpu_s": 0.0}]
    payload["files"] = [_file_of_version_1(file, threads) for file in payload["files"]]
    return {}


def _file_of_version_1(file: Mapping[str, Any], threads: int) -> Content:
    """Load and first run were medians over the processes, memory the largest; they stand for each of them."""
    known = ("file", "sha256", "size_bytes", "input_size", "input_dtype", "accuracy", "accuracy_note")
    each = {name: file[name] for name in ("load_s", "first_invoke_s", "peak_memory_bytes")}
    return {
        **{name: file[name] for name in known if name in file},
        "threads": threads,
        "starts": [{**each, "start_to_label_s": time_s} for time_s in file["start_to_label_s"]],
        "rounds": [{"frame_to_label_s": file["frame_to_label_s"], "invoke_s": file["invoke_s"]}],
    }


def _operators(payload: Content) -> Content:
    times_s = [one.pop("time_s") for one in payload["operators"]]
    return {"time_s": times_s}


def _sustained(payload: Content) -> Content:
    """Turns and readings were columns."""
    for name in ("turns", "readings"):
        columns = payload[name]
        payload[name] = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return {}


def _sensitivity(payload: Content) -> Content:
    payload["options"] = payload.pop("plan")
    return {}


def _soak(payload: Content) -> Content:
    payload["messages"] = payload.pop("told")
    return {}


def _comparison(payload: Content) -> Content:
    payload["warnings"] = payload.pop("remarks")
    return {}


def _viewers(payload: Content) -> Content:
    for block in payload["blocks"]:
        block["viewers_cpu_s"] = block.pop("crowd_cpu_s")
    return {}


def _live(payload: Content) -> Content:
    """Version 1 did not measure a frame to its label apart from the loop."""
    for one in payload["rounds"]:
        one.setdefault("frame_to_label_s", [])
    return {}


_CHANGES: Mapping[str, Callable[[Content], Content]] = {
    "latency": _latency,
    "operators": _operators,
    "sustained": _sustained,
    "sensitivity": _sensitivity,
    "soak": _soak,
    "comparison": _comparison,
    "viewers": _viewers,
    "live": _live,
}
"""What else changes in a payload, in place; each returns what it found that is derived."""


def _device_beside(path: Path, told: str) -> Content | None:
    """A sweep had its device in words; the latency result that it rests on has it whole."""
    beside = path.parent / "latency" / "result.json"
    device: Content | None = _read(beside).get("device") if beside.is_file() else None
    return device if device is not None and str(device.get("cpu")) in told else None


def _migrate_all(paths: Sequence[Path]) -> int:
    files = [file for path in paths for file in (sorted(path.rglob("*.json")) if path.is_dir() else [path])]
    if not files:
        raise ResultError(f"no JSON file in {', '.join(map(str, paths))}; name results or a folder of them")
    for file in files:
        if file.name != _UNDATED:
            kind = migrate(file)
            print(f"{file}: {kind or 'left as it is'}")
    for path in paths:
        if (path / _UNDATED).is_file():
            print(f"{date_runs(path)} files of run folders dated; {path / _UNDATED} is not needed any more")
    return 0


def date_runs(root: Path) -> int:
    """Write day and machine of undated.json into run.json and conversion.json; return how many files were changed.

    The day is that of a commit, so it stands without a time.
    """
    known = _read(root / _UNDATED)["runs"]
    changed = 0
    for name in ("run.json", "conversion.json"):
        for path in sorted(root.rglob(name)):
            content = _read(path)
            about = known.get(content.get("weights_sha256"))
            if about is None or "date" in content:
                continue
            cpu, cores = about["machine"].rsplit(", ", 1)
            device = {"board": None, "cpu": cpu, "cores": int(cores.split()[0]), **content.get("device", {})}
            dated = {**content, "date": about["committed"], "device": device}
            write_text(path, json.dumps(dated, indent=2, ensure_ascii=False) + "\n")
            changed += 1
    (root / _UNDATED).unlink()
    return changed


def _timings(file: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the raw times of a file of a latency result: of its first round, or in version 1 of itself."""
    rounds = file.get("rounds")
    return rounds[0] if isinstance(rounds, list) and rounds and isinstance(rounds[0], dict) else file


def _refuse_lost_numbers(path: Path, old: Any, new: Any) -> None:
    """Compare all numbers but the version.

    Raises:
        ResultError: one is missing.
    """
    content = {name: value for name, value in old.items() if name not in ("schema_version", "schema")}
    lost = Counter(_numbers(content)) - Counter(_numbers(new))
    if lost:
        first = next(iter(lost))
        raise ResultError(f"`{path}` would lose {len(lost)} numbers ({first}), so it is left as it is; measure again")


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from _numbers(item)


def _day_of(path: Path) -> str:
    raise ResultError(f"`{path}` does not say when it was measured; measure again, or add its `date`")


def _read(path: Path) -> Content:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ResultError(f"`{path}` cannot be read as JSON ({error}); name results, or their folder") from error
    if not isinstance(content, dict):
        raise ResultError(f"`{path}` is no result (no JSON object); take it away")
    return content


if __name__ == "__main__":
    sys.exit(main())
