"""`litert-benchmark`, the tool in LiteRT's own wheel, as it is: a fresh process per call, random input, the bare model.

It uses LiteRT's CompiledModel where `edge_app` uses the Interpreter, and writes milliseconds with two digits.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from edge_app.common.errors import PeerError

RESOLUTION_S = 1e-5
"""Of what it writes."""

_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class LitertBenchmark:
    """What it says of one call: seconds."""

    median_s: float
    init_s: float


def run_litert_benchmark(python: Path, model: Path, threads: int, runs: int, warm_up: int) -> LitertBenchmark:
    """Run it once.

    Args:
        python: of the environment with its console script.
        model: a `.tflite` file.
        threads: CPU threads.
        runs: that count.
        warm_up: runs before that do not.

    Raises:
        PeerError: it is not there, or failed.
    """
    script = python.parent / "litert-benchmark"
    if not script.is_file():
        raise PeerError(f"there is no litert-benchmark (`{script}`); bring the environment up to date with: make peers")
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        numbers = {"num_threads": threads, "num_runs": runs, "warmup_runs": warm_up}
        options = [f"--{name}={value}" for name, value in numbers.items()]
        command = [str(script), f"--model={model}", *options, f"--result_json={result}"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
        if ended.returncode != 0 or not result.is_file():
            complaint = (ended.stderr.strip().splitlines() or ["it wrote no result"])[-1]
            raise PeerError(f"litert-benchmark failed on `{model}`: {complaint}; run it by hand: {' '.join(command)}")
        return read_latency(result.read_text())


def read_latency(text: str) -> LitertBenchmark:
    """Read what it wrote.

    Raises:
        PeerError: there is no latency in it.
    """
    try:
        latency = json.loads(text)["latency"]
        found = LitertBenchmark(float(latency["median_ms"]) / 1e3, float(latency["init_ms"]) / 1e3)
    except (KeyError, TypeError, ValueError) as error:
        raise PeerError(f"litert-benchmark wrote no latency that is known here, received {text[:80]!r}") from error
    if not found.median_s > 0:
        raise PeerError(f"litert-benchmark wrote a median of {found.median_s * 1e3} ms; give a slower model")
    return found
