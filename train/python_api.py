"""Training from Python and in notebooks: photographs in, a run out, in a line each (`from train import fit`)."""

from __future__ import annotations

import csv
import json
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from edge_app.common.command_line import near_match
from edge_app.common.errors import UsageError
from edge_app.common.native_stderr import quiet_native_stderr
from edge_app.common.notebook import Picture, html_paragraphs, html_table
from edge_app.common.opencv_wheel import check_one_cv2_wheel
from edge_app.common.python_faces import as_path, python_words
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.run_folder import METRICS_FILE, TrainedRun, damage_reported, read_trained_run, tested_accuracy
from edge_app.photographs.folders import PhotographFolder
from edge_app.photographs.zip_files import unpacked
from train.augment.augmentation import Augmentation
from train.checks import check_before_training
from train.fitting.way import Validation
from train.models.registry import recipes
from train.recipes import Recipe
from train.settings import Field, fields_of
from train.verbs.fit import chosen_recipe

_WORDS = ("stage",)  # columns of the history that are no numbers
_SEVERAL = {"filters": "(16, 32)", "penalties": "(Penalty(l2=1e-4),)"}


@dataclass(frozen=True)
class Run:
    """A finished training.

    Attributes:
        record: what `run.json` says: labels, input, every setting.
        accuracy: with its interval, and on what it was measured.
        history: a row per epoch: stage, epoch, losses in nats, accuracies 0..1, seconds; None: not measured.
    """

    record: TrainedRun
    accuracy: MeasuredAccuracy
    history: tuple[dict[str, Any], ...]

    @property
    def folder(self) -> Path:
        """Where everything is; `fieldlens convert` takes it."""
        return self.record.path

    @property
    def labels(self) -> tuple[str, ...]:
        """In the order of the scores."""
        return self.record.labels

    def plot_history(self) -> Picture:
        """Return loss and accuracy over the epochs; of a head fitted to few photographs, the loss by its penalty."""
        return self._plot("history", "penalty")

    def plot_confusion(self) -> Picture:
        """Return the confusion matrix, with counts."""
        return self._plot("confusion")

    def keras_model(self) -> Any:
        """Load the network, a `tf_keras.Model`: (photographs, height, width, 3) float RGB in [-1, 1] → probabilities.

        Raises:
            RunFolderError: it does not load.
        """
        from train.models.loading import load_model

        return load_model(self.folder / "model.h5")

    def _plot(self, *names: str) -> Picture:
        paths = [self.folder / "plots" / f"{name}.png" for name in names]
        found = next((path for path in paths if path.is_file()), None)
        if found is None:
            raise UsageError(f"`{self.folder}` has no plot `{names[0]}`; its report.html has all that there are")
        return Picture(found)

    def __str__(self) -> str:
        return f"{self.folder}: accuracy {self.accuracy} on {self.accuracy.photographs:,} {self.accuracy.data}"

    def _repr_html_(self) -> str:
        facts = [
            ("recipe", str(self.record.record["recipe"]["name"])),
            ("classes", ", ".join(self.labels)),
            ("accuracy (95 % interval)", str(self.accuracy)),
            ("measured on", f"{self.accuracy.photographs:,} {self.accuracy.data}"),
            ("epochs", f"{len(self.history)}"),
        ]
        return html_table(("run", str(self.folder)), facts) + html_paragraphs(
            [f"report: {self.folder / 'report.html'}"]
        )


@python_words()
def fit(
    photographs: str | Path | PhotographFolder,
    recipe: str = "mobilenet_v2",
    out: str | Path | None = None,
    *,
    overwrite: bool = False,
    resume: bool = False,
    seed: int = 0,
    weights: str = "imagenet",
    teacher: Run | str | Path | None = None,
    neither: str | Path | None = None,
    validation: Validation = "auto",
    augmentation: bool = True,
    **settings: Any,
) -> Run:
    """Train, as `fieldlens train` does.

    Args:
        photographs: folder, `.zip`, or what `find_photographs` returned.
        recipe: its name.
        out: the run folder; None: `runs/` and the name of the photographs.
        overwrite: whether an older run may be replaced.
        resume: go on where an earlier attempt ended.
        seed: of everything random.
        weights: of the backbone: `imagenet`, `none`, or an `.h5` file.
        teacher: a run to learn from as well.
        neither: folder with pictures of anything else.
        validation: `auto`, `split` or `folds`.
        augmentation: false: photographs stay as they are, but for what `settings` say.
        settings: fields of `Recipe` and `Augmentation`, instead of the recipe's, as in `epochs=3, flip=False`.

    Raises:
        UsageError: a setting is unknown, has an impossible value, or would change nothing.
        FieldLensError: the photographs, the weights or the output folder cannot be used.
    """
    check_one_cv2_wheel()
    _refuse_unlike(validation=validation, seed=seed, weights=weights)
    folder = photographs.root if isinstance(photographs, PhotographFolder) else as_path(photographs, "photographs")
    teacher_folder = _folder_of(teacher, "teacher")
    neither_folder = None if neither is None else as_path(neither, "neither")
    place = Path("runs") / folder.resolve().name if out is None else as_path(out, "out")
    chosen = _recipe(recipe, settings, weights, teacher_folder, neither_folder, augmentation)
    folder = unpacked(folder)
    check_before_training(folder, place, overwrite, teacher_folder, neither_folder)
    with quiet_native_stderr():
        from train.job import Job, train

    job = Job(
        photographs=folder,
        recipe=chosen,
        out=place,
        overwrite=overwrite,
        resume=resume,
        weights=weights,
        seed=seed,
        teacher=teacher_folder,
        neither=neither_folder,
        validation=validation,
    )
    try:
        train(job)
    except KeyboardInterrupt:
        print(f"interrupted; the same call with resume=True goes on (what is there is in `{place}.unfinished`)")
        raise
    return open_run(place)


@python_words()
def open_run(folder: str | Path) -> Run:
    """Read a run that was trained earlier.

    Raises:
        RunFolderError: it is no run folder, or a damaged one.
    """
    record = read_trained_run(as_path(folder, "folder"))
    with damage_reported(record.path):
        test = json.loads((record.path / METRICS_FILE).read_text(encoding="utf-8"))["test"]
        accuracy = tested_accuracy(test)
        with (record.path / "history.csv").open(encoding="utf-8", newline="") as file:
            history = tuple({name: _value(name, text) for name, text in row.items()} for row in csv.DictReader(file))
    return Run(record, accuracy, history)


def _folder_of(run: Any, name: str) -> Path | None:
    return None if run is None else run.folder if isinstance(run, Run) else as_path(run, name)


def _refuse_unlike(validation: Any, seed: Any, weights: Any) -> None:
    if validation not in get_args(Validation):
        raise UsageError(f"`validation` is one of {', '.join(get_args(Validation))}; received {validation!r}")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise UsageError(f"`seed` is a whole number from 0 to {2**32 - 1:,}; received {seed!r}")
    if not isinstance(weights, str):
        raise UsageError(f"`weights` is imagenet, none, or the path of an .h5 file as text; received {weights!r}")


def _value(name: str, text: str) -> Any:
    if name in _WORDS:
        return text
    return None if not text else int(text) if text.isdigit() else float(text)


def _recipe(
    name: str, settings: dict[str, Any], weights: str, teacher: Path | None, neither: Path | None, augmentation: bool
) -> Recipe:
    """Return a recipe with other settings, refused like those of the command line."""
    if name not in recipes():
        raise UsageError(f"there is no recipe `{name}`; choose one of {', '.join(recipes())}")
    fields = {field.name: field for field in (*fields_of(Recipe), *fields_of(Augmentation))}
    for given, value in settings.items():
        if given not in fields:
            near = near_match(given, fields)
            meant = f"; did you mean `{near}`?" if near else f"; there are {', '.join(sorted(fields))}"
            raise UsageError(f"a recipe has no setting `{given}`{meant}")
        _refuse_other_type(fields[given], value)
    blank: dict[str, Any] = dict.fromkeys(fields)
    return chosen_recipe(
        Namespace(
            recipe=name,
            weights=weights,
            teacher=teacher,
            neither=neither,
            no_augmentation=not augmentation,
            **{**blank, **settings},
        )
    )


def _refuse_other_type(field: Field, value: Any) -> None:
    kinds = (int, float) if field.kind is float else field.kind
    if field.name in _SEVERAL and (isinstance(value, str) or not isinstance(value, Sequence)):
        raise UsageError(f"`{field.name}` is a list or tuple, as in {_SEVERAL[field.name]}; received {value!r}")
    if isinstance(kinds, type | tuple) and not isinstance(value, kinds):
        wanted = getattr(field.kind, "__name__", str(field.kind))
        raise UsageError(f"`{field.name}` is of type {wanted}, received {value!r}")
