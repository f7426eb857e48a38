"""What an unfinished run leaves beside its place, so that it can go on exactly where it was.

`runs/pets.unfinished/` holds `settings.json` (what the run was asked for), `state.npz` (everything after the last
completed epoch) and `features-*.npy` (what a frozen backbone said). Every file is replaced as a whole, so a kill at any
moment leaves the state of the last completed epoch, never half of one.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.common.atomic_files import atomic_file, write_text
from edge_app.common.errors import OutputError, RunFolderError
from edge_app.common.outputs import refuse_existing
from edge_app.model.run_folder import RUN_FILE

_SUFFIX = ".unfinished"
_SETTINGS, _STATE = "settings.json", "state.npz"
_HASHED = {  # settings whose values say nothing to people
    "data_sha256": "the photographs are",
    "neither_sha256": "the pictures of anything else are",
    "teacher_sha256": "the teacher's weights are",
}
_PLAIN = ("stage", "epoch", "since_best", "best_loss", "history", "timings_s", "soup", "settings_sha256")
_ARRAYS = ("weights", "optimizer", "best_weights", "members")
_NUMBERS = "numbers"  # the array of `state.npz` that holds the JSON text

Array = npt.NDArray[Any]


@dataclass
class TrainingState:
    """Everything that the next epoch depends on, besides photographs and recipe.

    Attributes:
        stage: place in the recipe's list of stages.
        epoch: completed epochs of that stage.
        since_best: epochs without a better validation loss.
        best_loss: lowest calibrated validation loss so far, nats; infinite: none yet.
        history: a row per completed epoch.
        timings_s: seconds spent by stage, over all attempts.
        weights: of the training network after the last completed epoch, in its order.
        optimizer: variables of the optimizers of the stage, in their order.
        best_weights: of the epoch with the lowest validation loss.
        members: of a soup: the weights that all begin with, then those of each finished one.
        soup: losses of its members, see `train.fitting.soup`.
        settings_sha256: of what the run was asked for; empty: an earlier version did not keep it.
    """

    stage: int = 0
    epoch: int = 0
    since_best: int = 0
    best_loss: float = float("inf")
    history: list[dict[str, Any]] = field(default_factory=list)
    timings_s: dict[str, float] = field(default_factory=dict)
    weights: list[Array] = field(default_factory=list)
    optimizer: list[Array] = field(default_factory=list)
    best_weights: list[Array] = field(default_factory=list)
    members: list[Array] = field(default_factory=list)
    soup: dict[str, Any] = field(default_factory=dict)
    settings_sha256: str = ""

    def to_bytes(self) -> bytes:
        """Return the state as one `.npz` file; arrays keep every bit."""
        numbers = {name: getattr(self, name) for name in _PLAIN}
        arrays = {_NUMBERS: np.array(json.dumps(numbers))}
        for group in _ARRAYS:
            arrays |= {f"{group}/{number:05d}": array for number, array in enumerate(getattr(self, group))}
        stream = io.BytesIO()
        np.savez(stream, **arrays)  # type: ignore[arg-type]  # numpy's stub mistakes the arrays for its own option
        return stream.getvalue()

    @classmethod
    def from_file(cls, path: Path) -> TrainingState:
        """Read what `to_bytes` made.

        Raises:
            RunFolderError: the file is damaged.
        """
        try:
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as content:
                numbers = json.loads(str(content[_NUMBERS]))
                groups: dict[str, Any] = {group: [] for group in _ARRAYS}
                for name in sorted(content.files):
                    if name != _NUMBERS:
                        groups[name.split("/")[0]].append(content[name])
            return cls(**numbers, **groups)
        except Exception as error:  # a damaged archive raises nearly everything
            raise RunFolderError(
                f"`{path}` cannot be read ({error}), so the run cannot be resumed; start over with --overwrite"
            ) from error


class UnfinishedRun:
    """The folder of a run that is not finished.

    Args:
        out: where the finished run folder will be.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.folder = out.with_name(out.name + _SUFFIX)

    def begin(self, settings: Mapping[str, Any], resume: bool, overwrite: bool) -> TrainingState:
        """Make the folder, or go on with the one that is there.

        Args:
            settings: everything that decides the result, as JSON takes it.
            resume: go on where an earlier attempt ended.
            overwrite: throw an earlier attempt away.

        Returns:
            the state to go on from; a fresh one if there is none.

        Raises:
            OutputError: an unfinished run is there and neither was asked for.
            RunFolderError: there is nothing to go on with, or it was started with other settings.
        """
        refuse_existing(self.out, overwrite, RUN_FILE)
        if resume:
            return self._go_on(settings)
        if self._has_state() and not overwrite:
            raise OutputError(
                f"an unfinished run is at `{self.folder}`; add --resume to continue it, or --overwrite to start over"
            )
        self.discard()
        write_text(self.folder / _SETTINGS, json.dumps(settings, indent=2) + "\n")
        return TrainingState(settings_sha256=_sha256(settings))

    def part(self, name: str) -> tuple[UnfinishedRun, TrainingState]:
        """Return the place of a training that is only a part of this run, and its state; a fresh one if there is none.

        Raises:
            RunFolderError: the state is damaged.
        """
        inside = UnfinishedRun(self.folder / name)
        return inside, TrainingState.from_file(inside.folder / _STATE) if inside._has_state() else TrainingState()

    def save(self, state: TrainingState) -> None:
        """Replace the state as a whole."""
        with atomic_file(self.folder / _STATE) as temporary:
            temporary.write_bytes(state.to_bytes())

    def cached(self, name: str, compute: Callable[[], Array]) -> Array:
        """Return an array that was computed before, or compute and keep it."""
        path = self.folder / f"{name}.npy"
        try:
            kept: Array = np.load(path, allow_pickle=False)
            return kept
        except (OSError, ValueError):
            array = compute()
        with atomic_file(path) as temporary, temporary.open("wb") as file:
            np.save(file, array)
        return array

    def discard(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def discard_unbegun(self) -> None:
        """Delete the folder where nothing was computed yet that a later attempt could use."""
        if not self._has_state() and not any(self.folder.glob("*.npy")):
            self.discard()

    def _has_state(self) -> bool:
        return (self.folder / _STATE).exists()

    def _go_on(self, settings: Mapping[str, Any]) -> TrainingState:
        try:
            begun = json.loads((self.folder / _SETTINGS).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            what = "the run is finished" if self.out.exists() else "no run was begun"
            raise RunFolderError(f"nothing to resume at `{self.folder}` ({what}); leave --resume out") from error
        except (OSError, ValueError, RecursionError) as error:
            raise RunFolderError(f"`{self.folder / _SETTINGS}` cannot be read ({error}); use --overwrite") from error
        asked = json.loads(json.dumps(settings))
        for name, what in _HASHED.items():
            if isinstance(begun, dict) and begun.get(name) != asked.get(name):
                raise RunFolderError(
                    f"`{self.folder}` cannot be resumed: {what} not the same as when it was started; restore "
                    "them, or start over with --overwrite"
                )
        difference = first_difference(begun, asked)
        if difference:
            raise RunFolderError(
                f"`{self.folder}` was started with other settings: {difference}; resume with the same, or "
                "use --overwrite"
            )
        expected = _sha256(settings)
        if not self._has_state():
            return TrainingState(settings_sha256=expected)
        state = TrainingState.from_file(self.folder / _STATE)
        if state.settings_sha256 not in ("", expected):
            raise RunFolderError(
                f"`{self.folder / _STATE}` is of a run with other settings than `{_SETTINGS}` beside it; start over "
                "with --overwrite"
            )
        return state


def _sha256(settings: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def first_difference(begun: Any, asked: Any, where: str = "") -> str:
    """Return the first place where two JSON values differ, as in `recipe.epochs was 3, is 5`; empty: they do not."""
    if isinstance(begun, dict) and isinstance(asked, dict):
        for name in [*begun, *(name for name in asked if name not in begun)]:
            found = first_difference(begun.get(name), asked.get(name), f"{where}.{name}" if where else name)
            if found:
                return found
        return ""
    if isinstance(begun, Sequence) and isinstance(asked, Sequence) and not isinstance(begun, str):
        if len(begun) == len(asked):
            pairs = enumerate(zip(begun, asked, strict=True))
            return next((text for n, (one, two) in pairs if (text := first_difference(one, two, f"{where}[{n}]"))), "")
        return f"{where} had {len(begun)} entries, has {len(asked)}"
    return "" if begun == asked else f"{where} was {begun!r}, is {asked!r}"
