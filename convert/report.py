"""`report.html` of a bundle: what was made, and whether it can be believed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from convert.run_folder import RunFolder
from edge_app.report_page import ReportPage

if TYPE_CHECKING:
    from convert.job import Bundle

HEAD = ("file", "size", "gzip", "accuracy (95 % interval)", "same label as Keras", "mean Δp", "max Δp")


def table_rows(bundle: Bundle) -> list[tuple[str, ...]]:
    """Return a row per file, the Keras model first."""
    rows: list[tuple[str, ...]] = [("Keras model", "", "", str(bundle.keras_accuracy), "", "", "")]
    for file in bundle.files:
        found = file.agreement
        rows.append(
            (
                file.file,
                f"{file.size_bytes / 1e6:.2f} MB",
                f"{file.gzip_bytes / 1e6:.2f} MB",
                str(file.accuracy),
                f"{found.same_label:.2%}",
                f"{found.mean_difference:.5f}",
                f"{found.largest_difference:.5f}",
            )
        )
    return rows


def write_report(path: Path, run: RunFolder, bundle: Bundle) -> None:
    """Write the page."""
    rejected = sum(file.objection is not None for file in bundle.files)
    verdict = (
        f"{rejected} of {len(bundle.files)} files rejected" if rejected else "all files agree with the Keras model"
    )
    page = ReportPage(f"{bundle.folder.name}: {verdict}")
    for file in bundle.files:
        if file.objection is not None:
            page.paragraph(f"{file.file}: {file.objection}", "bad")
    for sentence in bundle.skipped:
        page.paragraph(sentence, "note")
    page.table(HEAD, table_rows(bundle))
    page.paragraph(
        f"Accuracy: each file itself, through the code of the device, on {bundle.keras_accuracy.photographs:,} "
        f"photographs ({bundle.keras_accuracy.data}). Agreement: on validation photographs. Δp: the largest "
        "difference of a probability from the Keras model, per photograph.",
        "note",
    )
    page.heading("On a device")
    page.paragraph(f"Input {run.input_size}, {run.resize}, {run.interpolation}. Labels: {', '.join(run.labels)}.")
    path.write_text(page.html(), encoding="utf-8")
