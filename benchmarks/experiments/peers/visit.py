"""One visit to a peer: a fresh process that starts, labels a picture, and is timed once it is warm."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.experiments.peers.litert_benchmark import LitertBenchmark, run_litert_benchmark
from benchmarks.experiments.peers.peer import Peer
from benchmarks.experiments.peers.worker_process import WorkerProcess
from edge_app.common.errors import PeerError


@dataclass(frozen=True)
class PeersOptions:
    """How long to measure.

    Attributes:
        threads: CPU threads of every peer that has an option for them.
        rounds: visits of each; one more comes first and does not count.
        runs: of the bare model, and as many frames, per visit.
        warm_up: runs before each of the two that do not count.
    """

    threads: int = 1
    rounds: int = 10
    runs: int = 100
    warm_up: int = 20

    def __post_init__(self) -> None:
        if min(asdict(self).values()) < 1:
            raise PeerError(f"a plan needs at least 1 of everything, received {asdict(self)}; use larger numbers")


@dataclass(frozen=True)
class Work:
    """The same for all peers.

    Attributes:
        model: absolute path of the `.tflite` file.
        folder: with `frames-bgr.npy`, `frames-rgb.npy`, `frame.jpg`, and a file per converter.
        plan: how long.
        peers_python: instead of the interpreter that `make peers` makes.
    """

    model: Path
    folder: Path
    plan: PeersOptions
    peers_python: Path | None = None

    def frames(self, peer: Peer) -> str:
        """Return the frames in the peer's order of colours."""
        return str(self.folder / f"frames-{peer.colours}.npy")

    def converted(self, peer: Peer) -> Path:
        """Return where the peer's own format of the model is."""
        return self.folder / f"{peer.name}.model"

    def process(self, peer: Peer) -> WorkerProcess:
        """Return the peer's worker, not started yet."""
        return WorkerProcess(peer.module, peer.python(self.peers_python))


@dataclass(frozen=True)
class Visit:
    """What a fresh process told; seconds and bytes.

    Attributes:
        start_to_label_s: from the start of the process to its first label, decoding the picture included.
        load_s: of that, opening the file, with the imports that this takes.
        peak_memory_bytes: at the first label.
        bare_s: runs of the bare model; empty: the peer has none.
        frame_to_label_s: from a 640×480 frame to its label; empty: the peer has none.
        label: of the last frame.
    """

    start_to_label_s: float
    load_s: float
    peak_memory_bytes: int
    bare_s: tuple[float, ...]
    frame_to_label_s: tuple[float, ...]
    label: str


def load(worker: WorkerProcess, peer: Peer, work: Work) -> None:
    """Let a worker open the model.

    Raises:
        PeerError: it refuses, or failed.
    """
    more = {"converted": str(work.converted(peer))} if peer.converter else {}
    answer: dict[str, Any] = worker.ask("load", model=str(work.model), threads=work.plan.threads, **more)
    if not answer["accepted"]:
        raise PeerError(
            f"{peer.name} refuses `{work.model.name}` ({answer['why']}); give it another file of the bundle"
        )


def visit(peer: Peer, work: Work) -> Visit:
    """Start a process, time it, end it.

    Raises:
        PeerError: it failed.
    """
    timing = {"runs": work.plan.runs, "warm_up": work.plan.warm_up}
    with work.process(peer) as worker:
        start_s = time.perf_counter()
        load(worker, peer, work)
        load_s = time.perf_counter() - start_s
        first = worker.ask("first", picture=str(work.folder / "frame.jpg"))
        start_to_label_s = time.perf_counter() - worker.begin_s
        bare_s = worker.ask("bare", **timing)["times_s"] if peer.has_bare else ()
        block = worker.ask("block", frames=work.frames(peer), **timing)
    return Visit(
        start_to_label_s, load_s, first["peak_memory_bytes"], tuple(bare_s), tuple(block["times_s"]), block["label"]
    )


def visit_litert_benchmark(peer: Peer, work: Work) -> LitertBenchmark:
    """Call litert-benchmark with the same threads and runs.

    Raises:
        PeerError: it failed.
    """
    plan = work.plan
    return run_litert_benchmark(peer.python(work.peers_python), work.model, plan.threads, plan.runs, plan.warm_up)
