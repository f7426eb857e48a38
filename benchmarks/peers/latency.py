"""frame→label, start and memory: edge_app against MediaPipe Tasks, the same file, frames and CPUs.

Both live in processes of the same kind and take turns in blocks. MediaPipe has no option for threads and takes what it
likes; it gets frames that are RGB already, where ours are BGR as a camera writes them.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.device import examine_device
from benchmarks.latency import camera_frames
from benchmarks.memory import ColdStart, FreshProcessError, measure_cold_start, time_first_label
from benchmarks.peers.mediapipe_agreement import WORKER
from benchmarks.peers.worker_process import ROOT, WorkerProcess, peers_python
from benchmarks.statistics import summarize
from edge_app.atomic import refuse_existing, write_text
from edge_app.classifier import Classifier
from edge_app.errors import OutputError, PeerError
from edge_app.progress import Progress
from edge_app.splits import sha256_of
from edge_app.text_table import text_table

OURS = "edge_app"
THEIRS = "mediapipe"

_TOP_K = 5


@dataclass(frozen=True)
class PeersPlan:
    """How long to measure.

    Attributes:
        threads: CPU threads of our side.
        rounds: blocks of each side; one more comes first and does not count.
        runs: frames per block.
        starts: fresh processes of each side; one more comes first and does not count.
    """

    threads: int = 2
    rounds: int = 20
    runs: int = 50
    starts: int = 7

    def __post_init__(self) -> None:
        if min(asdict(self).values()) < 1:
            raise PeerError(f"a plan needs at least 1 of everything, received {asdict(self)}; use larger numbers")


@dataclass(frozen=True)
class Side:
    """What was measured of one side.

    Attributes:
        blocks_s: frame→label, seconds, a tuple per block.
        starts: fresh processes.
        versions: what ran.
        label: of the last frame, as a sign that both did the same work.
    """

    blocks_s: tuple[tuple[float, ...], ...]
    starts: tuple[ColdStart, ...]
    versions: dict[str, Any]
    label: str


def run_peers_latency(
    model: Path, plan: PeersPlan, out: Path, python: Path | None = None, overwrite: bool = False
) -> int:
    """Measure, print a table, write every raw time.

    Raises:
        FieldLensError: the model cannot be used, MediaPipe refuses it, or the peers' environment is missing.
    """
    refuse_existing(out, overwrite)
    Classifier(model, plan.threads)  # says what is wrong with the file before anything starts
    interpreter = peers_python(python)
    device = examine_device()
    with tempfile.TemporaryDirectory() as folder:
        sides = measure_sides(model.resolve(), plan, interpreter, Path(folder))
    content = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": asdict(device),
        "cpus": sorted(os.sched_getaffinity(0)),
        "file": model.name,
        "sha256": sha256_of(model.read_bytes()),
        "plan": asdict(plan),
        "sides": {name: asdict(side) for name, side in sides.items()},
        "ratios_of_block_medians": block_ratios(sides[OURS].blocks_s, sides[THEIRS].blocks_s),
    }
    write_text(out, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    _show(sides)
    print(f"result  {out}")
    return 0


def measure_sides(model: Path, plan: PeersPlan, python: Path, folder: Path) -> dict[str, Side]:
    """Measure both sides.

    Args:
        model: absolute path of the file.
        plan: how long.
        python: of the peers' environment.
        folder: for frames; empty.

    Raises:
        PeerError: MediaPipe refuses the file or fails.
        OutputError: the frames cannot be written.
    """
    starts = _cold_starts(model, plan, python, _write_frames(folder))
    with WorkerProcess("benchmarks.peers.our_worker") as ours, WorkerProcess(WORKER, python) as theirs:
        ours.ask("load", model=str(model), threads=plan.threads, top_k=_TOP_K)
        answer = theirs.ask("load", model=str(model), mode="video", top_k=_TOP_K)
        if not answer["accepted"]:
            raise PeerError(f"MediaPipe refuses `{model}` ({answer['why']}); give a file with float or uint8 tensors")
        told = _blocks({OURS: ours, THEIRS: theirs}, plan, folder)
        versions = {OURS: ours.ask("versions"), THEIRS: theirs.ask("versions")}
    return {
        name: Side(tuple(tuple(answer["times_s"]) for answer in told[name]), starts[name], versions[name], label)
        for name, label in ((name, told[name][-1]["label"]) for name in told)
    }


def block_ratios(ours_s: Sequence[Sequence[float]], theirs_s: Sequence[Sequence[float]]) -> list[float]:
    """Return their median over ours for every pair of neighbouring blocks."""
    return [
        summarize(theirs).median_s / summarize(ours).median_s for ours, theirs in zip(ours_s, theirs_s, strict=True)
    ]


def _write_frames(folder: Path) -> Path:
    """Write frames for both sides; return a picture file of the first one."""
    frames_bgr = np.stack(camera_frames())
    np.save(folder / f"{OURS}.npy", frames_bgr)
    np.save(folder / f"{THEIRS}.npy", np.ascontiguousarray(frames_bgr[..., ::-1]))
    picture = folder / "frame.jpg"
    if not cv2.imwrite(str(picture), frames_bgr[0]):
        raise OutputError(f"`{picture}` cannot be written; free some space")
    return picture


def _blocks(workers: dict[str, WorkerProcess], plan: PeersPlan, folder: Path) -> dict[str, list[dict[str, Any]]]:
    told: dict[str, list[dict[str, Any]]] = {name: [] for name in workers}
    with Progress("measuring in turns", plan.rounds + 1) as progress:
        for number in range(plan.rounds + 1):
            # Who begins changes, so that neither always follows the other's heat.
            for name in sorted(workers, reverse=number % 2 == 1):
                answer = workers[name].ask("block", frames=str(folder / f"{name}.npy"), runs=plan.runs)
                if number > 0:  # the first round warms up
                    told[name].append(answer)
            progress.step()
    return told


def _cold_starts(model: Path, plan: PeersPlan, python: Path, picture: Path) -> dict[str, tuple[ColdStart, ...]]:
    starts: dict[str, list[ColdStart]] = {OURS: [], THEIRS: []}
    with Progress("starting processes", plan.starts + 1) as progress:
        for number in range(plan.starts + 1):
            pair = {
                OURS: measure_cold_start(model, picture, plan.threads),
                THEIRS: _their_cold_start(model, picture, python),
            }
            if number > 0:  # the first one brings the files into memory
                for name, start in pair.items():
                    starts[name].append(start)
            progress.step()
    return {name: tuple(found) for name, found in starts.items()}


def _their_cold_start(model: Path, picture: Path, python: Path) -> ColdStart:
    command = [str(python), "-m", WORKER, str(model), str(picture)]
    try:
        return time_first_label(command, ROOT)
    except FreshProcessError as error:
        raise PeerError(f"MediaPipe could not label a picture with `{model}`: {error}") from error


def _show(sides: dict[str, Side]) -> None:
    head = ("", "frame→label, ms (95 %)", "p90, ms", "start to first label, s", "peak memory, MiB", "label")
    rows = []
    for name, side in sides.items():
        warm = summarize([time_s for block in side.blocks_s for time_s in block])
        start_s = summarize([start.start_to_label_s for start in side.starts]).median_s
        peak = max(start.peak_memory_bytes for start in side.starts)
        rows.append(
            (
                name,
                f"{warm.median_s * 1e3:.2f} ({warm.low_s * 1e3:.2f} to {warm.high_s * 1e3:.2f})",
                f"{warm.p90_s * 1e3:.2f}",
                f"{start_s:.2f}",
                f"{peak / 2**20:.0f}",
                side.label,
            )
        )
    print(text_table(head, rows))
    # Percentiles do not care for units: here the values are ratios.
    ratio = summarize(block_ratios(sides[OURS].blocks_s, sides[THEIRS].blocks_s))
    print(
        f"MediaPipe takes {ratio.median_s:.2f} times as long from the frame to the label "
        f"({ratio.low_s:.2f} to {ratio.high_s:.2f}, {ratio.count} pairs of blocks)"
    )
