"""How easy the house is to walk, and whether that costs speed: an older checkout beside this one.

`python -m tests.house.walks OLD NEW OUT.json MODEL` measures two checkouts in processes of their own, in turns:

- files and lines of source;
- modules whose functions run on everyday walks (it draws pets, then trains, converts, classifies and benchmarks them
  in one process; child processes are not counted);
- the time of every program's `--help`;
- the live loop and the way from frame to label, each against the bare model, by the checkout's own measurement.

It only uses the command lines, so it measures older trees too. In a checkout it starts itself with one OUT.json.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from types import CodeType, FrameType
from typing import Any

ROOT = Path.cwd()
PROGRAMS = ("edge_app", "train", "convert", "benchmarks")
HELP_STARTS = 15
LIVE_TURNS = 2
DRAWINGS = 600


def modules_of(walk: Callable[[], object]) -> list[str]:
    """Return the modules of ours whose functions run during a walk, sorted."""
    names: dict[CodeType, str | None] = {}

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code not in names:
            names[frame.f_code] = _module_of(frame.f_code)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        walk()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return sorted({name for name in names.values() if name is not None})


def _module_of(code: CodeType) -> str | None:
    path = Path(code.co_filename)
    if code.co_name == "<module>" or not path.is_relative_to(ROOT):
        return None
    place = path.relative_to(ROOT).with_suffix("")
    return ".".join(place.parts).removesuffix(".__init__") if place.parts[0] in PROGRAMS else None


def _program(name: str, words: Sequence[str]) -> Callable[[], object]:
    main: Callable[[list[str]], int] = importlib.import_module(f"{name}.__main__").main

    def walk() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            code = main(list(words))
        if code:
            raise SystemExit(f"{name} {' '.join(words)} ended with {code}")

    return walk


def measure_walks(folder: Path) -> dict[str, list[str]]:
    """Walk from photographs to a drawn label; return the modules of each walk."""
    photos, run, models = folder / "photos", str(folder / "run"), str(folder / "pets")
    _drawn_pets().write_drawings(photos, DRAWINGS, size=64)
    model = f"{models}/pets-int8.tflite"
    camera = ["--source", "demo", "--frames", "20", "--no-window", "--save", str(folder / "out.mp4")]
    return {
        "photographs → run folder": modules_of(
            _program("train", [str(photos), "--recipe", "tiny", "--epochs", "1", "--out", run])
        ),
        "run folder → bundle": modules_of(_program("convert", [run, "--out", models])),
        "frame → drawn label": modules_of(_program("edge_app", [model, *camera])),
        "model path → result.json": modules_of(
            _program("benchmarks", ["run", model, "--rounds", "2", "--out", str(folder / "result")])
        ),
        "model path → label (Classifier)": modules_of(lambda: _label_once(Path(model))),
    }


def _drawn_pets() -> Any:
    try:
        return importlib.import_module("edge_app.demo.drawn_pets")
    except ModuleNotFoundError:  # a tree older than its rooms
        return importlib.import_module("edge_app.drawn_pets")


def _label_once(model: Path) -> None:
    import numpy as np

    from edge_app import Classifier

    Classifier(model).classify(np.zeros((480, 640, 3), np.uint8))


def measure_size() -> dict[str, int]:
    """Count source files and lines per program and for the tests."""
    files = {name: sorted((ROOT / name).rglob("*.py")) for name in (*PROGRAMS, "tests")}
    counts = {f"{name} files": len(paths) for name, paths in files.items()}
    lines = {f"{name} lines": sum(len(p.read_text().splitlines()) for p in paths) for name, paths in files.items()}
    return counts | lines


def measure_tree(out: Path) -> None:
    """Measure the checkout in the current folder; write JSON."""
    with tempfile.TemporaryDirectory() as folder:
        walks = measure_walks(Path(folder))
    out.write_text(json.dumps({"size": measure_size(), "walks": walks}, indent=1, ensure_ascii=False))


def _in_tree(tree: Path, *words: str) -> None:
    """Run Python with a checkout's code; its own files win over what is installed."""
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    subprocess.run([sys.executable, *words], cwd=tree, env=environment, check=True, capture_output=True)


def time_help(trees: Mapping[str, Path]) -> dict[str, dict[str, list[float]]]:
    """Time `--help` of each program in fresh processes that take turns, seconds."""
    times: dict[str, dict[str, list[float]]] = {side: {name: [] for name in PROGRAMS} for side in trees}
    for _ in range(HELP_STARTS):
        for name in PROGRAMS:
            for side, tree in trees.items():
                start_s = time.perf_counter()
                _in_tree(tree, "-m", name, "--help")
                times[side][name].append(time.perf_counter() - start_s)
    return times


def measure_live(tree: Path, model: Path, folder: Path) -> dict[str, list[float]]:
    """Return loop throughput and frame→label as ratios to the bare model, one per round."""
    out = folder / "live.json"
    verb = ["experiment", "live"] if (tree / "benchmarks" / "experiments").is_dir() else ["live"]
    few = ["--rounds", "8", "--seconds", "3", "--starts", "1"]
    _in_tree(tree, "-m", "benchmarks", *verb, str(model), *few, "--out", str(out), "--overwrite")
    content = json.loads(out.read_text())
    rounds = content.get("payload", content)["rounds"]
    return {
        "throughput of the loop, bare model = 1": [sum(one["invoke_s"]) / one["loop_s"] for one in rounds],
        "frame→label, bare model = 1": [median(one["frame_to_label_s"]) / median(one["invoke_s"]) for one in rounds],
    }


def compare(trees: Mapping[str, Path], model: Path) -> dict[str, Any]:
    """Measure checkouts in turns."""
    found: dict[str, Any] = {side: {} for side in trees}
    with tempfile.TemporaryDirectory() as folder:
        for side, tree in trees.items():
            out = Path(folder) / f"{side}.json"
            _in_tree(tree, str(Path(__file__)), str(out))
            found[side] |= json.loads(out.read_text())
            found[side]["live"] = {}
        for _ in range(LIVE_TURNS):
            for side, tree in trees.items():
                for what, ratios in measure_live(tree, model, Path(folder)).items():
                    found[side]["live"].setdefault(what, []).extend(ratios)
    for side, times in time_help(trees).items():
        found[side]["help_s"] = times
    return found


def report(found: Mapping[str, Any]) -> None:
    """Print what people compare."""
    for side, numbers in found.items():
        files = sum(numbers["size"][f"{name} files"] for name in PROGRAMS)
        lines = sum(numbers["size"][f"{name} lines"] for name in PROGRAMS)
        print(f"{side}: {files} files, {lines:,} lines without tests")
        for walk, modules in numbers["walks"].items():
            print(f"  {walk}: {len(modules)} modules")
        for what, values in (numbers["help_s"] | numbers["live"]).items():
            print(f"  {what}: median {median(values):.3f}")


def main(words: Sequence[str]) -> None:
    """See the module's docstring."""
    if len(words) == 1:
        measure_tree(Path(words[0]))
        return
    from benchmarks.results.device import examine_device
    from benchmarks.results.envelope import write_envelope

    old, new, out, model = (Path(word).resolve() for word in words)
    found = compare({"before": old, "after": new}, model)
    write_envelope(out, "house", found, examine_device())
    report(found)


if __name__ == "__main__":
    main(sys.argv[1:])
