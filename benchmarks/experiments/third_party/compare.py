"""One file in the app and in a bare interpreter: the same photographs, the same label?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.experiments.third_party.bare import BareModel, Feeding
from benchmarks.experiments.third_party.documented import Documented
from benchmarks.results.third_party import Disagreement, FileTried
from edge_app.common.errors import FieldLensError
from edge_app.model.card_reading import StatedInput
from edge_app.model.classifier import Classifier
from edge_app.model.labels import read_labels_file
from edge_app.photographs.decoder import Image
from edge_app.photographs.splits import sha256_of

_UNKNOWN = Documented("")


@dataclass(frozen=True)
class Photograph:
    """A picture to compare labels on; `name`: relative to its folder."""

    name: str
    frame_bgr: Image


def compare_file(
    path: Path,
    documented: Mapping[str, Documented],
    photographs: Sequence[Photograph],
    label_files: Mapping[str, Path],
) -> FileTried:
    """Try a file.

    Args:
        path: of the file.
        documented: how files are fed, by their hashes.
        photographs: to compare on.
        label_files: those that were found, by name; one beside the file comes first.

    Returns:
        What became of it: a refusal by the app is no error here.
    """
    content = path.read_bytes()
    known = documented.get(sha256_of(content), _UNKNOWN)
    tried = FileTried(
        file=f"{path.parent.name}/{path.name}",
        sha256=sha256_of(content),
        size_bytes=len(content),
        origin=known.origin,
        source=known.source,
        fed="" if known.feeding is None else str(known.feeding),
        stated=_in_words(known),
        outcome="not compared",
    )
    try:
        labels = _labels(known.labels, path, label_files)
        classifier = Classifier(path, 1, labels, stated=known.stated)
    except FieldLensError as error:
        return replace(tried, outcome="refused", sentence=_sentence(error, path))
    if known.feeding is None:
        return replace(tried, assumptions=classifier.assumptions, sentence="nobody documents how it is fed")
    bare = BareModel(path, known.feeding, known.output)
    places = [bare.best(photograph.frame_bgr) for photograph in photographs]
    disagreements = disagreements_of(classifier, places, photographs)
    return replace(
        tried,
        outcome="differs" if disagreements else "equal",
        assumptions=classifier.assumptions,
        photographs=len(photographs),
        same=len(photographs) - len(disagreements),
        labels_seen=len(set(places)),
        disagreements=disagreements,
        **(_unstated(path, labels, places, photographs) if known.stated else {}),
    )


def disagreements_of(
    classifier: Classifier, places: Sequence[int], photographs: Sequence[Photograph]
) -> tuple[Disagreement, ...]:
    """Return the photographs on which the app's best label is another one.

    Args:
        classifier: the app's.
        places: of the bare interpreter's best labels.
        photographs: as many.
    """
    names = classifier.card.labels
    found = []
    for place, photograph in zip(places, photographs, strict=True):
        label = classifier.classify(photograph.frame_bgr).label
        if label != names[place]:
            scores = classifier.scores(photograph.frame_bgr)
            found.append(Disagreement(photograph.name, label, names[place], float(scores.max()), float(scores[place])))
    return tuple(found)


def _unstated(
    path: Path, labels: tuple[str, ...] | None, places: Sequence[int], photographs: Sequence[Photograph]
) -> dict[str, Any]:
    """What the app makes of a file that cannot tell its input, where nobody says it."""
    try:
        classifier = Classifier(path, 1, labels, trusted=True)
    except FieldLensError as error:
        return {"unstated_sentence": _sentence(error, path)}
    same = len(places) - len(disagreements_of(classifier, places, photographs))
    return {"unstated_same": same, "unstated_sentence": classifier.assumptions[-1]}


def _sentence(error: FieldLensError, path: Path) -> str:
    return str(error).replace(f"{path.parent}/", "")


def _labels(known: str | tuple[str, ...] | None, path: Path, label_files: Mapping[str, Path]) -> tuple[str, ...] | None:
    if not isinstance(known, str):
        return known
    beside = path.with_name(known)
    file = beside if beside.is_file() else label_files.get(known, beside)
    return read_labels_file(file)


def _in_words(known: Documented) -> str:
    """Return the options that a user gives, as on the command line."""
    words = []
    if known.labels is not None:
        words.append(f"--labels {known.labels if isinstance(known.labels, str) else 'FILE'}")
    return " ".join([*words, *_input_words(known.stated)])


def _input_words(stated: StatedInput) -> list[str]:
    words = [f"--input {stated.values}"] if stated.values else []
    if stated.mean:
        words.append(f"--mean {_joined(stated.mean)} --std {_joined(stated.std)}")
    if stated.blue_first:
        words.append("--bgr")
    if stated.size is not None:
        words.append(f"--input-size {stated.size}")
    return words


def _joined(numbers: Sequence[float]) -> str:
    return ",".join(f"{number:g}" for number in numbers)


def stated_for(feeding: Feeding) -> StatedInput:
    """Return the options that say the same as a feeding by numbers."""
    return StatedInput(mean=feeding.mean, std=feeding.std, blue_first=feeding.blue_first)
