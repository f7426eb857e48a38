"""`report.html` of a run: the result first, then how it came about."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_app.common.progress import human_time
from edge_app.common.report_page import ReportPage
from edge_app.model.run_folder import trained_run
from edge_app.model.training_time import training_parts_s
from edge_app.photographs.splits import Split
from train.augment.augmentation import Augmentation
from train.data.photograph_set import Photographs
from train.data.splits import are_unequal, enumeration, without
from train.evaluation.evaluate import ModelEvaluation, without_temperature
from train.fitting.fine_tuning import FineTuning
from train.fitting.fit import FittedNetwork
from train.fitting.loop import best_epoch
from train.fitting.soup import soup_sentence
from train.run_folder.mistakes import confident_mistakes, heat_of_doubts
from train.run_folder.plots import (
    plot_confusion,
    plot_history,
    plot_penalties,
    plot_reliability,
    plot_roc,
    write_contact_sheets,
)
from train.screening.report import HEAT_NOTE, WORST, add_screening
from train.screening.screening import Screening

_LISTED = 20  # skipped files named in the report; run.json has all
_OF_FOLDER = ("split_sentences", "unread_sentences")  # of `run.json`; runs of older versions have none
_SHEETS = 8  # classes whose augmentation is shown


@dataclass(frozen=True)
class ReportPhotographs:
    """The photographs of the report, and the notes about them.

    Attributes:
        training: some are shown as augmentation changes them.
        test: the most confident mistakes are among these.
        augmentation: of the training photographs.
        notes: sentences that were printed before training.
        screening: of all photographs; None: they were not screened.
    """

    training: Photographs
    test: Photographs
    augmentation: Augmentation
    notes: tuple[str, ...] = ()
    screening: Screening | None = None


def write_report(
    folder: Path,
    settings: Mapping[str, Any],
    fitted: FittedNetwork,
    evaluation: ModelEvaluation,
    shown: ReportPhotographs,
) -> None:
    """Write plots and the page that shows them."""
    plots, labels = folder / "plots", settings["labels"]
    plots.mkdir()
    classes = settings["data"]["classes"]
    page = ReportPage(_headline(settings["name"], evaluation, without(classes, "test")))
    page.table(("result", "value"), _facts(settings, fitted, evaluation))
    coverage = evaluation.coverage_sentences(classes, settings["data"]["class_groups"])
    of_folder = (sentence for kind in _OF_FOLDER for sentence in settings["data"].get(kind, ()))
    for sentence in (*of_folder, *coverage, *shown.notes):
        page.paragraph(sentence, "note")
    _add_classes(page, plots, evaluation, labels)
    _add_mistakes(page, shown.test, evaluation, labels, None if evaluation.cross_validated else fitted.model)
    _add_confidence(page, plots, shown.test, evaluation, labels)
    if fitted.history:
        _add_training(page, plots, fitted, shown, settings)
    if evaluation.validated_by_folds:
        _add_penalties(page, plots, settings["validation"], evaluation.validation.accuracy.photographs)
    if shown.screening is not None:
        add_screening(page, shown.screening, _heat_of_doubts(folder, settings, fitted, evaluation, shown.screening))
    _add_skipped(page, settings["data"]["skipped"])
    page.heading("Recipe")
    page.paragraph("Only settings that are not zero, empty or off; run.json has all of them.", "note")
    page.table(("setting", "value"), _settings_rows(settings["recipe"]))
    (folder / "report.html").write_text(page.html(), encoding="utf-8", errors="replace")


def _headline(name: str, evaluation: ModelEvaluation, untested: Sequence[str]) -> str:
    accuracy = evaluation.test.accuracy
    if evaluation.cross_validated:
        return f"{name}: {accuracy.top1:.1%} right in {accuracy.data}"
    measured = f"{name}: {accuracy.top1:.1%} test accuracy"
    return f"{measured} (not measured: {enumeration(untested)})" if untested else measured


def _add_classes(page: ReportPage, plots: Path, evaluation: ModelEvaluation, labels: Sequence[str]) -> None:
    plot_confusion(evaluation.test, labels, plots / "confusion.png")
    page.heading("Confusion matrix")
    judged = _judged(evaluation)
    page.picture(plots / "confusion.png", f"confusion matrix of the {judged}: true labels in rows")
    page.heading("Precision and recall")
    page.table(("class", "precision", "recall", "F1", "support"), _per_class(evaluation, labels))


def _add_mistakes(
    page: ReportPage, test: Photographs, evaluation: ModelEvaluation, labels: Sequence[str], model: Any
) -> None:
    """Show them with heat where one network made them all."""
    shown = confident_mistakes(evaluation.test, test, labels, model)
    if shown:
        page.heading("Most confident mistakes")
        page.paragraph("Check these first: wrong labels in the data show up here.", "note")
        if len(shown[0][0]) > 1:
            page.paragraph(HEAT_NOTE, "note")
        page.gallery(shown)


def _heat_of_doubts(
    folder: Path, settings: Mapping[str, Any], fitted: FittedNetwork, evaluation: ModelEvaluation, found: Screening
) -> Mapping[str, bytes]:
    """Return it where one network doubted the labels."""
    if evaluation.cross_validated or not found.label_issues:
        return {}
    return heat_of_doubts(found.label_issues[:WORST], found.folder.root, trained_run(folder, settings), fitted.model)


def _add_confidence(
    page: ReportPage, plots: Path, test: Photographs, evaluation: ModelEvaluation, labels: Sequence[str]
) -> None:
    probabilities, temperature = evaluation.test.probabilities, evaluation.calibration.temperature
    before = without_temperature(probabilities, temperature)
    plot_reliability(before, probabilities, test.targets, temperature, plots / "reliability.png")
    page.heading("Reliability diagram")
    note = "Measured on test photographs; the temperature was fitted on validation photographs."
    if evaluation.cross_validated:
        note = "Every photograph was classified by a network that did not learn from it. No temperature was fitted."
    elif evaluation.validated_by_folds:
        note = "Measured on test photographs. No temperature was fitted."
    page.paragraph(note, "note")
    for sentence in evaluation.calibration_sentences():
        page.paragraph(f"{sentence[:1].upper()}{sentence[1:]}.", "note")
    calibrated = "" if temperature == 1.0 else "s before and after temperature scaling"
    page.picture(plots / "reliability.png", f"reliability diagram{calibrated}")
    plot_roc(probabilities, test.targets, labels, plots / "roc.png")
    page.heading("ROC curve")
    page.picture(plots / "roc.png", f"ROC curve of the {_judged(evaluation)}, and its upper left corner enlarged")


def _add_training(
    page: ReportPage, plots: Path, fitted: FittedNetwork, shown: ReportPhotographs, settings: Mapping[str, Any]
) -> None:
    plot_history(fitted.history, plots / "history.png", "kept" if fitted.soup is None else "best epoch")
    page.heading("Learning curves")
    tuned = settings.get("validation", {}).get("fine_tuning")  # a compressed run has none
    others = "validation photographs" if tuned is None else "photographs left out"
    page.paragraph(_overfitting(fitted, others))
    page.picture(plots / "history.png", f"loss and accuracy on training photographs and on {others}, by epoch")
    sheets = write_contact_sheets(shown.training, settings["labels"], shown.augmentation, settings["seed"], plots)
    if sheets:
        page.heading("Augmented training photographs")
        page.paragraph("The original is on the left of each row. Does every variant still show its label?", "note")
        for sheet, label in zip(sheets[:_SHEETS], settings["labels"], strict=False):
            page.heading(label, 3)
            page.picture(sheet, f"training photographs of {label} with random augmentations", has_words=False)


def _add_penalties(page: ReportPage, plots: Path, validation: Mapping[str, Any], photographs: int) -> None:
    """What chose the head: there are no epochs."""
    plot_penalties(validation["log_losses"], photographs, plots / "penalty.png")
    page.heading("Choice of the penalty")
    page.paragraph(
        "A linear head on the features of the pretrained network: logistic regression with an L2 penalty. The penalty "
        "with the lowest log loss on photographs left out was chosen (of a handful of photographs, an unusual one only "
        "if that is clearly lower), and the head was fitted to all photographs."
        + (" Fine-tuning started from it." if validation.get("fine_tuning", {}).get("kept") else "")
    )
    page.picture(plots / "penalty.png", "log loss on photographs that were left out, by penalty")


def _judged(evaluation: ModelEvaluation) -> str:
    return "photographs" if evaluation.cross_validated else "test photographs"


def _add_skipped(page: ReportPage, skipped: Sequence[str]) -> None:
    if not skipped:
        return
    page.heading(f"Skipped files ({len(skipped):,})")
    for sentence in skipped[:_LISTED]:
        page.paragraph(sentence, "note")
    if len(skipped) > _LISTED:
        page.paragraph(f"{len(skipped) - _LISTED:,} more are listed in run.json.", "note")


def _overfitting(fitted: FittedNetwork, others: str) -> str:
    """Say how much better the network was on its training photographs than on others, at its best epoch."""
    best = fitted.history[best_epoch(fitted.history)]
    points = 100 * (best.accuracy - best.val_accuracy)
    found = (
        f"At the best epoch ({best.stage} {best.epoch}) the accuracy was {best.accuracy:.1%} on augmented training "
        f"photographs and {best.val_accuracy:.1%} on {others}"
    )
    if points > 5:
        return (
            f"{found}: {points:.1f} points apart, so the network overfits. Use more augmentation or dropout, or add "
            "photographs."
        )
    return f"{found} ({points:+.1f} points): no sign of overfitting."


def _per_class(evaluation: ModelEvaluation, labels: Sequence[str]) -> list[tuple[str, ...]]:
    """Precision, recall, F1 and test photographs of each class; a dash where there is nothing to divide by."""
    confusion = evaluation.test.confusion
    rows: list[tuple[str, ...]] = []
    for place, label in enumerate(labels):
        correct, photographs = confusion[place][place], sum(confusion[place])
        predicted = sum(row[place] for row in confusion)
        f1 = _share(2 * correct, photographs + predicted)  # the harmonic mean of the other two
        rows.append((label, _share(correct, predicted), _share(correct, photographs), f1, f"{photographs:,}"))
    return rows


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _settings_rows(recipe: Mapping[str, Any], inside: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in recipe.items():
        if isinstance(value, Mapping):
            rows += _settings_rows(value, f"{name}: ")
        elif value:
            rows.append((inside + name.replace("_", " "), json.dumps(value, ensure_ascii=False).strip('"')))
    return rows


def _facts(settings: Mapping[str, Any], fitted: FittedNetwork, evaluation: ModelEvaluation) -> list[tuple[str, str]]:
    if not evaluation.validated_by_folds:
        return _facts_of_split(settings, fitted, evaluation)
    confidence, validation = evaluation.test_confidence, settings["validation"]
    of_folds = f"{evaluation.validation.accuracy}, {evaluation.validation.accuracy.data}"
    measured = [("accuracy (95% interval)", of_folds)]
    if not evaluation.cross_validated:
        measured = [_test_accuracy(evaluation), ("accuracy of cross-validation", of_folds)]
    return [
        *measured,
        *_balanced(settings["data"]["classes"], evaluation),
        ("log loss", f"{confidence.log_loss:.3f} nats"),
        ("expected calibration error", f"{confidence.expected_calibration_error:.1%}"),
        ("why cross-validation", validation["reason"]),
        *_tuning(validation),
        ("more photographs", validation["advice"]),
        ("penalty", f"{validation['penalty']:.3g}"),
        *_facts_of_run(settings, fitted),
    ]


def _test_accuracy(evaluation: ModelEvaluation) -> tuple[str, str]:
    return "test accuracy (95% interval)", f"{evaluation.test.accuracy} on {evaluation.test.photographs}"


def _tuning(validation: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = validation.get("fine_tuning")
    return [("fine-tuning", str(FineTuning(**found)))] if found else []


def _facts_of_split(
    settings: Mapping[str, Any], fitted: FittedNetwork, evaluation: ModelEvaluation
) -> list[tuple[str, str]]:
    before, after = evaluation.test_confidence_before, evaluation.test_confidence
    facts = [
        _test_accuracy(evaluation),
        *_balanced(settings["data"]["classes"], evaluation),
        ("log loss", f"{after.log_loss:.3f} nats ({before.log_loss:.3f} before calibration)"),
        (
            "expected calibration error",
            f"{after.expected_calibration_error:.1%} ({before.expected_calibration_error:.1%} before calibration)",
        ),
        ("calibration temperature", f"{evaluation.calibration.temperature:.2f}"),
    ]
    neither = evaluation.neither
    if neither is not None:
        facts += [
            ("“neither” threshold", f"{neither.threshold:.3f}"),
            ("photographs of the classes accepted", f"{neither.accepted_share:.1%} of {neither.photographs:,}"),
            ("other pictures rejected", f"{neither.refused_share:.1%} of {neither.outliers:,}"),
            ("AUROC of “neither”", f"{neither.auroc:.4f}"),
        ]
    if fitted.soup is not None:
        facts.append(("model soup", soup_sentence(fitted.soup)))
    return [*facts, *_facts_of_run(settings, fitted)]


def _facts_of_run(settings: Mapping[str, Any], fitted: FittedNetwork) -> list[tuple[str, str]]:
    counts, recipe = settings["data"]["counts"], settings["recipe"]
    parts_s = training_parts_s(settings["timings_s"])
    return [
        ("photographs", ", ".join(f"{split} {count:,}" for split, count in counts.items() if count)),
        ("recipe", f"{recipe['name']} at {recipe['input_size']} px, seed {settings['seed']}"),
        ("parameters", f"{fitted.model.count_params():,}"),
        ("training time", f"{human_time(sum(parts_s.values()))} ({_listed(parts_s)})"),
    ]


def _balanced(classes: Mapping[str, Mapping[Split, int]], evaluation: ModelEvaluation) -> list[tuple[str, str]]:
    if not are_unequal(classes):
        return []
    return [("balanced accuracy (mean over the classes)", f"{evaluation.test.balanced_accuracy:.1%}")]


def _listed(parts_s: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {human_time(part_s)}" for name, part_s in parts_s.items())
