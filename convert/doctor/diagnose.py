"""One diagnosis: a file and photographs in, findings out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from convert.doctor.advice import Origin, advice
from convert.doctor.label_order import LabelOrder
from convert.doctor.photographs import take_sample
from convert.doctor.preprocessing import SCALINGS, Channels, ModelUnderTest, Preprocessing, Reading
from convert.doctor.report import Findings
from convert.doctor.search import search_mismatch
from edge_app.common.errors import DataError, ModelFileError, UsageError
from edge_app.live.watchdog import watch
from edge_app.model.card import ResizeRule
from edge_app.model.classifier import Classifier
from edge_app.model.labels import read_labels_file
from edge_app.model.metadata import read_metadata
from edge_app.photographs.folders import PhotographFolder, find_photographs


@dataclass(frozen=True)
class UserPreprocessing:
    """How the user's own code preprocesses, where it differs from what the file states; None: as the file states."""

    channels: Channels | None = None
    scaling: str | None = None
    resize: ResizeRule | None = None
    reading: Reading | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """Return the fields that the user gave."""
        return tuple(field for field, value in asdict(self).items() if value is not None)

    def applied_to(self, stated: Preprocessing) -> Preprocessing:
        """Return what the file states with the user's fields in its place."""
        scaling = next((one for one in SCALINGS if one.key == self.scaling), stated.scaling)
        return Preprocessing(
            scaling, self.channels or stated.channels, self.resize or stated.resize, self.reading or stated.reading
        )


def diagnose_file(
    path: Path,
    photographs: Path,
    labels: Path | None = None,
    own_code: UserPreprocessing = UserPreprocessing(),
    most: int = 400,
    all_photographs: bool = False,
    got: float | None = None,
) -> Findings:
    """Find out why a file is wrong, or that it is not.

    Args:
        path: a `.tflite` file.
        photographs: a folder per class, or flat names.
        labels: a label per line, instead of the file's own.
        own_code: how the user's code preprocesses.
        most: photographs to use.
        all_photographs: also those on which a model of ours may have been trained.
        got: accuracy that the user's code gets, 0..1.

    Raises:
        FieldLensError: an input cannot be used.
    """
    folder = find_photographs(photographs)
    classifier, assumptions = _open(path, folder, None if labels is None else read_labels_file(labels))
    model = ModelUnderTest(watch(classifier))
    metadata = read_metadata(path)
    has_card = metadata.card is not None
    current = own_code.applied_to(model.stated())
    _refuse_impossible(model, current)
    sample = take_sample(folder, model.card, most, has_card and not all_photographs)
    diagnosis = search_mismatch(model, sample, current)
    stated_order = LabelOrder("", tuple(model.card.labels.index(label) for label in sample.classes))
    best = diagnosis.best if diagnosis.found and not diagnosis.hopeless else diagnosis.current
    origin: Origin = "card" if has_card else "nothing" if metadata.mean is None else "metadata"
    sentences = advice(current, best.preprocessing, best.order, stated_order, model.card, origin, own_code.given)
    return Findings(path, diagnosis, (*classifier.assumptions, *assumptions), tuple(sentences), got)


def _open(model: Path, folder: PhotographFolder, labels: tuple[str, ...] | None) -> tuple[Classifier, tuple[str, ...]]:
    """Open the file; where its labels are not the folders' names but as many, the folders' names are used."""
    try:
        classifier = Classifier(model, labels=labels, as_stored=True)
        known = classifier.card.labels
        if set(folder.labels) <= set(known):
            return classifier, ()
        reason = f"its labels ({_some(known)}) are not the names of the photographs' classes ({_some(folder.labels)})"
    except ModelFileError as error:
        if labels is not None or "has no labels" not in str(error):
            raise
        known, reason = (), "it has no labels"
    try:
        classifier = Classifier(model, labels=folder.labels, as_stored=True)
    except ModelFileError as error:
        raise DataError(
            f"`{model}` cannot be judged on `{folder.root}`: {reason}, and the number of its scores is different; "
            "name the folders as its labels, or give --labels FILE"
        ) from error
    return classifier, (f"{reason}; the classes are taken in alphabetical order: {_some(folder.labels)}",)


def _some(labels: tuple[str, ...]) -> str:
    return ", ".join(labels[:3]) + (", …" if len(labels) > 3 else "")


def _refuse_impossible(model: ModelUnderTest, current: Preprocessing) -> None:
    """What the user says of the code must be possible with these tensors."""
    dtype, pixels = model.card.input_dtype, current.scaling.pixels
    if (pixels == "raw" and dtype == "float32") or (pixels == "wrapped" and dtype != "int8"):
        raise UsageError(f"`{model.path}` takes {dtype} input, so --scaling {current.scaling.key} does not apply to it")
    if current.reading == "unsigned" and model.output_dtype != "int8":
        raise UsageError(
            f"`{model.path}` gives {model.output_dtype} scores; --scores unsigned applies to int8 scores only"
        )
