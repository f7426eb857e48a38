"""One visit to the doctor: a file and photographs in, findings out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from convert.doctor.advice import Says, advice
from convert.doctor.feeding import SCALINGS, Channels, Feeding, Probe, Reading
from convert.doctor.label_order import LabelOrder
from convert.doctor.mismatch import diagnose
from convert.doctor.photographs import take_sample
from convert.doctor.report import Findings
from edge_app.common.errors import DataError, ModelFileError, UsageError
from edge_app.model.card import CARD_FILE, ResizeRule, read_labels_file, read_packed
from edge_app.model.classifier import Classifier
from edge_app.photographs.folders import PhotographFolder, find_photographs


@dataclass(frozen=True)
class FedNow:
    """How the user's own code feeds the model, where it is not as the file says; None: as the file says."""

    channels: Channels | None = None
    scaling: str | None = None
    resize: ResizeRule | None = None
    reading: Reading | None = None

    @property
    def told(self) -> tuple[str, ...]:
        """Return the fields that the user told."""
        return tuple(field for field, value in asdict(self).items() if value is not None)

    def over(self, said: Feeding) -> Feeding:
        """Return what the file says with the user's words in its place."""
        scaling = next((one for one in SCALINGS if one.key == self.scaling), said.scaling)
        return Feeding(
            scaling, self.channels or said.channels, self.resize or said.resize, self.reading or said.reading
        )


def examine(
    model: Path,
    photographs: Path,
    labels: Path | None = None,
    fed: FedNow = FedNow(),
    most: int = 400,
    all_photographs: bool = False,
    got: float | None = None,
) -> Findings:
    """Find out why a file is wrong, or that it is not.

    Args:
        model: a `.tflite` file.
        photographs: a folder per class, or flat names.
        labels: a label per line, instead of the file's own.
        fed: how the user's code feeds it.
        most: photographs to use.
        all_photographs: also those on which a model of ours may have been trained.
        got: accuracy that the user's code gets, 0..1.

    Raises:
        FieldLensError: an input cannot be used.
    """
    folder = find_photographs(photographs)
    classifier, assumptions = _open(model, folder, None if labels is None else read_labels_file(labels))
    probe = Probe(classifier)
    packed = read_packed(model)
    own = CARD_FILE in packed.files
    now = fed.over(probe.said())
    _refuse_impossible(model, probe, now)
    sample = take_sample(folder, probe.card, most, own and not all_photographs)
    diagnosis = diagnose(probe, sample, now)
    said = LabelOrder("", tuple(probe.card.labels.index(label) for label in sample.classes))
    best = diagnosis.best if diagnosis.found and not diagnosis.hopeless else diagnosis.now
    says: Says = "card" if own else "nothing" if packed.mean is None else "metadata"
    sentences = advice(now, best.feeding, best.order, said, probe.card, says, fed.told)
    return Findings(model, diagnosis, (*classifier.assumptions, *assumptions), tuple(sentences), got)


def _open(model: Path, folder: PhotographFolder, labels: tuple[str, ...] | None) -> tuple[Classifier, tuple[str, ...]]:
    """Open the file; where its labels are no names of the folders and as many, the folders' names serve."""
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
            f"`{model}` cannot be judged on `{folder.root}`: {reason}, and it gives another number of scores; "
            "name the folders as its labels, or give --labels FILE"
        ) from error
    return classifier, (f"{reason}; the classes are taken in alphabetical order: {_some(folder.labels)}",)


def _some(labels: tuple[str, ...]) -> str:
    return ", ".join(labels[:3]) + (", …" if len(labels) > 3 else "")


def _refuse_impossible(model: Path, probe: Probe, now: Feeding) -> None:
    """What the user says of the code must be possible with these tensors."""
    dtype = probe.card.input_dtype
    if (now.scaling.pixels == "raw" and dtype == "float32") or (now.scaling.pixels == "wrapped" and dtype != "int8"):
        raise UsageError(f"`{model}` takes {dtype} input, so --scaling {now.scaling.key} is no way to feed it")
    if now.reading == "unsigned" and probe.output_dtype != "int8":
        raise UsageError(f"`{model}` gives {probe.output_dtype} scores; --scores unsigned is a mistake with int8 only")
