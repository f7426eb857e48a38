"""edge_app against other people's runtimes: the same weights, frames, CPUs and threads, in turns.

A round visits everybody once, in an order drawn anew. A visit is a fresh process
(`benchmarks.experiments.peers.visit`): it starts, labels a picture, warms up, then runs the bare model and the whole
way from the frame to the label. So the intervals, which are over rounds, hold what differs between processes and what
drifts with the machine.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks.experiments.peers.comparison import PeersComparison, PeersRound
from benchmarks.experiments.peers.cpu_set import choose_cpus, pinned
from benchmarks.experiments.peers.output import show_and_write
from benchmarks.experiments.peers.peer import LITERT_BENCHMARK, OUR_SIDE, OURS, PEERS, Peer
from benchmarks.experiments.peers.survey import survey
from benchmarks.experiments.peers.visit import PeersOptions, Work, visit, visit_litert_benchmark
from benchmarks.measure.protocol.latency import camera_frames
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now
from edge_app.common.command_line import INTERRUPTED
from edge_app.common.errors import OutputError, PeerError
from edge_app.common.outputs import refuse_existing
from edge_app.common.progress import Progress
from edge_app.model.classifier import Classifier
from edge_app.photographs.splits import sha256_of


def run_peers_latency(
    model: Path,
    plan: PeersOptions,
    out: Path,
    peers: Sequence[Peer] | None = None,
    peers_python: Path | None = None,
    cpus: str | None = None,
    overwrite: bool = False,
) -> int:
    """Measure, print a table, write every raw time and a plot.

    Args:
        model: a `.tflite` file with labels.
        plan: how long.
        out: JSON file; the plot goes beside it.
        peers: that must be measured; None: all that are installed and read the file.
        peers_python: instead of the interpreter that `make peers` makes.
        cpus: as in `0,1`; None: as many as threads.
        overwrite: replace an older result.

    Returns:
        The exit code: `INTERRUPTED` where Ctrl-C ended it and the rounds until then were kept.

    Raises:
        FieldLensError: the model cannot be used, a peer in `peers` is missing or refuses it, or none is left.
    """
    refuse_existing(out, overwrite)
    Classifier(model, plan.threads)  # says what is wrong with the file before anything starts
    chosen = choose_cpus(plan.threads, cpus)
    with tempfile.TemporaryDirectory() as folder, pinned(chosen):
        work = Work(model.resolve(), Path(folder), plan, peers_python)
        comparison = compare_peers(work, peers, chosen)
    show_and_write(comparison, out)
    return INTERRUPTED if comparison.partial else 0


def compare_peers(work: Work, peers: Sequence[Peer] | None, cpus: tuple[int, ...]) -> PeersComparison:
    """Ask who is there, then measure them; Ctrl-C ends it early and keeps the rounds that are complete.

    Raises:
        FieldLensError: a peer in `peers` is missing or refuses the file, or none is left.
        KeyboardInterrupt: no round was complete.
    """
    for peer in peers or ():
        peer.python(work.peers_python)  # a missing environment is said at once
    device = examine_device()
    write_frames(work.folder)
    found, left_out = survey(tuple(PEERS.values()) if peers is None else peers, work, strict=peers is not None)
    for why in left_out.values():
        print(f"left out: {why}")
    if len(found) == 1:
        raise PeerError("no peer is left to compare with; see above")
    rounds, partial = _rounds([OUR_SIDE, *(PEERS[name] for name in found if name != OURS)], work)
    return PeersComparison(
        date=now(),
        device=device,
        cpus=cpus,
        file=work.model.name,
        sha256=sha256_of(work.model.read_bytes()),
        plan=work.plan,
        partial=partial,
        left_out=left_out,
        peers=found,
        rounds=rounds,
    )


def write_frames(folder: Path) -> None:
    """Write what everybody is shown: `frames-bgr.npy`, `frames-rgb.npy` and `frame.jpg`.

    Raises:
        OutputError: the disk is full.
    """
    frames_bgr = np.stack(camera_frames())
    np.save(folder / "frames-bgr.npy", frames_bgr)
    np.save(folder / "frames-rgb.npy", np.ascontiguousarray(frames_bgr[..., ::-1]))
    picture = folder / "frame.jpg"
    if not cv2.imwrite(str(picture), frames_bgr[0]):
        raise OutputError(f"`{picture}` cannot be written; free some space")


def round_order(names: Sequence[str], number: int) -> list[str]:
    """Draw the order of a round; litert-benchmark and edge_app are neighbours, in turns one and the other first.

    Args:
        names: of those to visit.
        number: of the round; the same one draws the same order.
    """
    order = [name for name in names if name != LITERT_BENCHMARK]
    random.Random(number).shuffle(order)
    if LITERT_BENCHMARK in names:
        order.insert(order.index(OURS) + number % 2, LITERT_BENCHMARK)
    return order


def _rounds(peers: Sequence[Peer], work: Work) -> tuple[tuple[PeersRound, ...], bool]:
    done: list[PeersRound] = []
    total = work.plan.rounds + 1
    with Progress("visiting in turns", total * len(peers)) as progress:
        for number in range(total):
            try:
                complete = _one_round({peer.name: peer for peer in peers}, number, work, progress)
            except KeyboardInterrupt:
                if not done:
                    raise
                return tuple(done), True
            if number > 0:  # the first round brings the files into memory
                done.append(complete)
    return tuple(done), False


def _one_round(peers: dict[str, Peer], number: int, work: Work, progress: Progress) -> PeersRound:
    visits, litert = {}, None
    for name in round_order(tuple(peers), number):
        if name == LITERT_BENCHMARK:
            litert = visit_litert_benchmark(peers[name], work)
        else:
            visits[name] = visit(peers[name], work)
        progress.step()
    return PeersRound(os.getloadavg()[0], visits, litert)
