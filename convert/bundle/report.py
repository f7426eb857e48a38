"""`report.html` of a bundle: what was made, and whether it can be believed."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from convert.bundle.plots import plot_accuracy_against_size
from convert.bundle.records import Bundle, ConvertedFile
from convert.promises import Compression, PromisedKernel
from convert.proof.operators import METHOD
from convert.proof.weights import KernelFound
from convert.proof.worst import thumbnail
from convert.run_folder import RunFolder
from edge_app.common.report_page import ReportPage
from edge_app.metrics.confidence import ACCEPTED_SHARE, BINS, Confidence

HEAD = (
    "file", "size", "gzip", "accuracy (95 % interval)", "against Keras, points (95 % interval)", "log loss", "ECE",
    "same label as Keras", "mean Δp", "max Δp", "× float32", "operators",
)  # fmt: skip
NOTES = "notes"


def table_rows(bundle: Bundle) -> list[tuple[str, ...]]:
    """Return a row per file, the Keras model first."""
    rows: list[tuple[str, ...]] = [
        ("Keras model", "", "", str(bundle.keras_accuracy), "", *_confidence(bundle.keras_confidence), *[""] * 5)
    ]
    return rows + [_row(file) for file in bundle.files]


def _row(file: ConvertedFile) -> tuple[str, ...]:
    proof = file.proof
    return (
        file.file,
        f"{file.size_bytes / 1e6:.2f} MB",
        f"{file.gzip_bytes / 1e6:.2f} MB",
        str(proof.accuracy),
        str(proof.comparison).replace(" points", ""),
        *_confidence(proof.confidence),
        f"{proof.agreement.same_label:.2%}",
        f"{proof.agreement.mean_difference:.5f}",
        f"{proof.agreement.largest_difference:.5f}",
        "" if file.times_float32 is None else f"{file.times_float32:.2f}{' slower' if file.slower else ''}",
        str(file.operators),
    )


def note_lines(bundle: Bundle) -> list[str]:
    """Return a line per file: its notes."""
    return [f"{file.file}: {'; '.join(file.notes)}" for file in bundle.files]


def _confidence(found: Confidence) -> tuple[str, str]:
    return f"{found.log_loss:.4f}", f"{found.expected_calibration_error:.2%}"


def write_report(folder: Path, run: RunFolder, bundle: Bundle) -> None:
    """Write `report.html` into the folder of the bundle."""
    rejected, total = len(bundle.rejected), len(bundle.files)
    verdict = f"{rejected} of {total} files rejected" if rejected else "all files agree with the Keras model"
    page = ReportPage(f"{bundle.folder.name}: {verdict}")
    for file in bundle.rejected:
        for objection in file.objections:
            page.paragraph(f"{file.file}: {objection}", "bad")
    for sentence in bundle.skipped:
        page.paragraph(sentence, "note")
    _add_table(page, bundle)
    _add_plot(page, bundle)
    _add_calibration(page, bundle)
    _add_operators(page, bundle)
    _add_worst(page, run, bundle)
    _add_diagnosis(page, bundle)
    _add_neither(page, bundle)
    _add_compression(page, run, bundle)
    page.heading("On a device")
    page.paragraph(f"Input {run.input_size}, {run.resize}, {run.interpolation}. Labels: {', '.join(run.labels)}.")
    (folder / "report.html").write_text(page.html(), encoding="utf-8")


def _add_table(page: ReportPage, bundle: Bundle) -> None:
    notes = ["", *("; ".join(file.notes) for file in bundle.files)]
    rows = [(*row, note) for row, note in zip(table_rows(bundle), notes, strict=True)]
    page.table((*HEAD, NOTES), rows)
    keras = bundle.keras_accuracy
    page.paragraph(
        f"Accuracy: each file itself, through the code of the device, on {keras.photographs:,} photographs "
        f"({keras.data}) unless its notes say fewer. Against Keras: the difference of the accuracies in points, on the "
        "same photographs; its interval is a paired bootstrap. Agreement and Δp: on validation photographs. Δp: the "
        "largest difference of a probability from the Keras model, per photograph. Log loss, in nats, and ECE, the "
        f"mean distance between confidence and accuracy over {BINS} bins, are measured on the photographs of the "
        "accuracy. × float32: latency over that of the float32 file, a short look on this machine; "
        "`python -m benchmarks` measures it properly, on the device.",
        "note",
    )
    if bundle.unreadable:
        page.paragraph(f"{bundle.unreadable:,} photographs could not be read and were left out.", "bad")
    rows = [
        (
            file.file,
            f"{file.proof.comparison.only_first}",
            f"{file.proof.comparison.only_second}",
            f"{file.proof.comparison.p_value:.3f}",
            f"{file.proof.test_agreement.same_label:.2%}",
            file.proof.comparison.verdict,
        )
        for file in bundle.files
    ]
    head = ("file", "only Keras right", "only the file right", "p (McNemar)", "same label, test", "against Keras")
    page.table(head, rows)


def _add_plot(page: ReportPage, bundle: Bundle) -> None:
    with tempfile.TemporaryDirectory() as folder:
        png = Path(folder) / "accuracy.png"
        plot_accuracy_against_size(bundle, png)
        page.picture(png, "accuracy of every file over its size")


def _add_calibration(page: ReportPage, bundle: Bundle) -> None:
    if bundle.calibration is None:
        return
    page.heading("Calibration")
    page.paragraph(f"Ranges of 8-bit integers were measured on {bundle.calibration}.")
    for sentence in bundle.calibration.warnings:
        page.paragraph(sentence, "bad")


def _add_operators(page: ReportPage, bundle: Bundle) -> None:
    page.heading("Operators")
    page.paragraph(f"How many of each, and how many of these XNNPACK computes: {METHOD}.", "note")
    names = dict.fromkeys(one.name for file in bundle.files for one in file.operators.counts)
    cells = [{one.name: f"{one.count} / {one.delegated}" for one in file.operators.counts} for file in bundle.files]
    rows = [(name, *(column.get(name, "") for column in cells)) for name in names]
    rows.append(("pieces for XNNPACK", *(str(file.operators.pieces) for file in bundle.files)))
    page.table(("operator", *(file.recipe.name for file in bundle.files)), rows)


def _add_worst(page: ReportPage, run: RunFolder, bundle: Bundle) -> None:
    page.heading("Farthest from the Keras model")
    shown = False
    for file in bundle.files:
        if file.proof.worst:
            shown = True
            page.paragraph(f"{file.file} ({file.recipe.summary}):")
            pictures = ((thumbnail(run, one), str(one)) for one in file.proof.worst)
            page.gallery([([jpeg] if jpeg else [], text) for jpeg, text in pictures])
    if not shown:
        page.paragraph("No probability of any file is more than 0.01 away from that of the Keras model.")


def _add_diagnosis(page: ReportPage, bundle: Bundle) -> None:
    found = bundle.diagnosis
    if found is None:
        return
    page.heading("Which layers lose most in 8 bits")
    page.paragraph(found.method, "note")
    page.table(("layer", "signal to noise, dB"), [(one.short, f"{one.sqnr_db:.1f}") for one in found.layers])
    for sentence in found.sentences:
        page.paragraph(sentence)


def _add_neither(page: ReportPage, bundle: Bundle) -> None:
    thresholds = [(file.file, file.proof.neither_threshold) for file in bundle.files]
    if all(threshold is None for _, threshold in thresholds):
        return
    page.heading("Neither")
    page.paragraph(
        f"A picture whose best score is below the threshold is neither class. {ACCEPTED_SHARE:.0%} of the "
        "validation photographs pass it, with each file its own:"
    )
    page.table(("file", "threshold"), [(name, "" if one is None else f"{one:.4f}") for name, one in thresholds])


def _add_compression(page: ReportPage, run: RunFolder, bundle: Bundle) -> None:
    if run.compression is None:
        return
    page.heading(f"Compressed by {run.compression.method}")
    for sentence in saving_sentences(bundle):
        page.paragraph(sentence)
    if any(kernel.promises for kernel in run.compression.kernels):
        _add_kernels(page, run.compression, {file.file: file.kernels for file in bundle.files})


def saving_sentences(bundle: Bundle) -> list[str]:
    """Return what compression has come to, a sentence per recipe."""
    saving = bundle.saving
    if saving is None:
        return []
    sentences = [str(one) for one in saving.recipes]
    return [*sentences, f"No comparison: {saving.obstacle}."] if saving.obstacle else sentences


def _add_kernels(page: ReportPage, compression: Compression, kernels: Mapping[str, tuple[KernelFound, ...]]) -> None:
    """What the layers promised, and what was counted in the files."""
    page.paragraph(
        "Counted in each file. Zeros and shared values make a file pack better (gzip); they make it no faster. "
        "Distinct values are those under one scale: an int8 kernel may have a scale per output channel.",
        "note",
    )
    promised = {kernel.layer: kernel for kernel in compression.kernels}
    for file, found in kernels.items():
        rows = [_kernel_row(kernel, promised.get(kernel.layer)) for kernel in found]
        page.table((file, "shape", "zeros", "promised", "distinct values", "at most"), rows)


def _kernel_row(kernel: KernelFound, promise: PromisedKernel | None) -> tuple[str, ...]:
    zeros = clusters = ""
    if promise is not None:
        zeros = "2 of 4" if promise.two_of_four else f"{promise.sparsity:.0%}" if promise.sparsity else ""
        clusters = str(promise.clusters or "")
    shape = " × ".join(map(str, kernel.shape))
    return kernel.layer, shape, f"{kernel.sparsity:.1%}", zeros, f"{kernel.distinct_per_scale:,}", clusters
