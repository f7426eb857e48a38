"""SIGKILL at moments spread over the life of every program: what is there, and what the next start makes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.experiments.survival.programs import Victim, kill_after, run_to_end, timed, weights_sha256

_EARLIEST = 0.02  # of a program's time


@dataclass(frozen=True)
class Kill:
    """One kill.

    Attributes:
        program: that was killed.
        after_s: its start.
        running: whether it was still running.
        half_written: files of the output that were missing or short.
        next_code: exit code of the next start; None: nothing was left to do.
        leftovers: names beside the output after it.
        same_weights: whether a resumed training has the weights of an undisturbed one; None: it is no training.
    """

    program: str
    after_s: float
    running: bool
    half_written: tuple[str, ...]
    next_code: int | None
    leftovers: tuple[str, ...]
    same_weights: bool | None

    @property
    def survived(self) -> bool:
        """Whether nothing was lost."""
        clean = not self.half_written and not self.leftovers and self.next_code in (0, None)
        return clean and self.same_weights is not False


def kill_programs(victims: Sequence[Victim], moments: int, step: Callable[[str], None]) -> tuple[Kill, ...]:
    """Kill every program in turn.

    Args:
        victims: the programs.
        moments: kills, shared among them; the moments of each are spread evenly over its time.
        step: told what was done.
    """
    kills: list[Kill] = []
    for place, victim in enumerate(victims):
        count = len(range(place, moments, len(victims)))
        duration_s, files = timed(victim), set(victim.files())
        expected = weights_sha256(victim.output) if victim.resumes else ""
        for share in np.linspace(_EARLIEST, 1.0, count):
            victim.clear()
            kills.append(_kill(victim, float(share) * duration_s, files, expected))
            step(f"{victim.name}, {'survived' if kills[-1].survived else 'LOST'}")
    return tuple(kills)


def _kill(victim: Victim, after_s: float, files: set[str], expected: str) -> Kill:
    running = kill_after(victim.command(), after_s)
    half = _half_written(victim, files)
    finished = victim.output.exists() and not half and not victim.leftovers()
    code = None if finished else run_to_end(victim.command())[0]
    same = None
    if victim.resumes:
        same = victim.output.exists() and weights_sha256(victim.output) == expected
    return Kill(victim.name, after_s, running, half, code, tuple(victim.leftovers()), same)


def _half_written(victim: Victim, files: set[str]) -> tuple[str, ...]:
    """Name files that a whole output has and this one has not, or has empty.

    A program that writes file by file has a sign that comes last; before it, no file may be empty.
    """
    found = victim.files()
    if victim.sign not in found:
        return tuple(name for name, size in found.items() if not size)
    return tuple(sorted(name for name in files if not found.get(name)))
