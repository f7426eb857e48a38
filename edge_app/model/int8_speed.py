"""Whether int8 models run accelerated here: by measuring a file with and without XNNPACK."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from edge_app.common.errors import FieldLensError
from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.model.runtime import default_threads, interpreter_module, load_interpreter, runtime_name
from edge_app.model.trial import ensure_tried

_BUDGET_S = 0.4
_ACCELERATED = 1.3  # times faster with the delegate than without; measured 3 to 25 where it takes the model


def judge_int8(model: Path) -> str:
    """Say whether int8 runs accelerated, and what to do if not.

    Args:
        model: an int8 `.tflite` file to measure.

    Raises:
        FieldLensError: there is no runtime, or it refuses the model.
    """
    from edge_app.model.classifier import Classifier

    classifier = Classifier(model, as_stored=True)  # checks the file before the runtime gets it
    if classifier.card.input_dtype not in ("uint8", "int8"):
        raise FieldLensError(f"`{model}` takes {classifier.card.input_dtype}, not bytes; give an int8 file")
    accelerated_s = _time_of_run_s(classifier.interpreter)
    with quiet_native_stderr():
        plain_s = _time_of_run_s(_without_delegates(model))
    times = f"{accelerated_s * 1e3:.1f} ms a run, {plain_s * 1e3:.1f} ms without the accelerator"
    if plain_s / accelerated_s >= _ACCELERATED:
        return f"yes: {times}"
    way = "pip install ai-edge-litert" if runtime_name().startswith("tflite-runtime") else "convert it as plain int8"
    return f"no: {times}; {way}"


def _without_delegates(model: Path) -> Any:
    ensure_tried(model, plain=True)
    module = interpreter_module()
    resolver = module.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    return load_interpreter(model, default_threads(), experimental_op_resolver_type=resolver)


def _time_of_run_s(interpreter: Any) -> float:
    """Return the fastest of the runs in a short while, seconds; of a slow one the first counts."""
    end_s = time.perf_counter() + _BUDGET_S
    best_s = float("inf")
    while time.perf_counter() < end_s:
        start_s = time.perf_counter()
        interpreter.invoke()
        best_s = min(best_s, time.perf_counter() - start_s)
    return best_s
