"""The app's answers about the same photographs, on this machine and in a root for 64-bit ARM."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edge_app.common.errors import PeerError
from edge_app.demo.drawn_pets import write_drawings
from edge_app.photographs.decoder import is_image_name
from tests.arm64 import stages
from tests.arm64.compare import Pair, compare
from tests.arm64.root import PLACE, Root
from tests.arm64.wheels import fetch_wheels

EXTRA = "edge-headless"
DRAWN, MOST_REAL = 12, 48

_DRAWN_SIZE = 224
_EVERY_CLASS = 10_000  # the app lists at most as many labels as there are
_PYTHON_THERE = f"{PLACE}/venv/bin/python"
_WHAT_IS_THERE = (
    "import json, platform; from benchmarks.results.device import examine_device as look; it = look(); "
    "print(json.dumps(dict(machine=platform.machine(), python=it.python, opencv=it.opencv, runtime=it.runtime)))"
)


def stage_photographs(source: Path, build: Path) -> Path:
    """Collect photographs in a flat folder: drawn ones, and up to `MOST_REAL` evenly from `source` if it is there."""
    staged, drawn = build / "photographs", build / "drawn"
    for folder in (staged, drawn):
        shutil.rmtree(folder, ignore_errors=True)
    write_drawings(drawn, DRAWN, size=_DRAWN_SIZE)
    staged.mkdir()
    for place, path in enumerate((*_evenly(_pictures(source), MOST_REAL), *_pictures(drawn))):
        shutil.copyfile(path, staged / f"{place:02d}-{path.name}")
    return staged


def answers_here(models: Sequence[Path], photographs: Path, folder: Path) -> dict[Path, Path]:
    """Classify on this machine; return the JSON lines of each model."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    answers = {model: folder / f"{model.name}.jsonl" for model in models}
    for model, lines in answers.items():
        command = [sys.executable, *_app(model, photographs, lines)]
        done = subprocess.run(command, env=os.environ | {"NO_COLOR": "1"}, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PeerError(f"`{model}` does not run on this machine: {done.stderr.strip()}")
    return answers


def install(root: Root, wheel: Path) -> dict[str, Any]:
    """Install a wheel of ours and what it needs in a root; return what is there then.

    pip of this machine fetches, with its settings; pip in the root judges by its own tags and markers what fits, and
    has no index.
    """
    folder = root.place / "wheels"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    ours = Path(shutil.copy(wheel, folder))
    fetch_wheels(ours, EXTRA, root.debian.machine("aarch64"))
    begin_s = time.monotonic()
    root.run(["python3", "-m", "venv", "--clear", f"{PLACE}/venv"])
    here = f"{PLACE}/wheels"
    pip = [_PYTHON_THERE, "-m", "pip", "install", "--quiet", "--no-index", f"--find-links={here}"]
    root.run([*pip, f"fieldlens[{EXTRA}] @ file://{here}/{ours.name}"])
    there = json.loads(root.run([_PYTHON_THERE, "-c", _WHAT_IS_THERE]))
    installed = root.run([_PYTHON_THERE, "-m", "pip", "freeze"]).splitlines()
    print(f"{root.suite}: installed in {time.monotonic() - begin_s:.0f} s under the emulator", flush=True)
    packages = [line for line in installed if not line.startswith("fieldlens")]
    return {"debian": root.suite, **there, "extra": EXTRA, "packages": packages}


def compare_in_root(root: Root, cpu: str, here: Mapping[Path, Path], photographs: Path) -> list[dict[str, Any]]:
    """Classify in a root as on one processor, and compare with the answers of this machine, model by model."""
    staged = root.place / "photographs"
    shutil.rmtree(staged, ignore_errors=True)
    shutil.copytree(photographs, staged)
    return [_compare_one(root, cpu, model, lines) for model, lines in here.items()]


def _compare_one(root: Root, cpu: str, model: Path, here: Path) -> dict[str, Any]:
    shutil.copyfile(model, root.place / model.name)
    lines = root.place / f"{model.name}.jsonl"
    lines.unlink(missing_ok=True)
    inside = [Path(PLACE) / name for name in (model.name, "photographs", lines.name)]
    begin_s = time.monotonic()
    root.run([_PYTHON_THERE, *_app(*inside)], {"QEMU_CPU": cpu})
    result = _record(cpu, model, compare(here, lines), time.monotonic() - begin_s)
    print(
        f"{root.suite}, {cpu}, {model.name}: same label on {result['same_label']} of {result['photographs']}, "
        f"max |Δp| {result['largest_difference']:.6f}, lead lost {result['largest_lead_lost']:.6f}, "
        f"{result['seconds']:.0f} s",
        flush=True,
    )
    return result


def stages_in_root(root: Root, cpu: str, models: Sequence[Path], photographs: Path) -> list[dict[str, Any]]:
    """Tell, model by model, where the machines part: decoded picture, prepared tensor, or the model itself."""
    shutil.copyfile(stages.__file__, root.place / "stages.py")
    return [_stages_of_one(root, cpu, model, photographs) for model in models]


def _stages_of_one(root: Root, cpu: str, model: Path, photographs: Path) -> dict[str, Any]:
    shutil.copyfile(model, root.place / model.name)
    here, there = root.place / "here.npz", root.place / "there.npz"
    stages.examine(model, photographs, here, None)
    inside = [f"{PLACE}/{name}" for name in ("stages.py", model.name, "photographs", there.name, here.name)]
    root.run([_PYTHON_THERE, *inside], {"QEMU_CPU": cpu})
    result = {"cpu": cpu, "model": model.name, **stages.compare_stages(here, there)}
    print(f"{root.suite}, {result}", flush=True)
    return result


def _app(model: Path, photographs: Path, lines: Path) -> list[str]:
    words = ["-m", "edge_app", str(model), "--source", str(photographs), "--jsonl", str(lines)]
    return [*words, "--no-window", "--threads", "1", "--top-k", str(_EVERY_CLASS)]


def _record(cpu: str, model: Path, pairs: tuple[Pair, ...], seconds: float) -> dict[str, Any]:
    return {
        "cpu": cpu,
        "model": model.name,
        "photographs": len(pairs),
        "same_label": sum(pair.same_label for pair in pairs),
        "largest_difference": round(max(pair.largest_difference for pair in pairs), 6),
        "largest_lead_lost": round(max(pair.lead for pair in pairs), 6),
        "seconds": round(seconds, 1),
        "answers": [_row(pair) for pair in pairs],
    }


def _row(pair: Pair) -> list[str | float]:
    """Photograph, label here and there, score here and there, largest |Δp|, lead: see `Pair`."""
    return [pair.photograph, *pair.labels, *pair.scores, round(pair.largest_difference, 6), round(pair.lead, 6)]


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if is_image_name(path))


def _evenly(paths: list[Path], most: int) -> list[Path]:
    return [paths[place * len(paths) // most] for place in range(most)] if len(paths) > most else paths
