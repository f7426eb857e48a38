"""How easy the house is to walk: files, lines, import circles, and the modules that four everyday walks pass through.

`python -m tests.house.walks OUT.json` draws pets, then trains, converts, classifies and benchmarks them in this process
and counts the modules whose functions run; child processes are not counted. It only uses the command lines, so it
measures older trees too: run it with another checkout as the current folder and in `PYTHONPATH`.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from types import CodeType, FrameType
from typing import Any

ROOT = Path.cwd()
PROGRAMS = ("edge_app", "train", "convert", "benchmarks")
HELP_STARTS = 15
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


def measure_help() -> dict[str, list[float]]:
    """Time `--help` of each program in fresh processes that take turns, seconds."""
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(HELP_STARTS):
        for name in PROGRAMS:
            start_s = time.perf_counter()
            subprocess.run([sys.executable, "-m", name, "--help"], cwd=ROOT, check=True, capture_output=True)
            times[name].append(time.perf_counter() - start_s)
    return times


def main(out: Path) -> None:
    """Measure, write JSON, print what people compare."""
    with tempfile.TemporaryDirectory() as folder:
        walks = measure_walks(Path(folder))
    size, help_s = measure_size(), measure_help()
    out.write_text(json.dumps({"size": size, "walks": walks, "help_s": help_s}, indent=2, ensure_ascii=False) + "\n")
    for name, modules in walks.items():
        print(f"{name}: {len(modules)} modules")
    for name, count in size.items():
        print(f"{name}: {count:,}")
    for name, times in help_s.items():
        print(f"{name} --help: {median(times):.3f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
