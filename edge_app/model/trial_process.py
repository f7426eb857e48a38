"""The process in which a stranger's `.tflite` file is tried: whatever it breaks, it breaks here.

Started by `edge_app.model.trial`, it imports the runtime and numpy and nothing else of the app. It says what it found
as one line of JSON and leaves with code 0; any other end is a crash.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from edge_app.common.errors import FieldLensError, ModelFileError
from edge_app.common.process_memory import status_bytes
from edge_app.model.any_size import resize_input, takes_any_size
from edge_app.model.direct_input import direct_network
from edge_app.model.runtime import default_threads, interpreter_module, load_interpreter, refused_on_a_picture

MEMORY_BYTES = 2 << 30
"""The file may make the runtime allocate this much, and four times its own size on top."""
RESIDENT_BYTES = 400 << 20
"""Of that, this much and four times its own size may really be used."""
CPU_S = 120
"""Of the processor at most: should the app be killed meanwhile, a hanging probe ends by itself."""

_ENOUGH_S = 2.0  # a model this slow has shown what it does; the app waits for the probe
_SEED = 0
_ANY_SIZE = (224, 224)  # for a network that takes any


def main(words: list[str]) -> None:
    """Try a file.

    Args:
        words: `[path]`, or `[path, "plain"]` to try it without the runtime's accelerators.
    """
    path, plain = Path(words[0]), "plain" in words[1:]
    _limit(path)
    try:
        # The app opens some files without their conversion of bytes, which is another network to the runtime.
        contents = [None] if plain else list(dict.fromkeys([direct_network(path), None]))
        for content in contents:
            for threads in sorted({1, default_threads()}):
                _try(path, threads, content, plain)
                _refuse_large(path)
        verdict = {"good": True, "reason": ""}
    except FieldLensError as error:
        verdict = {"good": False, "reason": str(error)}
    # The interpreter is gone by now: what its destructors break has shown as well.
    print(json.dumps(verdict), flush=True)


def _limit(path: Path) -> None:
    """Bound memory and time where the system can; no core file, and the first to go where memory runs out."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    try:
        import resource
    except ImportError:  # Windows
        return
    memory_bytes = MEMORY_BYTES + 4 * path.stat().st_size
    for name, most in (("RLIMIT_DATA", memory_bytes), ("RLIMIT_CPU", CPU_S), ("RLIMIT_CORE", 0)):
        with suppress(AttributeError, OSError, ValueError):  # not every system has each, or lets us
            kind = getattr(resource, name)
            hard = resource.getrlimit(kind)[1]
            resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _refuse_large(path: Path) -> None:
    """Refuse a file that needs far more memory than its weights explain: damage, or a trap.

    What is resident counts, where the system tells it: stacks of threads are only reserved.
    """
    most = RESIDENT_BYTES + 4 * path.stat().st_size
    resident_bytes = status_bytes("VmHWM") or 0
    if resident_bytes > most:
        raise ModelFileError(
            f"`{path}` takes {resident_bytes / 1e6:,.0f} MB of memory, where {most / 1e6:,.0f} MB are allowed to a "
            "file of its size: it is damaged, or meant to do harm; convert or download it again"
        )


def _try(path: Path, threads: int, content: bytes | None, plain: bool) -> None:
    """Do everything that the app will do with the runtime."""
    options = {}
    if plain:
        options["experimental_op_resolver_type"] = interpreter_module().OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = load_interpreter(path, threads, content, **options)
    for one in interpreter.get_input_details():
        if takes_any_size(one):
            resize_input(interpreter, one, *_ANY_SIZE)
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    begin_s = time.perf_counter()
    for kind in ("dark", "bright", "noise"):
        try:
            for one in inputs:
                _fill(interpreter.tensor(one["index"])(), kind)
            interpreter.invoke()
            for one in outputs:
                interpreter.tensor(one["index"])().copy()
        except (ValueError, RuntimeError, MemoryError) as error:
            raise refused_on_a_picture(path, error) from error
        if time.perf_counter() - begin_s > _ENOUGH_S:
            break


def _fill(values: Any, kind: str) -> None:
    """Put bytes of a picture into an input, as its type holds them; what is no number stays as it is."""
    import numpy as np

    if values.dtype.kind not in "iuf":
        return
    low, high = (0, 255) if values.dtype.kind == "f" else (np.iinfo(values.dtype).min, np.iinfo(values.dtype).max)
    if kind == "noise":
        values[...] = np.random.default_rng(_SEED).uniform(low, high, values.shape)
    else:
        values[...] = low if kind == "dark" else high
