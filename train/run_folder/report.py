"""`report.html` of a run: the result first, then how it came about."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_app.common.progress import human_time
from edge_app.common.report_page import ReportPage
from edge_app.model.training_time import training_parts_s
from train.augment.augmentation import Augmentation
from train.data.loading import Photographs
from train.evaluation.judgement import Judgement, without_temperature
from train.fitting.fit import FittedNetwork
from train.fitting.soup import soup_sentence
from train.run_folder.contact_sheet import write_contact_sheets
from train.run_folder.plots import plot_confusion, plot_history, plot_mistakes, plot_reliability, plot_roc
from train.screening.report import add_screening
from train.screening.screening import Screening

_LISTED = 20  # skipped files named in the report; run.json has all
_SHEETS = 8  # classes whose augmentation is shown


@dataclass(frozen=True)
class Shown:
    """What the report shows besides numbers.

    Attributes:
        training: some of these are shown as augmentation makes them.
        test: the mistakes are among these.
        augmentation: of the training photographs.
        notes: what was said before training.
        screening: of all photographs; None: they were not screened.
    """

    training: Photographs
    test: Photographs
    augmentation: Augmentation
    notes: tuple[str, ...] = ()
    screening: Screening | None = None


def write_report(
    folder: Path, settings: Mapping[str, Any], fitted: FittedNetwork, judgement: Judgement, shown: Shown
) -> None:
    """Write plots and the page that shows them."""
    plots, labels = folder / "plots", settings["labels"]
    plots.mkdir()
    page = ReportPage(f"{settings['name']}: {judgement.test.accuracy.top1:.1%} of the test photographs right")
    page.table(("", ""), _facts(settings, fitted, judgement))
    for sentence in shown.notes:
        page.paragraph(sentence, "note")
    _add_mistakes(page, plots, shown.test, judgement, labels)
    _add_confidence(page, plots, shown.test, judgement, labels)
    _add_training(page, plots, fitted, shown, settings)
    if shown.screening is not None:
        add_screening(page, shown.screening)
    _add_skipped(page, settings["data"]["skipped"])
    page.heading("Settings")
    page.paragraph("Those of the recipe that are not zero, empty or off; run.json has everything.", "note")
    page.table(("setting", "value"), _settings_rows(settings["recipe"]))
    (folder / "report.html").write_text(page.html(), encoding="utf-8")


def _add_mistakes(
    page: ReportPage, plots: Path, test: Photographs, judgement: Judgement, labels: Sequence[str]
) -> None:
    plot_confusion(judgement.test, labels, plots / "confusion.png")
    page.heading("What it takes for what")
    page.picture(plots / "confusion.png", "confusion matrix of the test photographs")
    page.table(("class", "test photographs", "found of them", "right when it says so"), _per_class(judgement, labels))
    if plot_mistakes(judgement.test, test, labels, plots / "mistakes.png"):
        page.heading("Its surest mistakes")
        page.paragraph("Look at these first: a wrong label in the data shows here.", "note")
        page.picture(plots / "mistakes.png", "test photographs that the model was most sure and most wrong about")


def _add_confidence(
    page: ReportPage, plots: Path, test: Photographs, judgement: Judgement, labels: Sequence[str]
) -> None:
    probabilities, temperature = judgement.test.probabilities, judgement.calibration.temperature
    plot_roc(probabilities, test.targets, labels, plots / "roc.png")
    before = without_temperature(probabilities, temperature)
    plot_reliability(before, probabilities, test.targets, temperature, plots / "reliability.png")
    page.heading("How sure it is, and how often rightly so")
    page.paragraph("On the test photographs; the temperature was fitted on validation photographs.", "note")
    page.picture(plots / "reliability.png", "accuracy over confidence before and after calibration")
    page.picture(plots / "roc.png", "ROC curve of the test photographs")


def _add_training(
    page: ReportPage, plots: Path, fitted: FittedNetwork, shown: Shown, settings: Mapping[str, Any]
) -> None:
    plot_history(fitted.history, plots / "history.png", "kept" if fitted.soup is None else "best epoch")
    page.heading("Training")
    page.paragraph(_gap(fitted))
    page.picture(plots / "history.png", "loss and accuracy over the epochs")
    sheets = write_contact_sheets(shown.training, settings["labels"], shown.augmentation, settings["seed"], plots)
    if sheets:
        page.heading("What training made of photographs")
        page.paragraph("The original on the left of each row. Is everything still what its label says?", "note")
        for sheet, label in zip(sheets[:_SHEETS], settings["labels"], strict=False):
            page.picture(sheet, f"photographs of {label}, changed at random")


def _add_skipped(page: ReportPage, skipped: Sequence[str]) -> None:
    if not skipped:
        return
    page.heading(f"{len(skipped):,} files were skipped")
    for sentence in skipped[:_LISTED]:
        page.paragraph(sentence, "note")
    if len(skipped) > _LISTED:
        page.paragraph(f"and {len(skipped) - _LISTED:,} more, all in run.json", "note")


def _gap(fitted: FittedNetwork) -> str:
    """Say how much better the network was on what it trained on, at its best epoch."""
    best = min(fitted.history, key=lambda row: row.selection_loss)
    points = 100 * (best.accuracy - best.val_accuracy)
    where = f"At its best epoch ({best.stage} {best.epoch}) it got {best.accuracy:.1%} of the training photographs, "
    rest = f"as it was shown them, and {best.val_accuracy:.1%} of the validation photographs right: "
    if points > 5:
        return (
            where + rest + f"{points:.1f} points apart. It overfits: augment more, drop out more, or add photographs."
        )
    return where + rest + f"{points:+.1f} points apart, no sign of overfitting."


def _per_class(judgement: Judgement, labels: Sequence[str]) -> list[tuple[str, str, str, str]]:
    """Photographs, recall and precision of each class; a dash where there is nothing to divide by."""
    confusion = judgement.test.confusion
    rows = []
    for place, label in enumerate(labels):
        right, there = confusion[place][place], sum(confusion[place])
        said = sum(row[place] for row in confusion)
        rows.append((label, f"{there:,}", _share(right, there), _share(right, said)))
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


def _facts(settings: Mapping[str, Any], fitted: FittedNetwork, judgement: Judgement) -> list[tuple[str, str]]:
    test, counts = judgement.test, settings["data"]["counts"]
    before, after = judgement.test_confidence_before, judgement.test_confidence
    facts = [
        ("accuracy, with its 95 % interval", str(test.accuracy)),
        ("log loss", f"{after.log_loss:.3f} nats ({before.log_loss:.3f} before calibration)"),
        (
            "calibration error",
            f"{after.expected_calibration_error:.1%} ({before.expected_calibration_error:.1%} before)",
        ),
        ("temperature", f"{judgement.calibration.temperature:.2f}"),
    ]
    neither = judgement.neither
    if neither is not None:
        facts += [
            ("“neither” below a score of", f"{neither.threshold:.3f}"),
            ("photographs of the classes accepted", f"{neither.accepted_share:.1%} of {neither.photographs:,}"),
            ("pictures of anything else refused", f"{neither.refused_share:.1%} of {neither.outliers:,}"),
            ("AUROC of “neither”", f"{neither.auroc:.4f}"),
        ]
    if fitted.soup is not None:
        facts.append(("soup", soup_sentence(fitted.soup)))
    facts += [
        ("photographs", ", ".join(f"{split} {count:,}" for split, count in counts.items())),
        ("recipe", f"{settings['recipe']['name']} at {settings['recipe']['input_size']} px, seed {settings['seed']}"),
        ("parameters", f"{fitted.model.count_params():,}"),
        (
            "time",
            ", ".join(
                f"{what} {human_time(spent_s)}" for what, spent_s in training_parts_s(settings["timings_s"]).items()
            ),
        ),
    ]
    return facts
