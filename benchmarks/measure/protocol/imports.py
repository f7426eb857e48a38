"""How long the device half takes to import, and whether it needs anything but the edge install.

Run as `python -m benchmarks.measure.protocol.imports`, it is the fresh process that imports every module of it.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the fresh process times what it imports
    from benchmarks.results.imports import Imported, Imports

PACKAGES = ("statistics", "results", "measure", "experiments.sensitivity", "experiments.fuzz")
"""Of `benchmarks`: its device half."""
FOREIGN = ("tensorflow", "tf_keras", "train", "convert")
"""Nothing of these may be imported by it."""

_TIME_LIMIT_S = 120.0


@dataclass(frozen=True)
class ImportRequest:
    """There is nothing to choose."""


def import_all(_asked: ImportRequest) -> Imported:
    """Import the device half in this process, which should be fresh."""
    start_s = time.perf_counter()
    for package in PACKAGES:
        name = f"benchmarks.{package}"
        found = importlib.import_module(name)
        for module in pkgutil.walk_packages(found.__path__, f"{name}."):
            importlib.import_module(module.name)
    importlib.import_module("edge_app.app")
    from edge_app.model.runtime import interpreter_module

    interpreter_module()
    import_s = time.perf_counter() - start_s
    ours = [name for name in sys.modules if name.partition(".")[0] in ("benchmarks", "edge_app")]
    from benchmarks.results.imports import Imported

    return Imported(import_s, len(ours), tuple(name for name in FOREIGN if name in sys.modules))


def measure_imports(processes: int) -> Imports:
    """Import in fresh processes, one after the other; the first one, which reads from the disk, does not count.

    Args:
        processes: that count.

    Raises:
        MissingDependencyError: one failed.
    """
    from benchmarks.measure.protocol.fresh_process import FreshProcessError, ask_fresh_process
    from benchmarks.results.device import examine_device
    from benchmarks.results.envelope import now
    from benchmarks.results.imports import Imported, Imports
    from edge_app.common.errors import MissingDependencyError
    from edge_app.common.installing import how_to_install
    from edge_app.common.opencv_wheel import suitable_extra

    date, device = now(), examine_device()
    try:
        found = [
            ask_fresh_process("benchmarks.measure.protocol.imports", ImportRequest(), Imported, _TIME_LIMIT_S)
            for _ in range(processes + 1)
        ]
    except FreshProcessError as error:
        raise MissingDependencyError(
            f"a fresh process cannot import what measures: {error}; {how_to_install(suitable_extra())}"
        ) from error
    return Imports(date, device, PACKAGES, tuple(found[1:]))


def imports_sentence(found: Imports) -> str:
    """Return what was found, in a sentence."""
    times_s = [one.import_s for one in found.processes]
    foreign = sorted({name for one in found.processes for name in one.foreign})
    needs = f"with {', '.join(foreign)}" if foreign else "without TensorFlow, train or convert"
    return (
        f"{found.processes[0].modules} modules in {median(times_s):.3f} s ({min(times_s):.3f} to "
        f"{max(times_s):.3f} in {len(times_s)} processes), {needs}"
    )


if __name__ == "__main__":
    from benchmarks.measure.protocol.fresh_process import answer_as_fresh_process

    raise SystemExit(answer_as_fresh_process(ImportRequest, import_all))
