"""The whole experiment, and its record."""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from benchmarks.experiments.survival.fsync import FsyncPair, fsync_pairs
from benchmarks.experiments.survival.kills import Kill, kill_programs
from benchmarks.experiments.survival.power import PowerCut, cut_power
from benchmarks.experiments.survival.programs import run_to_end, victims
from benchmarks.experiments.survival.races import Race, race
from benchmarks.results.device import Device, examine_device
from benchmarks.results.envelope import now
from edge_app.common.errors import ResultError
from edge_app.common.own_process import python_command
from edge_app.common.progress import Progress
from edge_app.demo.drawn_pets import write_drawings

_PHOTOGRAPHS = 240


@dataclass(frozen=True)
class Survival:
    """What was tried, and what was lost.

    Attributes:
        date: see `Envelope`.
        device: it was tried on.
        kills: by SIGKILL.
        races: of two runs for one output.
        cuts: of power.
        fsyncs: what it costs that the power may be cut.
    """

    KIND: ClassVar[str] = "survival"

    date: str
    device: Device | None
    kills: tuple[Kill, ...]
    races: tuple[Race, ...]
    cuts: tuple[PowerCut, ...]
    fsyncs: tuple[FsyncPair, ...] = ()

    @property
    def survived(self) -> bool:
        """Whether nothing was lost."""
        return not any(self.lost().values())

    def lost(self) -> dict[str, int]:
        """Return how many kills, races and power cuts lost something."""
        return {
            "kills": sum(not kill.survived for kill in self.kills),
            "races": sum(not one.safe for one in self.races),
            "cuts": sum(not cut.survived for cut in self.cuts),
        }

    def sentences(self) -> list[str]:
        """Return what it came to."""
        kills, races, cuts = self.lost().values()
        running = sum(kill.running for kill in self.kills)
        resumed = sum(kill.same_weights is True for kill in self.kills)
        return [
            f"{kills} of {len(self.kills)} kills lost something ({running} hit a running program; {resumed} trainings "
            "ended with the weights of an undisturbed one)",
            f"{races} of {len(self.races)} races lost something",
            f"{cuts} of {len(self.cuts)} power cuts lost something",
            *self._fsync_sentences(),
        ]

    def _fsync_sentences(self) -> list[str]:
        if not self.fsyncs:
            return []
        durable_s, plain_s = (
            statistics.median(times_s)
            for times_s in zip(*((one.durable_s, one.plain_s) for one in self.fsyncs), strict=True)
        )
        size = f"{self.fsyncs[0].written_bytes / 1e6:.0f} MB"
        return [f"a run of {size} is written in {durable_s:.3f} s, and without waiting for the disk in {plain_s:.3f} s"]


def measure_survival(moments: int, races: int, cuts: int, fsyncs: int, disk: Path) -> Survival:
    """Try everything on drawn pets.

    Args:
        moments: kills.
        races: pairs of trainings.
        cuts: of power.
        fsyncs: pairs of writing with and without waiting for the disk.
        disk: folder on the disk that is waited for.

    Raises:
        FieldLensError: a program fails undisturbed.
    """
    with tempfile.TemporaryDirectory(prefix=".fsync-", dir=disk) as name, Progress("writing", fsyncs) as progress:
        paired = fsync_pairs(fsyncs, Path(name), progress.step) if fsyncs else ()
    if not moments + races + cuts:
        return Survival(now(), examine_device(), (), (), (), paired)
    with tempfile.TemporaryDirectory() as name, Progress("trying to lose results", moments + races + cuts) as progress:
        folder = Path(name)
        photographs = folder / "pets"
        write_drawings(photographs, _PHOTOGRAPHS)
        run, bundle = folder / "run", folder / "bundle"
        _must(python_command("train", "fit", str(photographs), "--recipe", "tiny", "--epochs", "3", "--out", str(run)))
        _must(python_command("convert", "run", str(run), "--recipes", "float32", "--out", str(bundle)))
        programs = victims(photographs, run, next(bundle.glob("*.tflite")), folder / "outputs")
        killed = kill_programs(programs, moments, progress.step) if moments else ()
        raced = race(programs[0], races, progress.step) if races else ()
        cut = cut_power(photographs, folder, cuts, progress.step) if cuts else ()
        return Survival(now(), examine_device(), killed, raced, cut, paired)


def _must(command: list[str]) -> None:
    code, said = run_to_end(command)
    if code != 0:
        raise ResultError(f"`{' '.join(command)}` failed with code {code}: {said.strip()[-300:]}")
