"""Deploy to three servers of ssh on this machine, measure on them at once, and cut one connection meanwhile."""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.experiments.remote.loopback import LoopbackBoard, end_services, loopback_boards
from benchmarks.results.compare import compare_results
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, read_result, write_result
from benchmarks.results.latency import LatencyResult
from benchmarks.results.remote import MeasuredBoard, RemoteResult
from benchmarks.results.validity import invalid_reasons
from edge_app.common.errors import RemoteError
from edge_app.common.outputs import refuse_existing
from edge_app.common.own_process import python_command
from edge_app.demo.drawn_pets import write_drawings
from edge_app.model.starter import STARTER

NAMES = ("one", "two", "three")
_CUT, _OFF_S, _JOB_S = NAMES[1], 5.0, 600.0
_AGAIN = 5  # deploys that change nothing
_DRAWINGS = 40


def run_remote(out: Path, rounds: int, overwrite: bool) -> int:
    """Measure; print what was found and write the result.

    Args:
        out: JSON file.
        rounds: fresh processes of the measurement.
        overwrite: replace an older result.

    Raises:
        FieldLensError: there is no server of ssh, or a deploy failed.
    """
    refuse_existing(out, overwrite)
    date, device = now(), examine_device()
    with (
        tempfile.TemporaryDirectory(prefix="fl-boards-", dir="/tmp") as folder,
        loopback_boards(Path(folder), ["warm", *NAMES]) as (warm, *boards),
    ):
        _deploy_s(warm)  # from here on the index has everything
        end_services(warm)
        first_s = [_deployed_alone_s(board) for board in boards]
        _deploy_s(boards[0])
        again_s = [_deploy_s(boards[0]) for _ in range(_AGAIN)]
        end_services(boards[0])
        here, found = _measure(boards, Path(folder), rounds)
    invalid = tuple(invalid_reasons(here))
    result = RemoteResult(date, device, STARTER.name, tuple(first_s), tuple(again_s), tuple(found), invalid)
    write_result(out, result)
    print(f"first deploy  {', '.join(f'{time_s:.1f}' for time_s in first_s)} s")
    print(f"second deploy {', '.join(f'{time_s:.1f}' for time_s in again_s)} s")
    print("\n".join(str(one) for one in found))
    print("\n".join([*(f"INVALID: {reason}" for reason in invalid), f"result  {out}"]))
    return 0


def _deployed_alone_s(board: LoopbackBoard) -> float:
    time_s = _deploy_s(board)
    end_services(board)
    return time_s


def _deploy_s(board: LoopbackBoard) -> float:
    """Deploy the starter on drawn pets; return the wall time of the command, seconds."""
    words = ["deploy", board.name, str(STARTER), "--source", "demo", "--ssh-config", str(board.config)]
    start_s = time.perf_counter()
    _finish(python_command("edge_app", *words))
    return time.perf_counter() - start_s


def _measure(boards: Sequence[LoopbackBoard], folder: Path, rounds: int) -> tuple[LatencyResult, list[MeasuredBoard]]:
    """Measure on all boards, cut one connection, and measure here at the same time."""
    photographs = folder / "drawings"
    write_drawings(photographs, _DRAWINGS)
    words = ["run", str(STARTER), "--threads", "1", "--rounds", str(rounds), "--seed", "1"]
    words += ["--photos", str(photographs), "--all-photos"]
    there = ["--on", *(board.name for board in boards), "--ssh-config", str(boards[0].config)]
    cutting = threading.Thread(target=_cut, args=(next(one for one in boards if one.name == _CUT),))
    here = threading.Thread(target=_finish, args=(python_command("benchmarks", *words, "--out", str(folder / "here")),))
    for thread in (cutting, here):
        thread.start()
    _finish(python_command("benchmarks", *words, *there, "--out", str(folder / "there")))
    for thread in (cutting, here):
        thread.join()
    ours = read_result(folder / "here" / "result.json", LatencyResult)
    return ours, [_compared(board, folder / "there" / board.name / "result.json", ours) for board in boards]


def _cut(board: LoopbackBoard) -> None:
    """Cut the connection once the measurement runs, and let it come back."""
    limit_s = time.monotonic() + _JOB_S
    while not any(board.root.glob("jobs/*/pid")) and time.monotonic() < limit_s:
        time.sleep(0.2)
    board.cut()
    time.sleep(_OFF_S)
    board.switch_on()


def _compared(board: LoopbackBoard, path: Path, ours: LatencyResult) -> MeasuredBoard:
    cut = board.name == _CUT
    if not path.exists():
        return MeasuredBoard(board.name, cut, False, False, None, "")
    theirs = read_result(path, LatencyResult)
    pair = next(pair for pair in compare_results(ours, theirs) if pair.what == "frame_to_label_s")
    same = theirs.files[0].accuracy == ours.files[0].accuracy and theirs.files[0].judgement == ours.files[0].judgement
    return MeasuredBoard(board.name, cut, True, same, pair.comparison.ratio, pair.verdict)


def _finish(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RemoteError(f"`{' '.join(command[-6:])}` ended with {done.returncode}: {done.stderr.strip()[-300:]}")
