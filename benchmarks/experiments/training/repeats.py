"""Runs a training experiment: every variant with every seed through `fieldlens train`, then a table, a plot and JSON.

Each run is a process of its own with a run folder of its own; finished folders are not trained again, unfinished ones
are resumed. So the command may be stopped and given again.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.experiments.training.process import fit_words, is_finished, train_into
from benchmarks.experiments.training.variants import Experiment, Variant
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import write_envelope
from edge_app.common.errors import RunFolderError, UsageError
from edge_app.common.outputs import refuse_existing
from edge_app.common.tables import text_table
from edge_app.model.training_time import training_duration_s

HEAD = ("variant", "test accuracy", "median", "validation", "training", "log loss", "ECE", "time")


@dataclass(frozen=True)
class Repeat:
    """One finished run.

    Attributes:
        variant: its name.
        seed: of everything random.
        command: that trained it, without the machine's paths.
        recipe: every setting, as `run.json` has it.
        test: accuracy with interval, counts, log loss and calibration on the test photographs.
        validation: the same on validation photographs.
        training_accuracy: in the last epoch, while the weights moved and photographs were changed, 0..1.
        timings_s: by stage.
    """

    variant: str
    seed: int
    command: tuple[str, ...]
    recipe: dict[str, Any]
    test: dict[str, Any]
    validation: dict[str, Any]
    training_accuracy: float
    timings_s: dict[str, float]

    @property
    def duration_s(self) -> float:
        """Of the whole training."""
        return training_duration_s(self.timings_s)


@dataclass(frozen=True)
class Inputs:
    """What the runs are given.

    Attributes:
        photographs: the folder.
        runs: where run folders go: runs / experiment / variant-seed.
        teacher: run folder to learn from.
        neither: folder with pictures of anything else.
    """

    photographs: Path
    runs: Path
    teacher: Path | None = None
    neither: Path | None = None


def run_experiment(experiment: Experiment, inputs: Inputs, seeds: int, out: Path, overwrite: bool) -> int:
    """Train what is not trained yet, print the table, write JSON and plot.

    Args:
        experiment: what to compare.
        inputs: photographs, and what some variants learn from too.
        seeds: how many of each variant.
        out: the JSON; the plot gets its name and `.png`.
        overwrite: whether an older result may be replaced.

    Raises:
        UsageError: the experiment needs a teacher, or pictures of anything else.
        RunFolderError: a training ended with an error.
    """
    refuse_existing(out, overwrite)
    if experiment.needs_teacher and inputs.teacher is None:
        raise UsageError(f"the experiment `{experiment.name}` needs --teacher")
    if experiment.needs_neither and inputs.neither is None:
        raise UsageError(f"the experiment `{experiment.name}` needs --neither")
    jobs = [(variant, seed) for seed in range(seeds) for variant in experiment.variants]
    repeats = []
    for number, (variant, seed) in enumerate(jobs, start=1):
        print(f"{number} of {len(jobs)}: {variant.name}, seed {seed}", flush=True)
        repeats.append(_repeat(experiment, variant, seed, inputs))
    content = {
        "experiment": experiment.name,
        "question": experiment.question,
        "repeats": repeats,
    }
    write_envelope(out, "training", content, examine_device())
    print(text_table(HEAD, table_rows(experiment, repeats)))
    plot_repeats(experiment, repeats, out.with_suffix(".png"))
    print(f"result  {out}\nplot    {out.with_suffix('.png')}")
    return 0


def table_rows(experiment: Experiment, repeats: Sequence[Repeat]) -> list[tuple[str, ...]]:
    """Return a row per variant: the mean of the test accuracies with their range, medians of the rest."""
    rows: list[tuple[str, ...]] = []
    for variant in experiment.variants:
        group = [repeat for repeat in repeats if repeat.variant == variant.name]
        if not group:
            continue

        def median(value: Callable[[Repeat], float], group: list[Repeat] = group) -> float:
            return float(statistics.median(value(repeat) for repeat in group))

        test = [repeat.test["accuracy"] for repeat in group]
        rows.append(
            (
                variant.name,
                f"{statistics.mean(test):.2%} ({min(test):.2%} to {max(test):.2%})",
                f"{statistics.median(test):.2%}",
                f"{median(lambda one: one.validation['accuracy']):.2%}",
                f"{median(lambda one: one.training_accuracy):.2%}",
                f"{median(lambda one: one.test['log_loss']):.4f}",
                f"{median(lambda one: one.test['confidence']['expected_calibration_error']):.2%}",
                f"{median(lambda one: one.duration_s) / 60:.1f} min",
            )
        )
    return rows


def plot_repeats(experiment: Experiment, repeats: Sequence[Repeat], path: Path) -> None:
    """Draw every run as a point beside its variant, and the mean as a line."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    names = [variant.name for variant in experiment.variants]
    figure, axes = plt.subplots(figsize=(8, 1.4 + 0.5 * len(names)), layout="constrained")
    for place, name in enumerate(reversed(names)):
        shares = [100.0 * repeat.test["accuracy"] for repeat in repeats if repeat.variant == name]
        trained = [100.0 * repeat.training_accuracy for repeat in repeats if repeat.variant == name]
        axes.plot(trained, [place] * len(trained), "x", color="tab:orange", label="training" if not place else None)
        axes.plot(shares, [place] * len(shares), "o", color="tab:blue", label="test" if not place else None)
        if shares:
            axes.plot([statistics.mean(shares)] * 2, [place - 0.25, place + 0.25], color="tab:blue")
    axes.set_yticks(range(len(names)), list(reversed(names)))
    axes.set_xlabel("accuracy, % (a point per seed; the line is the mean of the test accuracies)")
    axes.set_title(experiment.question, fontsize=10)
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _repeat(experiment: Experiment, variant: Variant, seed: int, inputs: Inputs) -> Repeat:
    folder = inputs.runs / experiment.name / f"{variant.name.replace(', ', '-').replace(' ', '-')}-{seed}"
    if not is_finished(folder):
        _train(variant, seed, inputs, folder)
    return read_repeat(folder, variant, seed)


def _train(variant: Variant, seed: int, inputs: Inputs, folder: Path) -> None:
    teacher = inputs.teacher if variant.teacher else None
    neither = inputs.neither if variant.neither else None
    words = fit_words(inputs.photographs, variant.options, seed, teacher, neither)
    train_into(folder, words, f"`{variant.name}` with seed {seed}")


def read_repeat(folder: Path, variant: Variant, seed: int) -> Repeat:
    """Read what a finished run says about itself.

    Raises:
        RunFolderError: it is damaged, or was trained with another seed.
    """
    try:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        if run["seed"] != seed:
            raise ValueError(f"seed {run['seed']}")
        last = (folder / "history.csv").read_text(encoding="utf-8").splitlines()[-1]
        return Repeat(
            variant=variant.name,
            seed=seed,
            command=("python", "-m", "train", "fit", *variant.options, "--seed", str(seed)),
            recipe=run["recipe"],
            test=metrics["test"],
            validation=metrics["validation"],
            training_accuracy=float(last.split(",")[3]),
            timings_s=run["timings_s"],
        )
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise RunFolderError(f"`{folder}` is no run of this experiment ({error}); delete it") from error
