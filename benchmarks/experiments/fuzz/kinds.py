"""The kinds of files that users hand in: whole ones, how many are damaged by default, and what reading may take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks.experiments.fuzz import wholes
from benchmarks.experiments.fuzz.wholes import Whole
from edge_app.common.errors import ModelFileError, UsageError
from edge_app.model.run_folder import refuse_no_run
from edge_app.model.trial import TIME_LIMIT_S

_MB = 10**6


@dataclass(frozen=True)
class Kind:
    """One kind.

    Attributes:
        name: on the command line.
        mutations: files that are damaged by default.
        make: makes whole files in a new folder.
        time_limit_s: of reading one.
        batch: files that one process reads.
        tensorflow: whether the reader needs it.
        memory_limit_bytes: of the reading process; with TensorFlow, above its own.
    """

    name: str
    mutations: int
    make: Callable[[Path], list[Whole]]
    time_limit_s: float = 30.0
    batch: int = 25
    tensorflow: bool = False
    memory_limit_bytes: int = 500 * _MB


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("pictures", 5000, wholes.pictures),
        Kind("films", 1000, wholes.films, time_limit_s=60.0, batch=5),
        Kind("archives", 2000, wholes.archives, time_limit_s=60.0),
        Kind("models", 5000, wholes.models, time_limit_s=TIME_LIMIT_S + 30.0, batch=1),  # the trial has a limit too
        Kind("cards", 2000, wholes.cards),
        Kind("runs", 500, wholes.run_folders, 120.0, batch=10, tensorflow=True, memory_limit_bytes=300 * _MB),
        Kind("labels", 500, wholes.labels),
    )
}
"""All kinds by their names."""


def chosen_kinds(
    names: str | None, mutations: int | None = None, models: Sequence[Path] = (), run: Path | None = None
) -> list[Kind]:
    """Return the kinds that a user asks for.

    Args:
        names: with commas between them; None or empty: all, or what the files below are.
        mutations: of each; None: the usual number.
        models: to damage instead of the starter.
        run: folder to damage instead of one that is trained now.

    Raises:
        UsageError: a name is unknown, or a file is given for a kind that is not asked for.
    """
    given = ["models"] * bool(models) + ["runs"] * bool(run)
    chosen = list(dict.fromkeys(names.split(","))) if names else given or list(KINDS)
    unknown = [name for name in chosen if name not in KINDS]
    if unknown:
        raise UsageError(f"--kind knows no `{unknown[0]}`; choose from {', '.join(KINDS)}")
    unasked = [name for name in given if name not in chosen]
    if unasked:
        raise UsageError(f"{unasked[0]} are given, but --kind asks for {', '.join(chosen)}; add {unasked[0]} to it")
    refuse_missing(models, run)
    makers: dict[str, Callable[[Path], list[Whole]]] = {
        "models": partial(wholes.models, given=models),
        "runs": partial(wholes.run_folders, given=run),
    }
    return [
        replace(KINDS[name], mutations=mutations or KINDS[name].mutations, make=makers.get(name, KINDS[name].make))
        for name in chosen
    ]


def refuse_missing(models: Sequence[Path], run: Path | None) -> None:
    """Look before anything is made.

    Raises:
        ModelFileError: a model is missing.
        RunFolderError: the run is none.
    """
    for path in models:
        if not path.is_file():
            raise ModelFileError(f"`{path}` cannot be damaged (it is no file); give a whole .tflite file")
    if run is not None:
        refuse_no_run(run)
