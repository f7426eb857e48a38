"""`report.html` of a bundle: what was made, and whether it can be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from convert.compression import Compression, PromisedKernel
from convert.run_folder import RunFolder
from convert.weights_report import KernelFound
from edge_app.confidence_measures import ACCEPTED_SHARE, BINS, Confidence
from edge_app.report_page import ReportPage

if TYPE_CHECKING:
    from convert.job import Bundle

HEAD = (
    "file", "size", "gzip", "accuracy (95 % interval)", "log loss", "ECE", "same label as Keras", "mean Δp", "max Δp",
)  # fmt: skip


def table_rows(bundle: Bundle) -> list[tuple[str, ...]]:
    """Return a row per file, the Keras model first."""
    rows: list[tuple[str, ...]] = [
        ("Keras model", "", "", str(bundle.keras_accuracy), *_confidence(bundle.keras_confidence), "", "", "")
    ]
    for file in bundle.files:
        found = file.agreement
        rows.append(
            (
                file.file,
                f"{file.size_bytes / 1e6:.2f} MB",
                f"{file.gzip_bytes / 1e6:.2f} MB",
                str(file.accuracy),
                *_confidence(file.confidence),
                f"{found.same_label:.2%}",
                f"{found.mean_difference:.5f}",
                f"{found.largest_difference:.5f}",
            )
        )
    return rows


def _confidence(found: Confidence) -> tuple[str, str]:
    return f"{found.log_loss:.4f}", f"{found.expected_calibration_error:.2%}"


def write_report(
    path: Path, run: RunFolder, bundle: Bundle, kernels: Mapping[str, Sequence[KernelFound]] | None = None
) -> None:
    """Write the page; `kernels` are those of a compressed run, by file."""
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
        "difference of a probability from the Keras model, per photograph. Log loss, in nats, and ECE, the mean "
        f"distance between confidence and accuracy over {BINS} bins, are measured on the photographs of the accuracy.",
        "note",
    )
    if any(file.neither_threshold is not None for file in bundle.files):
        page.heading("Neither")
        page.paragraph(
            f"A picture whose best score is below the threshold is neither class. {ACCEPTED_SHARE:.0%} of the "
            "validation photographs pass it, with each file its own:"
        )
        thresholds = [(file.file, file.neither_threshold) for file in bundle.files]
        page.table(("file", "threshold"), [(name, "" if one is None else f"{one:.4f}") for name, one in thresholds])
    page.heading("On a device")
    page.paragraph(f"Input {run.input_size}, {run.resize}, {run.interpolation}. Labels: {', '.join(run.labels)}.")
    if run.compression is not None and any(kernel.promises for kernel in run.compression.kernels):
        _add_kernels(page, run.compression, kernels or {})
    path.write_text(page.html(), encoding="utf-8")


def _add_kernels(page: ReportPage, compression: Compression, kernels: Mapping[str, Sequence[KernelFound]]) -> None:
    """What the layers promised, and what was counted in the files."""
    page.heading(f"Compressed by {compression.method}")
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
