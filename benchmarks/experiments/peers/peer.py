"""Which peers there are, what each is started with, and what it can be asked."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.experiments.peers.worker_process import PEERS_PYTHON, TFLITE_RUNTIME_PYTHON, peers_python
from edge_app.common.errors import UsageError

OURS = "edge_app"
LITERT_BENCHMARK = "litert-benchmark"


@dataclass(frozen=True)
class Peer:
    """A runtime to compare with.

    Attributes:
        name: on the command line and in tables.
        module: of its worker; empty: no worker, see `benchmarks.experiments.peers.litert_benchmark`.
        environment: its interpreter below the repository's root; None: the one that runs now.
        colours: order in which it wants frames.
        has_bare: whether the bare model can be run without its preparation.
        converter: module that writes the file in the peer's own format; empty: it reads `.tflite`.
    """

    name: str
    module: str
    environment: Path | None = PEERS_PYTHON
    colours: Literal["bgr", "rgb"] = "bgr"
    has_bare: bool = True
    converter: str = ""

    def python(self, given: Path | None = None) -> Path:
        """Return its interpreter; `given` replaces the one of `make peers`.

        Raises:
            MissingDependencyError: it is not there.
        """
        if self.environment is None:
            return Path(sys.executable)
        return peers_python(given if self.environment == PEERS_PYTHON else None, self.environment)


OUR_SIDE = Peer(OURS, "benchmarks.experiments.peers.workers.our_worker", environment=None)

PEERS = {
    peer.name: peer
    for peer in (
        Peer("mediapipe", "benchmarks.experiments.peers.workers.mediapipe_worker", colours="rgb", has_bare=False),
        Peer(
            "onnxruntime",
            "benchmarks.experiments.peers.workers.onnxruntime_worker",
            converter="convert.onnx_export.exporter",
        ),
        Peer("openvino", "benchmarks.experiments.peers.workers.openvino_worker"),
        Peer("tflite-runtime", "benchmarks.experiments.peers.workers.our_worker", environment=TFLITE_RUNTIME_PYTHON),
        Peer(LITERT_BENCHMARK, module=""),
    )
}


def peers_called(names: str) -> tuple[Peer, ...]:
    """Return the peers of a list like `mediapipe,openvino`.

    Raises:
        UsageError: it names none, one twice, or one that is not known.
    """
    given = [name.strip() for name in names.split(",")]
    unknown = [name for name in given if name not in PEERS]
    if unknown or len(set(given)) < len(given):
        raise UsageError(f"--peers takes some of {','.join(PEERS)}, each once, received `{names}`")
    return tuple(PEERS[name] for name in given)
