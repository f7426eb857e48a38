"""The model that comes with the app: which file of which run may be it.

Its NOTICE is told from the file's card and from what the run and its conversion wrote about themselves, so the starter
can be made again and no number is typed by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from convert.starter.notice import Finished, notice_of
from edge_app.common.atomic_files import write_bytes, write_text
from edge_app.common.errors import ModelFileError, RunFolderError
from edge_app.common.outputs import CONVERSION_FILE, refuse_existing
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.card import ModelCard, write_card
from edge_app.model.classifier import Classifier
from edge_app.model.run_folder import read_run_json
from edge_app.model.starter import NOTICE, STARTER

LABELS = ("cat", "dog")
"""What the app says of its starter is about these."""

MOST_BYTES = 1_000_000
"""It travels with every installation."""

_WANTED_TYPES = ("uint8", "uint8", "int8", "int8")


def make_starter(model: Path, run: Path, out: Path = STARTER.parent, overwrite: bool = False) -> ModelCard:
    """Check a converted file, complete its card, and write it with its NOTICE.

    Args:
        model: an int8 file in the folder that `fieldlens convert` made.
        run: the run that it was made of.
        out: the folder of the starter.
        overwrite: whether an older starter may be replaced.

    Returns:
        the card of the starter.

    Raises:
        ModelFileError: the file does not fit: labels, types, size, accuracy, threshold, or it is of another run.
        RunFolderError: the run does not fit: without "neither", from weights or on photographs of unknown terms, or its
            teacher is not there to say what it has seen.
        OutputError: there is a starter and `overwrite` is false, or the system refused.
    """
    refuse_existing(out / STARTER.name, overwrite, inputs=(model,))
    try:
        classifier = Classifier(model, as_stored=True)
        finished = _read(classifier, run)
        _refuse_run(run, finished.run)
        accuracy = _accuracy_of(finished, classifier)
        card = _completed(finished, accuracy)
        content = write_card(model.read_bytes(), card)
        _refuse_large(model, content)
        notice = notice_of(finished, accuracy, content)
    except (KeyError, TypeError, ValueError) as error:
        raise RunFolderError(
            f"what `{run}` and `{model.parent}` say of themselves is incomplete ({error!r}); train and convert again"
        ) from error
    write_bytes(out / STARTER.name, content)
    write_text(out / NOTICE.name, notice)
    return card


def _completed(finished: Finished, accuracy: MeasuredAccuracy) -> ModelCard:
    """The file's card says how good it is; of what it was made, only the run knows."""
    classes, others = finished.classes, finished.others
    return replace(
        finished.card,
        name="FieldLens starter",
        accuracy=replace(accuracy, data=f"test split of {classes.title}"),
        trained_on=f"{classes.title}; for “neither” {others.title}; from {finished.beginning}",
        terms="; ".join(f"{title}: {terms}" for title, terms in finished.terms) + "; no photograph is in the file",
    )


def _read(classifier: Classifier, run: Path) -> Finished:
    model = classifier.path
    conversion = model.parent / CONVERSION_FILE
    entries = [entry for entry in _read_json(conversion)["files"] if entry["file"] == model.name]
    if not entries:
        raise ModelFileError(f"`{conversion}` does not name `{model.name}`; give a file that `fieldlens convert` made")
    record = read_run_json(run)
    teacher = None if record.get("teacher") is None else read_run_json(Path(record["teacher"]))
    return Finished(model, classifier.card, record, teacher, _read_json(run / "metrics.json"), entries[0])


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunFolderError(f"`{path}` cannot be read ({error}); train and convert again") from error


def _refuse_run(path: Path, run: Mapping[str, Any]) -> None:
    if run.get("neither_threshold") is None or run.get("neither") is None:
        raise RunFolderError(f"`{path}` never says “neither”; train it with --neither and pictures of anything else")


def _accuracy_of(finished: Finished, classifier: Classifier) -> MeasuredAccuracy:
    """Refuse a file that does not fit; return what it is worth."""
    model, card = finished.model, finished.card
    if card.labels != LABELS:
        raise ModelFileError(f"`{model}` tells {', '.join(card.labels)}; the starter tells {', '.join(LABELS)}")
    _refuse_types(classifier, finished.converted["recipe"])
    if card.accuracy is None or card.neither_threshold is None:
        what = "accuracy" if card.accuracy is None else "threshold for “neither”"
        raise ModelFileError(f"the card of `{model}` has no {what}; convert the run again with `fieldlens convert`")
    if card.weights_sha256 != finished.run["weights_sha256"]:
        raise ModelFileError(
            f"`{model}` has other weights than the run `{finished.run['name']}`; convert that run again"
        )
    objections = finished.converted["objections"]
    if objections:
        raise ModelFileError(f"`{model}` was rejected: {objections[0]}; give a file that agrees with its run")
    return card.accuracy


def _refuse_types(classifier: Classifier, recipe: Mapping[str, Any]) -> None:
    """What goes in and out is asked of the tensors, because they are what runs."""
    interpreter = classifier.interpreter
    tensors = (interpreter.get_input_details()[0], interpreter.get_output_details()[0])
    goes_in, comes_out = (tensor["dtype"].__name__ for tensor in tensors)
    if (goes_in, comes_out, recipe["weights"], recipe["activations"]) != _WANTED_TYPES:
        raise ModelFileError(
            f"`{classifier.path}` takes {goes_in}, gives {comes_out} and computes in {recipe['activations']}; the "
            "starter is int8 with uint8 in and out, so convert with --recipes int8"
        )


def _refuse_large(model: Path, content: bytes) -> None:
    if len(content) > MOST_BYTES:
        raise ModelFileError(
            f"`{model}` would have {len(content):,} bytes as a starter, where {MOST_BYTES:,} are allowed; train a "
            "smaller network, for example with --recipe mobilenet_v2_small"
        )
