"""How long the device half takes to import, and whether it needs anything but the edge install.

Run as `python -m benchmarks.measure.protocol.imports`, it is the fresh process that imports every module of it.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

PACKAGES = (
    "protocol",
    "records",
    "statistics",
    "accuracy",
    "operators",
    "sensitivity",
    "sustained",
    "sweep",
    "live",
    "fuzz",
)
"""Of `benchmarks`: its device half."""
FOREIGN = ("tensorflow", "tf_keras", "train", "convert")
"""Nothing of these may be imported by it."""

_TIME_LIMIT_S = 120.0


@dataclass(frozen=True)
class Imported:
    """One fresh process.

    Attributes:
        import_s: of all modules of the device half, with numpy, OpenCV and the runtime; without Python's own start.
        modules: of ours that were imported.
        foreign: what was imported that a device does not have.
    """

    import_s: float
    modules: int
    foreign: tuple[str, ...]


def import_all(_asked: dict[str, Any]) -> Imported:
    """Import the device half in this process, which should be fresh."""
    start_s = time.perf_counter()
    for package in PACKAGES:
        found = importlib.import_module(f"benchmarks.{package}")
        for module in pkgutil.iter_modules(found.__path__):
            importlib.import_module(f"benchmarks.{package}.{module.name}")
    importlib.import_module("edge_app.app")
    from edge_app.model.runtime import interpreter_module

    interpreter_module()
    import_s = time.perf_counter() - start_s
    ours = [name for name in sys.modules if name.partition(".")[0] in ("benchmarks", "edge_app")]
    return Imported(import_s, len(ours), tuple(name for name in FOREIGN if name in sys.modules))


def measure_imports(processes: int) -> dict[str, Any]:
    """Import in fresh processes, one after the other; the first one, which reads from the disk, does not count.

    Args:
        processes: that count.

    Returns:
        what is written: every raw time, the machine, the day.

    Raises:
        MissingDependencyError: one failed.
    """
    from benchmarks.measure.protocol.fresh_process import ask_fresh_process
    from benchmarks.measure.protocol.memory import FreshProcessError
    from benchmarks.results.device import examine_device
    from edge_app.common.errors import MissingDependencyError

    device = examine_device()
    try:
        found = [
            ask_fresh_process("benchmarks.measure.protocol.imports", {}, _TIME_LIMIT_S) for _ in range(processes + 1)
        ][1:]
    except FreshProcessError as error:
        raise MissingDependencyError(
            f"a fresh process cannot import what measures: {error}; install it with: pip install '.[edge]'"
        ) from error
    return {
        "schema_version": 1,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": asdict(device),
        "packages": PACKAGES,
        "processes": found,
    }


def imports_sentence(content: dict[str, Any]) -> str:
    """Return what was found, in a sentence."""
    times_s = [one["import_s"] for one in content["processes"]]
    foreign = sorted({name for one in content["processes"] for name in one["foreign"]})
    needs = f"with {', '.join(foreign)}" if foreign else "without TensorFlow, train or convert"
    return (
        f"{content['processes'][0]['modules']} modules in {median(times_s):.3f} s ({min(times_s):.3f} to "
        f"{max(times_s):.3f} in {len(times_s)} processes), {needs}"
    )


def as_json(content: dict[str, Any]) -> str:
    """Return the file's text."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    from benchmarks.measure.protocol.fresh_process import answer_as_fresh_process

    raise SystemExit(answer_as_fresh_process(import_all))
