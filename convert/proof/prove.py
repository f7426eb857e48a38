"""The second stage of a conversion: every file against the Keras model, on photographs that no training saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from convert.proof.disagreements import Disagreement, largest_disagreements
from convert.proof.latency import interleaved_latency_s
from convert.proof.operators import stray_float
from convert.proof.parity import KERAS, Agreement, FileScorer, KerasScorer, Scored, Scorer, score
from convert.proof.static_checks import Draft
from convert.quantize.recipes import FLOAT32
from convert.quantize.tflite import reference
from convert.run_folder import RunFolder, interleave_classes, read_input_image
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.metrics.confidence import Confidence
from edge_app.metrics.paired_comparison import PairedComparison

NOTHING_ELSE: Mapping[str, Scorer] = {}


@dataclass(frozen=True)
class Proof:
    """How a file compares with the Keras model.

    Attributes:
        agreement: on validation photographs; the bounds of the recipe hold for these.
        test_agreement: on test photographs.
        accuracy: measured with this very file on the test photographs.
        comparison: of its accuracy with that of the Keras model on the same test photographs.
        confidence: log loss and calibration error, measured with it on the same photographs.
        neither_threshold: fitted to its own scores of validation photographs; None: the run has no "neither".
        disagreements: photographs of both splits on which it differs most from the Keras model.
        latency_s: median of a few runs of `invoke()` on this machine, interleaved with the other files.
        times_float32: its latency over that of the float32 file; None: there is none to compare with.
        objections: why it is rejected; none: it is not.
    """

    agreement: Agreement
    test_agreement: Agreement
    accuracy: MeasuredAccuracy
    comparison: PairedComparison
    confidence: Confidence
    neither_threshold: float | None
    disagreements: tuple[Disagreement, ...]
    latency_s: float
    times_float32: float | None
    objections: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Proofs:
    """What the photographs said about all files of a run.

    Attributes:
        keras_accuracy: of the original on the test photographs.
        keras_confidence: of the original on the same.
        files: by name of the recipe.
        validation: what every model said about the validation photographs.
        unreadable: validation and test photographs that were left out.
    """

    keras_accuracy: MeasuredAccuracy
    keras_confidence: Confidence
    files: Mapping[str, Proof]
    validation: Scored
    unreadable: int


def prove(
    run: RunFolder,
    keras_model: Any,
    drafts: Sequence[Draft],
    photographs: int,
    accept: float,
    others: Mapping[str, Scorer] = NOTHING_ELSE,
) -> Proofs:
    """Ask the Keras model and every file about the same photographs, and time the files.

    Args:
        run: that is converted.
        keras_model: its SavedModel, from `convert.quantize.tflite.load_saved_model`.
        drafts: files that passed the static checks.
        photographs: of each of the validation and test splits, at most.
        accept: share of the validation photographs that a threshold for "neither" lets through.
        others: models that are asked about the same photographs, by name; `Proofs.validation` has their answers.

    Raises:
        ConversionError: none of the photographs can be read.
    """
    scorers: dict[str, Scorer] = {KERAS: KerasScorer(reference(keras_model))}
    scorers |= {
        draft.recipe.name: FileScorer(draft.path, draft.recipe.most_photographs, draft.made.card) for draft in drafts
    }
    validation, test = _scored(run, scorers | dict(others), photographs)
    latency_s = _latency_s(run, drafts)
    measured = run.cross_validated
    return Proofs(
        keras_accuracy=test.accuracy(KERAS, _data(run)) if measured is None else measured.accuracy,
        keras_confidence=test.confidence(KERAS, _data(run)) if measured is None else measured.confidence,
        files={draft.recipe.name: _proof(draft, run, validation, test, latency_s, accept) for draft in drafts},
        validation=validation,
        unreadable=validation.unreadable + (0 if test is validation else test.unreadable),
    )


def _scored(run: RunFolder, scorers: Mapping[str, Scorer], photographs: int) -> tuple[Scored, Scored]:
    """Ask about validation and test photographs; where all photographs trained, both are these.

    A file that agrees with the network on photographs that it learned from does what the network does: whether that is
    right, cross-validation has measured.
    """
    scored = [
        score(
            run,
            interleave_classes(run.splits[split], len(run.labels))[:photographs],
            scorers,
            f"comparing on {split} photographs",
        )
        for split in (("validation", "test") if run.cross_validated is None else ("train",))
    ]
    return scored[0], scored[-1]


def _latency_s(run: RunFolder, drafts: Sequence[Draft]) -> dict[str, float]:
    """Time all files, each with all cores and a photograph in its input."""
    images = (read_input_image(run, item.path) for item in run.splits["validation"])
    image_rgb = next(image for image in images if image is not None)
    classifiers = {draft.recipe.name: draft.classifier() for draft in drafts}
    for classifier in classifiers.values():
        classifier.prepare(image_rgb[..., ::-1].copy())
    return interleaved_latency_s(classifiers)


def _proof(
    draft: Draft,
    run: RunFolder,
    validation: Scored,
    test: Scored,
    latency_s: Mapping[str, float],
    accept: float,
) -> Proof:
    name, float32_s = draft.recipe.name, latency_s.get(FLOAT32.name)
    agreement, measured = validation.agreement(name), run.cross_validated
    objections = (agreement.objection(draft.recipe), stray_float(draft.operators, draft.recipe))
    return Proof(
        agreement=agreement,
        test_agreement=test.agreement(name),
        accuracy=test.accuracy(name, _data(run)) if measured is None else measured.accuracy,
        comparison=test.comparison(name),
        confidence=test.confidence(name, _data(run)) if measured is None else measured.confidence,
        # Rounded scores pass other thresholds than exact ones, so every file has its own.
        neither_threshold=None if run.neither_threshold is None else validation.neither_threshold(name, accept),
        disagreements=largest_disagreements(
            (validation,) if test is validation else (validation, test), name, run.labels
        ),
        latency_s=latency_s[name],
        times_float32=None if float32_s is None else latency_s[name] / float32_s,
        objections=tuple(objection for objection in objections if objection is not None),
    )


def _data(run: RunFolder) -> str:
    return f"{run.test_words} of {run.data}"
