"""What the NOTICE of the starter says: numbers from its card and its run, and the terms of the photographs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge_app.common.errors import RunFolderError
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.card import ModelCard
from edge_app.model.starter import STARTER
from edge_app.photographs.splits import sha256_of

_WIDTH = 118


@dataclass(frozen=True)
class Source:
    """A published data set.

    Attributes:
        folder: a folder on the way to its photographs has this name.
        title: how it is known.
        terms: under which its photographs may be used.
    """

    folder: str
    title: str
    terms: str


SOURCES = (
    Source("dogs_vs_cats", "Kaggle Dogs-vs-Cats (Microsoft's Asirra)", "Microsoft's and Kaggle's terms, research use"),
    Source("flowers", "tf_flowers", "CC-BY"),
    Source("flowers-and-drawn", "tf_flowers and pictures that FieldLens draws", "CC-BY"),
)
"""Whoever trains a starter on others adds them here: its NOTICE must name the terms of what it has seen."""

IMAGENET = Source("imagenet", "the ImageNet weights of MobileNetV2 in Keras Applications", "Apache-2.0")
"""Where a network that was not made from random initialization began."""

_NETWORKS = {"custom_cnn": "custom CNN", "mobilenet_v2": "MobileNetV2"}


@dataclass(frozen=True)
class Finished:
    """A converted file with everything that is known of it.

    Attributes:
        model: the file.
        card: of the file.
        run: content of `run.json`.
        teacher: content of its teacher's `run.json`; None: it had none.
        metrics: content of `metrics.json`.
        converted: what `conversion.json` says about this file.
    """

    model: Path
    card: ModelCard
    run: Mapping[str, Any]
    teacher: Mapping[str, Any] | None
    metrics: Mapping[str, Any]
    converted: Mapping[str, Any]

    @property
    def classes(self) -> Source:
        """Where the photographs of the classes come from.

        Raises:
            RunFolderError: their terms are not known.
        """
        return _source_of(self.run["data"]["folder"])

    @property
    def others(self) -> Source:
        """Where the pictures of anything else come from.

        Raises:
            RunFolderError: their terms are not known.
        """
        return _source_of(self.run["neither"]["folder"])

    @property
    def beginning(self) -> str:
        """What the weights were before training, and who taught.

        Raises:
            RunFolderError: the terms of weights that it or its teacher began from are not known.
        """
        begun = IMAGENET.title if _pretrained(self.run) else "random initialization"
        if self.teacher is None:
            return begun
        teacher_begun = IMAGENET.title if _pretrained(self.teacher) else "random initialization"
        return f"{begun}, with a teacher ({network_of(self.teacher)}) from {teacher_begun}"

    @property
    def terms(self) -> tuple[tuple[str, str], ...]:
        """(title, terms) of everything that it or its teacher has seen or began from.

        Raises:
            RunFolderError: some are not known.
        """
        runs = [self.run] if self.teacher is None else [self.run, self.teacher]
        sources = [self.classes, self.others, *(_source_of(run["data"]["folder"]) for run in runs)]
        sources += [IMAGENET for run in runs if _pretrained(run)]
        return tuple(dict.fromkeys((source.title, source.terms) for source in sources))


def notice_of(finished: Finished, accuracy: MeasuredAccuracy, content: bytes) -> str:
    """Return the NOTICE of a starter.

    Args:
        finished: what is known of it.
        accuracy: of the file, from its card.
        content: of the starter.

    Raises:
        KeyError: the run or the conversion does not say everything.
        RunFolderError: the terms of its photographs are not known.
    """
    facts = "\n".join(f"{name:<10} {text}" for name, text in _facts(finished, accuracy, content))
    return f"""FieldLens starter

{STARTER.name} tells cats from dogs. This page is written by `fieldlens convert starter`.

{facts}

{_photographs(finished)}
"""


def _facts(finished: Finished, accuracy: MeasuredAccuracy, content: bytes) -> Iterator[tuple[str, str]]:
    card, run, judged = finished.card, finished.run, finished.metrics["neither"]
    counts = run["data"]["counts"]
    converted_at = datetime.fromtimestamp(finished.model.stat().st_mtime, UTC)
    yield "file", f"{STARTER.name}, {len(content):,} bytes"
    yield "SHA-256", sha256_of(content)
    yield "network", f"{network_of(run)}, {card.input_size} pixels, {run['parameters']:,} parameters; {card.recipe}"
    yield "weights", f"trained by this project from {finished.beginning}, seed {run['seed']}"
    yield "labels", ", ".join(card.labels)
    yield "trained", f"on {counts['train']:,} photographs, chosen on {counts['validation']:,}"
    yield "accuracy", f"{accuracy} of {accuracy.photographs:,} test photographs, which no training saw"
    if card.other_source is not None:
        other = card.other_source
        yield "elsewhere", f"{other} of {other.photographs:,} photographs of another source: {other.data}"
    yield "neither", f"where the best score is below {card.neither_threshold:.4f}"
    accepted, refused = judged["accepted_share"], judged["refused_share"]
    yield "", f"before conversion: {accepted:.1%} of {judged['photographs']:,} test photographs of cats and dogs pass,"
    yield "", f"{refused:.1%} of {judged['outliers']:,} other pictures of {finished.others.title} do not"
    yield "date", f"{converted_at:%Y-%m-%d}"


def _photographs(finished: Finished) -> str:
    classes, others = finished.classes, finished.others
    shown = finished.run["neither"]["counts"]["train"]
    began = f"Training began from {IMAGENET.title}, under {IMAGENET.terms}."
    paragraphs = (
        *([began] if (IMAGENET.title, IMAGENET.terms) in finished.terms else []),
        f"The photographs of cats and dogs are of {classes.title}, under {classes.terms}.",
        f"The {shown:,} pictures of anything else that it was shown are of {others.title}, under {others.terms}.",
        "No photograph is in the file. For anything but research, train on photographs of your own.",
    )
    return "\n".join(textwrap.fill(paragraph, _WIDTH) for paragraph in paragraphs)


def network_of(run: Mapping[str, Any]) -> str:
    """Return the name of a run's network, with its width where that is a setting."""
    recipe = run["recipe"]
    name = _NETWORKS.get(recipe["architecture"], recipe["architecture"])
    return f"{name} {recipe['width']}" if recipe["architecture"] == "mobilenet_v2" else name


def _pretrained(run: Mapping[str, Any]) -> bool:
    """Whether training began from weights of somebody else, whose terms must be known.

    Raises:
        RunFolderError: they are not the known ones.
    """
    recipe, weights = run["recipe"], run.get("weights")
    if not run.get("pretrained", recipe["architecture"] != "custom_cnn"):  # runs of older versions do not say
        return False
    if weights == "imagenet" and recipe["architecture"] == "mobilenet_v2":
        return True
    raise RunFolderError(
        f"the terms of the weights `{weights}` of a {recipe['architecture']} are not known; train a mobilenet_v2 with "
        "--weights imagenet, or a custom_cnn"
    )


def _source_of(folder: str) -> Source:
    for source in SOURCES:
        if source.folder in Path(folder).parts:
            return source
    raise RunFolderError(
        f"the terms of the photographs in `{folder}` are not known; name them in `convert/starter/notice.py`"
    )
