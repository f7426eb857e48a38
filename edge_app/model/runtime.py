"""Which interpreter package is installed: nobody else needs to know.

`ai-edge-litert` is preferred; `tflite-runtime` serves where only it has a wheel.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from edge_app.common.errors import MissingDependencyError, ModelFileError
from edge_app.common.native_stderr import quiet_native_stderr

MAX_DEFAULT_THREADS = 4
"""More threads than this make small models slower and less steady."""

_PACKAGES = ("ai-edge-litert", "tflite-runtime")


def usable_cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_threads() -> int:
    """Return the number of usable cores, at most `MAX_DEFAULT_THREADS`."""
    return max(1, min(usable_cores(), MAX_DEFAULT_THREADS))


def runtime_name() -> str:
    """Return the installed runtime and its version, as in `ai-edge-litert 2.3.0`."""
    from importlib import metadata  # 15 ms and 2 MiB, which no start of the app should pay

    for package in _PACKAGES:
        try:
            return f"{package} {metadata.version(package)}"
        except metadata.PackageNotFoundError:
            continue
    raise _no_runtime()


def runtime_release() -> str:
    """Return the installed runtime as its folder of metadata is named, `ai_edge_litert-2.3.0`; empty: unknown.

    Costs a look into folders where `runtime_name` costs an import of 15 ms.
    """
    for package in _PACKAGES:
        for folder in sys.path:
            for found in Path(folder).glob(f"{package.replace('-', '_')}-*.dist-info"):
                return found.name.removesuffix(".dist-info")
    return ""


def load_interpreter(path: Path, threads: int, content: bytes | None = None, **options: Any) -> Any:
    """Build an interpreter with its tensors allocated.

    Args:
        path: a `.tflite` file, checked before by `metadata.read_metadata` and, unless this program made it a
            moment ago, by `trial.require_trial_run`: the runtime trusts its input.
        threads: number of CPU threads, at least 1.
        content: a model to open instead of the file's own bytes; None: those.
        options: of the runtime's own `Interpreter`, for measurements.

    Raises:
        MissingDependencyError: no runtime is installed.
        ModelFileError: the runtime refuses the model.
    """
    interpreter_class = interpreter_module().Interpreter
    model = {"model_path": str(path)} if content is None else {"model_content": content}
    with quiet_native_stderr():
        try:
            interpreter = interpreter_class(**model, num_threads=threads, **options)
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError, MemoryError) as error:
            raise ModelFileError(
                f"{runtime_name()} cannot run `{path}`: {_reason(error)}; convert it again, or update the runtime"
            ) from error
    return interpreter


def refused_on_a_picture(path: Path, error: Exception) -> ModelFileError:
    """Return the sentence for a model that loads and then fails at a run.

    Args:
        path: of the model.
        error: that the runtime raised.
    """
    return ModelFileError(f"`{path}` cannot be run on a picture: {_reason(error)}; convert or download it again")


def interpreter_module() -> Any:
    """Return the module of the installed runtime that holds `Interpreter`.

    Raises:
        MissingDependencyError: no runtime is installed.
    """
    for name in ("ai_edge_litert", "tflite_runtime"):
        try:
            return importlib.import_module(f"{name}.interpreter")
        except ImportError:
            continue
    raise _no_runtime()


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _no_runtime() -> MissingDependencyError:
    return MissingDependencyError(
        "no LiteRT runtime is installed; install one with: pip install ai-edge-litert "
        "(32-bit Pi OS with Python 3.11 or older: pip install tflite-runtime 'numpy<2')"
    )
