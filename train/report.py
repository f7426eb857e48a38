"""`report.html` of a run: the result first, then how it came about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edge_app.progress import human_time
from edge_app.report_page import ReportPage
from train.data.loading import PhotographSet
from train.evaluate import Evaluation
from train.fit import Fitted
from train.plots import plot_confusion, plot_history, plot_mistakes

_LISTED = 20  # skipped files named in the report; run.json has all


def write_report(
    folder: Path,
    settings: Mapping[str, Any],
    fitted: Fitted,
    test: PhotographSet,
    evaluation: Evaluation,
    labels: Sequence[str],
) -> None:
    """Write plots and the page that shows them."""
    plots = folder / "plots"
    plots.mkdir()
    plot_history(fitted.history, plots / "history.png")
    plot_confusion(evaluation, labels, plots / "confusion.png")
    mistakes = plot_mistakes(evaluation, test, labels, plots / "mistakes.png")
    page = ReportPage(f"{settings['name']}: {evaluation.accuracy.top1:.1%} of the test photographs right")
    page.table(("", ""), _facts(settings, fitted, evaluation))
    page.heading("What it takes for what")
    page.picture(plots / "confusion.png", "confusion matrix of the test photographs")
    if mistakes:
        page.heading("Its surest mistakes")
        page.paragraph("Look at these first: a wrong label in the data shows here.", "note")
        page.picture(plots / "mistakes.png", "test photographs that the model was most sure and most wrong about")
    page.heading("Training")
    page.picture(plots / "history.png", "loss and accuracy over the epochs")
    skipped = settings["data"]["skipped"]
    if skipped:
        page.heading(f"{len(skipped):,} files were skipped")
        for sentence in skipped[:_LISTED]:
            page.paragraph(sentence, "note")
        if len(skipped) > _LISTED:
            page.paragraph(f"and {len(skipped) - _LISTED:,} more, all in run.json", "note")
    (folder / "report.html").write_text(page.html(), encoding="utf-8")


def _facts(settings: Mapping[str, Any], fitted: Fitted, evaluation: Evaluation) -> list[tuple[str, str]]:
    accuracy, counts = evaluation.accuracy, settings["data"]["counts"]
    return [
        ("accuracy, with its 95 % interval", str(accuracy)),
        ("log loss", f"{evaluation.log_loss:.3f} nats"),
        ("photographs", ", ".join(f"{split} {count:,}" for split, count in counts.items())),
        ("recipe", f"{settings['recipe']['name']} at {settings['recipe']['input_size']} px, seed {settings['seed']}"),
        ("parameters", f"{fitted.model.count_params():,}"),
        ("time", ", ".join(f"{what} {human_time(spent_s)}" for what, spent_s in settings["timings_s"].items())),
    ]
