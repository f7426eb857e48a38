"""From a point of a sweep to its judged files: train, convert, ask about validation photographs. What is done stays."""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.experiments.sweep.points import Point
from benchmarks.experiments.training.process import fit_words, is_begun, is_finished, train_into
from benchmarks.measure.operators.macs import count_macs
from benchmarks.results.json_records import from_json, json_text, to_json
from benchmarks.results.sweep.result import SweptFile
from convert.quantize.recipes import RECIPES as CONVERSIONS
from convert.run_folder import read_run_folder
from edge_app.common.atomic_files import write_text
from edge_app.common.command_line import HelpfulParser
from edge_app.common.errors import ConversionError, PhotographError, RunFolderError, UsageError
from edge_app.common.own_process import python_command
from edge_app.common.progress import Progress
from edge_app.metrics.accuracy import MeasuredAccuracy, independent_photographs
from edge_app.model.classifier import Classifier
from edge_app.model.training_time import training_duration_s
from edge_app.photographs.decoder import read_photograph
from edge_app.photographs.splits import sha256_of
from train.recipes import Recipe
from train.verbs import fit

_VALIDATION = "validation.json"  # in the folder of the converted files, and replaced with it


@dataclass(frozen=True)
class SweepSettings:
    """What all points of a sweep share.

    Attributes:
        photographs: the folder.
        runs: where run folders go.
        models: where converted files go.
        recipes: of the conversion.
        options: more options of `fieldlens train fit`.
        seed: of everything random.
        teacher: run folder that all learn from.
        neither: folder with pictures of anything else.
    """

    photographs: Path
    runs: Path
    models: Path
    recipes: tuple[str, ...]
    options: tuple[str, ...] = ()
    seed: int = 0
    teacher: Path | None = None
    neither: Path | None = None

    @property
    def suffix(self) -> str:
        """Of the names of folders: a distilled point is another one."""
        return ("-distilled" if self.teacher else "") + ("-exposed" if self.neither else "")

    def name(self, point: Point) -> str:
        """Return the name of a point's folders."""
        return point.name + self.suffix

    def run_folder(self, point: Point) -> Path:
        """Return where a point is trained."""
        return self.runs / self.name(point)

    def bundle(self, point: Point) -> Path:
        """Return where a point's files are."""
        return self.models / self.name(point)

    def words(self, point: Point) -> list[str]:
        """Return the words of the point's training, without its run folder."""
        return fit_words(self.photographs, (*point.options, *self.options), self.seed, self.teacher, self.neither)


def chosen_conversions(text: str) -> tuple[str, ...]:
    """Read the names of conversion recipes, with commas.

    Raises:
        UsageError: one is unknown, or there is none.
    """
    names = tuple(dict.fromkeys(filter(None, (part.strip() for part in text.split(",")))))
    for name in names:
        if name not in CONVERSIONS:
            raise UsageError(f"unknown recipe `{name}` in --recipes; choose from {', '.join(CONVERSIONS)}")
    if not names:
        raise UsageError("--recipes names none; try --recipes float32,int8")
    return names


def fit_arguments(settings: SweepSettings, point: Point) -> argparse.Namespace:
    """Read a point's command as `fieldlens train fit` would; a mistake ends the command before anything is trained."""
    parser = HelpfulParser(prog="fieldlens train fit")
    fit.add_arguments(parser)
    return parser.parse_args(settings.words(point))


def trained_recipe(settings: SweepSettings, point: Point) -> Recipe:
    """Return the recipe that a point will be trained with.

    Raises:
        UsageError: an option is impossible, would change nothing, or would make another point of it.
    """
    arguments = fit_arguments(settings, point)
    recipe = fit.chosen_recipe(arguments)
    kept = (recipe.name, recipe.input_size, arguments.out, arguments.teacher, arguments.neither)
    own = recipe.filters == point.filters if point.filters else recipe.width == point.width
    if kept != (point.recipe, point.input_px, None, settings.teacher, settings.neither) or not own:
        raise UsageError(
            "--train-options may not change recipe, width, filters, size, folders or teacher: they are the sweep's; "
            f"received `{' '.join(settings.options)}`"
        )
    return recipe


def state_of(settings: SweepSettings, point: Point) -> str:
    """Return `finished`, `trained`, `begun` or `to do`.

    Raises:
        RunFolderError: the run was trained with other settings.
    """
    folder = settings.run_folder(point)
    if not is_finished(folder):
        return "begun" if is_begun(folder) else "to do"
    run = _read_json(folder / "run.json")
    refuse_other_settings(settings, point, run)
    if not _is_converted(settings, point, run):
        return "trained"
    return "finished" if (settings.bundle(point) / _VALIDATION).is_file() else "trained"


def refuse_other_settings(settings: SweepSettings, point: Point, run: Mapping[str, Any]) -> None:
    """Refuse a finished run that the command would not make.

    Raises:
        RunFolderError: it differs, and in what.
    """
    arguments = fit_arguments(settings, point)
    asked: dict[str, Any] = dict(to_json(fit.chosen_recipe(arguments)))
    asked |= {
        "seed": settings.seed,
        "weights": arguments.weights,
        "mixed precision": arguments.mixed_precision,
        "photographs": _place(settings.photographs),
        "teacher": _place(settings.teacher),
        "neither": _place(settings.neither),
    }
    try:
        found = {
            **run["recipe"],
            "seed": run["seed"],
            "weights": run["weights"],
            "mixed precision": run["compute"]["mixed_precision"],
            "photographs": _place(run["data"]["folder"]),
            "teacher": _place(run["teacher"]),
            "neither": _place(None if run["neither"] is None else run["neither"]["folder"]),
        }
    except (KeyError, TypeError) as error:
        raise RunFolderError(f"`{settings.run_folder(point)}` has a damaged run.json ({error!r}); delete it") from error
    for name, value in asked.items():
        if found.get(name) != value:
            raise RunFolderError(
                f"`{settings.run_folder(point)}` was trained with {name} {found.get(name)}, now {value} is asked for; "
                "give the same options or another --run-folders, or delete it"
            )


def trained_s(folder: Path) -> float:
    """Return how long a finished run took to train, seconds."""
    return training_duration_s(_read_json(folder / "run.json")["timings_s"])


def make_point(settings: SweepSettings, point: Point) -> tuple[tuple[SweptFile, ...], tuple[str, ...]]:
    """Do what is not done yet of a point.

    Returns:
        its files, and a sentence for each recipe that gave none.

    Raises:
        RunFolderError: training ended with an error, or the run was trained with other settings.
        ConversionError: no file could be made.
    """
    folder, bundle = settings.run_folder(point), settings.bundle(point)
    if not is_finished(folder):
        train_into(folder, settings.words(point), f"`{settings.name(point)}`")
    run = _read_json(folder / "run.json")
    refuse_other_settings(settings, point, run)
    if not _is_converted(settings, point, run):
        _convert(folder, bundle, settings)
    conversion = _read_json(bundle / "conversion.json")
    wanted = [file for file in conversion["files"] if file["recipe"]["name"] in settings.recipes]
    usable = [file for file in wanted if not file["objections"]]
    validation = _validation(folder, bundle, [file["file"] for file in usable])
    files = tuple(
        _swept_file(point, settings, bundle / file["file"], file, validation[file["file"]]) for file in usable
    )
    notes = [f"{settings.name(point)}: {sentence}" for sentence in conversion["skipped"]]
    notes += [f"{file['file']} was rejected: {file['objections'][0]}" for file in wanted if file["objections"]]
    return files, tuple(notes)


def _swept_file(
    point: Point, settings: SweepSettings, path: Path, converted: Mapping[str, Any], validation: MeasuredAccuracy
) -> SweptFile:
    content = path.read_bytes()
    cost = count_macs(path)
    return SweptFile(
        file=str(path),
        sha256=sha256_of(content),
        point=settings.name(point),
        training=point.recipe + settings.suffix,
        width=point.width,
        input_px=point.input_px,
        recipe=str(converted["recipe"]["name"]),
        size_bytes=len(content),
        macs=cost.macs,
        parameters=cost.parameters,
        validation=validation,
        test=MeasuredAccuracy(**converted["accuracy"]),  # read once, by the conversion's proof, with this very file
        trained_s=trained_s(settings.run_folder(point)),
    )


def _is_converted(settings: SweepSettings, point: Point, run: Mapping[str, Any]) -> bool:
    """Whether the bundle is of these weights, and every recipe was asked for (one may have been refused)."""
    path = settings.bundle(point) / "conversion.json"
    if not path.is_file():
        return False
    conversion = _read_json(path)
    asked = str(conversion["settings"]["recipes"]).split(",")
    return conversion["weights_sha256"] == run["weights_sha256"] and set(settings.recipes) <= set(asked)


def _convert(folder: Path, bundle: Path, settings: SweepSettings) -> None:
    """Run `fieldlens convert`; a rejected file ends it with code 1, and the others are there all the same.

    Raises:
        ConversionError: it made no bundle.
    """
    before = _stamp(bundle)
    command = python_command("convert", "run", str(folder), "--recipes", ",".join(settings.recipes))
    code = subprocess.run([*command, "--out", str(bundle), "--overwrite"], check=False).returncode
    if code and _stamp(bundle) == before:
        raise ConversionError(f"converting `{folder}` ended with code {code}; see above")


def _stamp(bundle: Path) -> int:
    path = bundle / "conversion.json"
    return path.stat().st_mtime_ns if path.is_file() else 0


def _validation(folder: Path, bundle: Path, names: Sequence[str]) -> dict[str, MeasuredAccuracy]:
    """Return the files' accuracy on validation photographs, from an earlier time if they are there."""
    path = bundle / _VALIDATION
    if path.is_file():
        known = from_json(dict[str, MeasuredAccuracy], _read_json(path))
        if set(names) <= set(known):
            return known
    found = judge_on_validation(folder, [bundle / name for name in names]) if names else {}
    write_text(path, json_text(to_json(found)))
    return found


def judge_on_validation(folder: Path, models: Sequence[Path]) -> dict[str, MeasuredAccuracy]:
    """Classify the run's validation photographs by the code of the device.

    Args:
        folder: of the run, which says which photographs those are.
        models: files that were converted from it.

    Returns:
        by the file's name.

    Raises:
        RunFolderError: the run, or a photograph of it, is missing.
    """
    run = read_run_folder(folder)
    photographs = run.splits["validation"]
    classifiers = [Classifier(model) for model in models]
    correct, groups = [0] * len(classifiers), []
    with Progress("judging on validation photographs", len(photographs)) as progress:
        for item in photographs:
            progress.step()
            try:
                image_bgr = read_photograph(item.path)
            except PhotographError:
                continue  # training has told about it
            groups.append(item.group or str(item.path))
            for place, classifier in enumerate(classifiers):
                correct[place] += classifier.classify(image_bgr).top[0][0] == run.labels[item.target]
    if not groups:
        raise RunFolderError(f"none of the validation photographs of `{folder}` can be read; train again")
    data = f"validation split of {run.data}"
    return {
        model.name: MeasuredAccuracy.from_counts(count, len(groups), data, independent_photographs(groups))
        for model, count in zip(models, correct, strict=True)
    }


def _place(path: object) -> str | None:
    return None if path is None else str(Path(str(path)).resolve())


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunFolderError(
            f"`{path}` cannot be read ({error}); delete its folder and give the command again"
        ) from error
    if not isinstance(content, dict):
        raise RunFolderError(f"`{path}` is no record of ours; delete its folder and give the command again")
    return content
