"""Two trainings into one new output: one of them is refused, whenever it comes, and the other is whole."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from benchmarks.experiments.survival.programs import Victim, timed
from edge_app.model.run_folder import RUN_FILE

_SEED = "7"  # of the second one
_CODE_OF_A_REFUSAL = 1


@dataclass(frozen=True)
class Race:
    """One race.

    Attributes:
        after_s: when the second began, after the first.
        first_code: exit code of the first.
        second_code: exit code of the second.
        second_said: its last line.
        whole: whether the output is that of the one that was not refused, with all its files.
    """

    after_s: float
    first_code: int
    second_code: int
    second_said: str
    whole: bool

    @property
    def safe(self) -> bool:
        """Whether one was refused and the other is whole; of two that begin at once, either may be the first."""
        return {self.first_code, self.second_code} == {0, _CODE_OF_A_REFUSAL} and self.whole


def race(victim: Victim, count: int, step: Callable[[str], None]) -> tuple[Race, ...]:
    """Run pairs of trainings, the second of which begins at moments spread over the time of the first."""
    duration_s, files = timed(victim), set(victim.files())
    races: list[Race] = []
    for after_s in np.linspace(0.0, duration_s, count):
        victim.clear()
        races.append(_race(victim, float(after_s), files))
        step("safe" if races[-1].safe else "LOST")
    return tuple(races)


def _race(victim: Victim, after_s: float, files: set[str]) -> Race:
    first = subprocess.Popen(victim.words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    first_code = None
    with suppress(subprocess.TimeoutExpired):
        first_code = first.wait(after_s)
    second = subprocess.run(
        [*victim.words, "--seed", _SEED], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    first_code = first.wait() if first_code is None else first_code
    said = (second.stdout.strip().splitlines() or [""])[-1].replace(str(victim.output.parent), "…")
    winner = 0 if first_code == 0 else int(_SEED)
    whole = set(victim.files()) == files and _seed_of(victim) == winner and not victim.leftovers()
    return Race(after_s, first_code, second.returncode, said, whole)


def _seed_of(victim: Victim) -> int:
    return int(json.loads((victim.output / RUN_FILE).read_text(encoding="utf-8"))["seed"])
