"""A trade-off sweep: the budget first, then every point, then the latency of all files in one invocation."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.experiments.sweep.budget import PointBudget, conversion_s, correction, latency_s, training_s
from benchmarks.experiments.sweep.judged_files import SweepSettings, make_point, state_of, trained_recipe, trained_s
from benchmarks.experiments.sweep.latency import measure_latency
from benchmarks.experiments.sweep.points import Point
from benchmarks.measure.protocol.options import ROUNDS
from benchmarks.results.envelope import now, write_result
from benchmarks.results.plots import write_plot
from benchmarks.results.sweep.pick import Budget, pick
from benchmarks.results.sweep.plot import plot_sweep
from benchmarks.results.sweep.result import Sweep, read_sweep, sweep_table
from edge_app.common.errors import ConversionError, DataError, ResultError, RunFolderError
from edge_app.common.outputs import refuse_existing
from edge_app.common.progress import human_time
from edge_app.common.tables import text_table
from edge_app.photographs.folders import PhotographFolder, find_photographs
from train.checks import check_before_training
from train.models.architectures.mobilenet_v2 import MOBILENET_V2
from train.recipes import Recipe

THREADS = 1
"""Of the interpreter: the only number that means the same on every board."""

_HEAD = ("point", "state", "training at most", "conversion and judging")


@dataclass(frozen=True)
class Measuring:
    """How the latency of all files is measured at the end.

    Attributes:
        rounds: fresh processes.
        runs: warm runs of each kind per file, at least.
        seconds: of warm runs per file, at least.
    """

    rounds: int = ROUNDS
    runs: int = 200
    seconds: float = 5.0


def run_sweep(
    points: Sequence[Point],
    settings: SweepSettings,
    out: Path,
    measuring: Measuring,
    budget: Budget,
    notes: Sequence[str] = (),
    dry_run: bool = False,
    overwrite: bool = False,
) -> int:
    """Print the budget, do what is not done yet, measure, and say what is best within the limits.

    Args:
        points: to train.
        settings: of all points.
        out: folder of sweep.json, sweep.png and the raw latencies.
        measuring: of the latency.
        budget: limits of the choice at the end.
        notes: what is left out already.
        dry_run: end after the budget.
        overwrite: whether a complete older result may be replaced; an unfinished one is gone on with.

    Returns:
        the exit code: 1 where a point failed.

    Raises:
        FieldLensError: the photographs, the options or a finished run do not fit.
    """
    _check_inputs(points, settings)
    folder = find_photographs(settings.photographs)
    budgets = plan(points, settings, folder)
    print("\n".join(budget_lines(budgets, folder, settings, measuring)), flush=True)
    for note in notes:
        print(f"note: {note}", flush=True)
    if dry_run:
        return 0
    _refuse_complete(out, overwrite)
    sweep = Sweep(
        date=now(),
        device=None,
        threads=THREADS,
        photographs=f"{folder.root.resolve().name}, {len(folder.files):,} photographs",
        command=_command(points, settings),
        files=(),
        notes=tuple(notes),
        complete=False,
    )
    sweep, failed = _make_all(points, settings, budgets, sweep, out)
    sweep = _measured(sweep, out, measuring, complete=not failed)
    _show(sweep, out, budget)
    return 1 if failed else 0


def plan(points: Sequence[Point], settings: SweepSettings, folder: PhotographFolder) -> list[PointBudget]:
    """Estimate every point from known rates, corrected by the finished ones of the same recipe.

    Raises:
        FieldLensError: an option is impossible, or a finished run was trained with other settings.
    """
    photographs, teacher = len(folder.files), _recipe_of(settings.teacher)
    mixed = "--mixed-precision" in settings.options
    recipes = {point: trained_recipe(settings, point) for point in points}
    states = {point: state_of(settings, point) for point in points}
    estimates_s = {point: training_s(recipe, photographs, mixed, teacher) for point, recipe in recipes.items()}
    budgets = []
    for point in points:
        done = [one for one in points if one.recipe == point.recipe and states[one] in ("finished", "trained")]
        factor = correction([estimates_s[one] for one in done], [trained_s(settings.run_folder(one)) for one in done])
        to_train, to_convert = states[point] in ("to do", "begun"), states[point] != "finished"
        budgets.append(
            PointBudget(
                name=settings.name(point),
                state=states[point],
                training_s=factor * estimates_s[point] if to_train else 0.0,
                conversion_s=conversion_s(recipes[point], photographs, len(settings.recipes)) if to_convert else 0.0,
            )
        )
    return budgets


def budget_lines(
    budgets: Sequence[PointBudget], folder: PhotographFolder, settings: SweepSettings, measuring: Measuring
) -> list[str]:
    """Return what is printed before anything is done."""
    rows = [(one.name, one.state, _time(one.training_s), _time(one.conversion_s)) for one in budgets]
    files = len(budgets) * len(settings.recipes)
    measure_s = latency_s(files, measuring.seconds)
    total_s = sum(one.duration_s for one in budgets) + measure_s
    states = ", ".join(f"{count} {state}" for state, count in Counter(one.state for one in budgets).items())
    return [
        str(folder),
        text_table(_HEAD, rows),
        f"{len(budgets)} points ({states}), {files} files; measuring all files {human_time(measure_s)}",
        f"in total at most {human_time(total_s)}, from rates of 2 server cores and of what is finished here; early "
        "stopping may end it sooner",
    ]


def _make_all(
    points: Sequence[Point], settings: SweepSettings, budgets: Sequence[PointBudget], sweep: Sweep, out: Path
) -> tuple[Sweep, int]:
    """Make every point; after each, the unfinished sweep.json has what is there."""
    failed = 0
    for number, point in enumerate(points, start=1):
        left_s = sum(one.duration_s for one in budgets[number - 1 :])
        print(f"{number} of {len(points)}: {settings.name(point)}, at most {human_time(left_s)} left", flush=True)
        try:
            files, notes = make_point(settings, point)
        except (RunFolderError, ConversionError) as error:  # the other points need not wait for this one
            files, notes, failed = (), (f"{settings.name(point)} failed: {error}",), failed + 1
            print(f"note: {notes[0]}", flush=True)
        sweep = replace(sweep, files=(*sweep.files, *files), notes=(*sweep.notes, *notes))
        write_result(out / "sweep.json", sweep)
    if not sweep.files:
        raise ResultError(f"no point gave a file; the first reason: {sweep.notes[0] if sweep.notes else 'none'}")
    return sweep, failed


def _measured(sweep: Sweep, out: Path, measuring: Measuring, complete: bool) -> Sweep:
    """Measure all files in turns and put the latencies in."""
    paths = [Path(file.file) for file in sweep.files]
    measured = measure_latency(paths, THREADS, measuring.rounds, measuring.runs, measuring.seconds, out / "latency")
    files = tuple(
        replace(file, frame_to_label=whole, invoke=bare)
        for file, (whole, bare) in zip(sweep.files, measured.latencies, strict=True)
    )
    date = now()
    notes = (*sweep.notes, *(f"INVALID latency: {sentence}" for sentence in measured.invalid))
    sweep = replace(sweep, date=date, device=measured.device, files=files, notes=notes, complete=complete)
    write_result(out / "sweep.json", sweep)
    return sweep


def _show(sweep: Sweep, out: Path, budget: Budget) -> None:
    print(f"\n{sweep.device}, {sweep.threads} thread\n{sweep_table(sweep.files)}")
    for note in sweep.notes:
        print(f"note: {note}")
    for plot in write_plot(out / "sweep.png", lambda path: plot_sweep(sweep, path, budget)):
        print(f"plot    {plot}")
    print(f"result  {out / 'sweep.json'}")
    try:
        print("\n".join(pick(sweep.files, budget).sentences()))
    except ResultError as error:  # the sweep itself is done
        print(error)


def _check_inputs(points: Sequence[Point], settings: SweepSettings) -> None:
    """Say in a moment what every training would say after TensorFlow has started.

    Raises:
        FieldLensError: a folder is missing or inside another one, or the train extra is.
    """
    for point in points:
        run = settings.run_folder(point)
        check_before_training(settings.photographs, run, True, settings.teacher, settings.neither)
    if settings.neither is not None and not settings.neither.is_dir():
        raise DataError(f"`{settings.neither}` is no folder; give one with pictures of anything else to --neither")


def _refuse_complete(out: Path, overwrite: bool) -> None:
    """An unfinished result is gone on with; a complete one is not replaced unasked.

    Raises:
        OutputError: a complete result is there.
    """
    path = out / "sweep.json"
    if path.is_file() and not overwrite:
        try:
            unfinished = not read_sweep(path).complete
        except ResultError:
            unfinished = False
        if unfinished:
            return
    refuse_existing(path, overwrite)


def _recipe_of(run: Path | None) -> Recipe | None:
    """Width and size of a teacher, for the estimate; another program's run is taken for a large MobileNetV2."""
    if run is None:
        return None
    found = MOBILENET_V2
    try:
        recipe = json.loads((run / "run.json").read_text(encoding="utf-8"))["recipe"]
        return replace(found, width=float(recipe["width"]), input_size=int(recipe["input_size"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunFolderError(f"the teacher `{run}` is no run folder ({error}); give a finished run") from error


def _command(points: Sequence[Point], settings: SweepSettings) -> str:
    words = ["fieldlens bench experiment sweep PHOTOS --points", ",".join(point.name for point in points)]
    words += ["--recipes", ",".join(settings.recipes), "--seed", str(settings.seed)]
    words += ["--teacher RUN"] if settings.teacher else []
    words += ["--neither DIR"] if settings.neither else []
    words += [f"--train-options='{' '.join(settings.options)}'"] if settings.options else []
    return " ".join(words)


def _time(duration_s: float) -> str:
    return human_time(duration_s) if duration_s else ""
