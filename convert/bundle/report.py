"""`report.html` of a bundle: what was made, and whether it can be believed."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import matplotlib

from convert.bundle.recommendation import recommendation, recommended
from convert.bundle.records import Bundle, ConvertedFile
from convert.proof.disagreements import pictures
from convert.proof.layer_sensitivity import worst_layers
from convert.proof.operators import METHOD
from convert.proof.weights import KernelFound
from convert.run_folder import Compression, KernelConstraint, RunFolder
from edge_app.common.notebook import in_notebook
from edge_app.common.report_page import ReportPage
from edge_app.metrics.accuracy import is_cross_validation
from edge_app.metrics.confidence import BINS, Confidence
from edge_app.model.classifier import Classifier
from edge_app.model.occlusion import LIMITS

if not in_notebook():  # whose own backend shows what the user draws
    matplotlib.use("Agg")

from matplotlib import pyplot as plt  # after the choice of a backend that needs no display

HEAD = (
    "file", "size", "gzip", "accuracy (95 % interval)", "against Keras, points (95 % interval)", "log loss", "ECE",
    "same label as Keras", "mean Δp", "max Δp", "latency, × float32", "operators",
)  # fmt: skip
"""Of the table that the command prints."""

_KERAS = "Keras model"
_MARKERS = "os^Dv<>P"


def table_rows(bundle: Bundle) -> list[tuple[str, ...]]:
    """Return a row per file, the Keras model first."""
    keras = (_KERAS, "", "", str(bundle.keras_accuracy), "", *_confidence(bundle.keras_confidence), *[""] * 5)
    return [keras, *(_row(file) for file in bundle.files)]


def _row(file: ConvertedFile) -> tuple[str, ...]:
    proof = file.proof
    return (
        file.file,
        *_sizes(file),
        str(proof.accuracy),
        _points(file),
        *_confidence(proof.confidence),
        f"{proof.agreement.same_label:.2%}",
        *_differences(file),
        _times_float32(file),
        str(file.operators),
    )


def _sizes(file: ConvertedFile) -> tuple[str, str]:
    return f"{file.size_bytes / 1e6:.2f} MB", f"{file.gzip_bytes / 1e6:.2f} MB"


def _points(file: ConvertedFile) -> str:
    return str(file.proof.comparison).replace(" points", "")


def _confidence(found: Confidence) -> tuple[str, str]:
    return f"{found.log_loss:.4f}", f"{found.expected_calibration_error:.2%}"


def _differences(file: ConvertedFile) -> tuple[str, str]:
    agreement = file.proof.agreement
    return f"{agreement.mean_difference:.5f}", f"{agreement.largest_difference:.5f}"


def _times_float32(file: ConvertedFile) -> str:
    times = file.proof.times_float32
    return "" if times is None else f"{times:.2f}{' slower' if file.slower else ''}"


def note_lines(bundle: Bundle) -> list[str]:
    """Return a line per file: its notes."""
    return [f"{file.file}: {'; '.join(file.notes)}" for file in bundle.files]


def write_report(folder: Path, run: RunFolder, bundle: Bundle) -> None:
    """Write `report.html` into the folder of the bundle."""
    rejected, total = len(bundle.rejected), len(bundle.files)
    verdict = f"{rejected} of {total} files left out" if rejected else "all files agree with the Keras model"
    page = ReportPage(f"{bundle.folder.name}: {verdict}")
    use, *others = recommendation(bundle)
    page.paragraph(use, "lead")
    for sentence in others:
        page.paragraph(sentence, "bad")
    for sentence in bundle.skipped:
        page.paragraph(sentence, "note")
    _add_accuracy(page, bundle)
    _add_agreement(page, bundle)
    _add_size_and_latency(page, bundle)
    _add_notes(page, bundle)
    _add_disagreements(page, run, bundle, folder)
    _add_sensitivity(page, bundle)
    _add_calibration(page, bundle)
    _add_operators(page, bundle)
    _add_neither(page, bundle)
    _add_compression(page, run, bundle)
    page.heading("Input and labels")
    page.paragraph(f"Input {run.input_size}, {run.resize}, {run.interpolation}. Labels: {', '.join(run.labels)}.")
    (folder / "report.html").write_text(page.html(), encoding="utf-8", errors="replace")


def _add_accuracy(page: ReportPage, bundle: Bundle) -> None:
    page.heading("Accuracy")
    keras = bundle.keras_accuracy
    head = ("file", "accuracy (95 % interval)", "against Keras, points (95 % interval)", "log loss", "ECE")
    rows = [(_KERAS, str(keras), "", *_confidence(bundle.keras_confidence))]
    rows += [
        (file.file, str(file.proof.accuracy), _points(file), *_confidence(file.proof.confidence))
        for file in bundle.files
    ]
    page.table(head, rows)
    note = (
        f"Measured with each file itself, through the code that runs on the device, on {_tested_on(bundle)} "
        f"({keras.data}) unless its notes say fewer. ECE is the expected calibration error: the average "
        f"gap between confidence and accuracy over {BINS} bins. Log loss is in nats."
    )
    if is_cross_validation(keras.data):
        note = (
            f"Accuracy, log loss and ECE (expected calibration error) are those of the network in {keras.data}: all of "
            "them trained the network, so none is left to measure a file on. Each file is compared with the network on "
            "these same photographs."
        )
    page.paragraph(note, "note")
    if bundle.unreadable:
        page.paragraph(f"{bundle.unreadable:,} photographs could not be read and were left out.", "bad")
    _add_plot(page, bundle)
    head = ("file", "only Keras correct", "only the file correct", "p (McNemar)", "verdict")
    compared = [(file.file, file.proof.comparison) for file in bundle.files]
    page.table(
        head,
        [
            (name, str(one.only_first), str(one.only_second), f"{one.p_value:.3f}", one.verdict)
            for name, one in compared
        ],
    )
    over_groups = " Groups are drawn whole for the one and change sides as a whole in the other."
    page.paragraph(
        "File and Keras model are compared on the same photographs: the interval of the difference is a paired "
        "bootstrap, p an exact McNemar test."
        + (over_groups if any(one.groups < one.photographs for _, one in compared) else ""),
        "note",
    )


def _tested_on(bundle: Bundle) -> str:
    """How many photographs the Keras model was measured on, and in how many groups where that is known."""
    count = bundle.keras_accuracy.photographs
    compared = [file.proof.comparison for file in bundle.files if file.proof.comparison.photographs == count]
    return compared[0].compared_on if compared else f"{count:,} photographs"


def _add_plot(page: ReportPage, bundle: Bundle) -> None:
    with tempfile.TemporaryDirectory() as folder:
        png = Path(folder) / "accuracy.png"
        _plot_accuracy_against_size(bundle, png)
        page.picture(png, "accuracy of every file against its size")


def _plot_accuracy_against_size(bundle: Bundle, path: Path) -> None:
    """Draw the accuracy of every file with its 95 % interval against its size; a line for the Keras model."""
    figure, axes = plt.subplots(figsize=(4.5, 4.6), layout="constrained")
    keras = bundle.keras_accuracy
    axes.axhline(100 * keras.top1, color="grey", linestyle="--", label=_KERAS)
    for number, file in enumerate(bundle.files):
        accuracy = file.proof.accuracy
        bars = [[100 * (accuracy.top1 - accuracy.low)], [100 * (accuracy.high - accuracy.top1)]]
        axes.errorbar(
            [file.size_bytes / 1e6],
            [100 * accuracy.top1],
            yerr=bars,
            marker=_MARKERS[number % len(_MARKERS)],
            markersize=8,
            fillstyle="none",
            capsize=4,
            linestyle="none",
            label=file.recipe.name + (" (rejected)" if file.rejected else ""),
        )
    axes.set_xlim(left=0, right=1.15 * max(file.size_bytes for file in bundle.files) / 1e6)
    axes.set(
        xlabel="file size, MB",
        ylabel="accuracy, %",
        title="Accuracy against size\n(bars: 95 % interval of each file)",
    )
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=2, fontsize=9)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _add_agreement(page: ReportPage, bundle: Bundle) -> None:
    page.heading("Agreement with Keras")
    rows = [
        (
            file.file,
            f"{file.proof.agreement.same_label:.2%}",
            f"{file.proof.test_agreement.same_label:.2%}",
            *_differences(file),
        )
        for file in bundle.files
    ]
    page.table(("file", "same label, validation", "same label, test", "mean Δp", "max Δp"), rows)
    page.paragraph(
        "Δp is the largest difference of any class probability from the Keras model's, per validation photograph.",
        "note",
    )


def _add_size_and_latency(page: ReportPage, bundle: Bundle) -> None:
    page.heading("Size and latency")
    rows = [
        (file.file, *_sizes(file), f"{file.proof.latency_s * 1e3:.2f} ms", _times_float32(file), str(file.operators))
        for file in bundle.files
    ]
    page.table(("file", "size", "gzip", "latency", "latency, × float32", "operators"), rows)
    page.paragraph(
        "Latency is a quick estimate on the machine that converted; `fieldlens bench` measures it properly, on "
        "the device.",
        "note",
    )


def _add_notes(page: ReportPage, bundle: Bundle) -> None:
    page.heading("Notes")
    for line in note_lines(bundle):
        page.paragraph(line)


def _add_disagreements(page: ReportPage, run: RunFolder, bundle: Bundle, folder: Path) -> None:
    page.heading("Largest disagreements with Keras")
    shown, best = [file for file in bundle.files if file.proof.disagreements], recommended(bundle)
    for file in shown:
        page.paragraph(f"{file.file} ({file.recipe.summary}):")
        explained = Classifier(folder / file.file, trusted=True) if file is best else None
        page.gallery([(pictures(run, one, explained), str(one)) for one in file.proof.disagreements])
        if explained is not None:
            warm = "Warm: where covering the photograph lowers the score of this file's label."
            page.paragraph(f"{warm} {LIMITS}", "note")
    if not shown:
        page.paragraph("No probability of any file differs from the Keras model's by more than 0.01.")


def _add_sensitivity(page: ReportPage, bundle: Bundle) -> None:
    found = bundle.sensitivity
    if found is None:
        return
    page.heading("Layer sensitivity (SQNR)")
    page.paragraph(found.method, "note")
    page.table(("layer", "SQNR, dB"), [(one.short, f"{one.sqnr_db:.1f}") for one in found.layers])
    plain = (f"{found.int8.same_label:.2%}", f"{found.int8.mean_difference:.4f}", "")
    rows = [("int8", *plain, f"{found.int8_bytes / 1e6:.2f} MB", "1.0")]
    rows += [
        (
            f"{worst_layers(len(one.kept))} in float32",
            f"{one.agreement.same_label:.2%}",
            f"{one.agreement.mean_difference:.4f}",
            str(one.comparison).replace(" points", ""),
            f"{one.size_bytes / 1e6:.2f} MB",
            f"{one.times_int8:.1f}",
        )
        for one in found.mixed
    ]
    head = ("file", "same label as Keras", "mean Δp", "accuracy against int8, points", "size", "latency, × int8")
    page.table(head, rows)
    page.paragraph(f"Mixed precision, on {found.int8.photographs:,} validation photographs.", "note")


def _add_calibration(page: ReportPage, bundle: Bundle) -> None:
    if bundle.calibration is None:
        return
    page.heading("Calibration data")
    page.paragraph(f"The ranges of 8-bit integers were measured on {bundle.calibration}.")
    for sentence in bundle.calibration.warnings:
        page.paragraph(sentence, "bad")


def _add_operators(page: ReportPage, bundle: Bundle) -> None:
    page.heading("Operators")
    page.paragraph(f"Count of each operator / how many of them XNNPACK runs, {METHOD}.", "note")
    names = dict.fromkeys(one.name for file in bundle.files for one in file.operators.counts)
    cells = [{one.name: f"{one.count} / {one.delegated}" for one in file.operators.counts} for file in bundle.files]
    rows = [(name, *(column.get(name, "") for column in cells)) for name in names]
    rows.append(("XNNPACK partitions", *(str(file.operators.pieces) for file in bundle.files)))
    page.table(("operator", *(file.recipe.name for file in bundle.files)), rows)


def _add_neither(page: ReportPage, bundle: Bundle) -> None:
    thresholds = [(file.file, file.proof.neither_threshold) for file in bundle.files]
    if all(threshold is None for _, threshold in thresholds):
        return
    page.heading("Threshold for “neither”")
    page.paragraph(
        "A picture whose best score is below the threshold is labelled “neither”. The threshold is fitted to each file "
        f"so that {bundle.accept:.1%} of the validation photographs stay above it:"
    )
    page.table(("file", "threshold"), [(name, "" if one is None else f"{one:.4f}") for name, one in thresholds])


def _add_compression(page: ReportPage, run: RunFolder, bundle: Bundle) -> None:
    if run.compression is None:
        return
    page.heading(f"Compression ({run.compression.method})")
    for sentence in compression_sentences(bundle):
        page.paragraph(sentence)
    if any(kernel.is_constrained for kernel in run.compression.kernels):
        _add_kernels(page, run.compression, {file.file: file.kernels for file in bundle.files})


def compression_sentences(bundle: Bundle) -> list[str]:
    """Return what compression has gained, a sentence per recipe."""
    gain = bundle.compression_gain
    if gain is None:
        return []
    sentences = [str(one) for one in gain.recipes]
    return [*sentences, f"No comparison: {gain.obstacle}."] if gain.obstacle else sentences


def _add_kernels(page: ReportPage, compression: Compression, kernels: Mapping[str, tuple[KernelFound, ...]]) -> None:
    """What compression asks of the layers, and what was counted in the files."""
    page.paragraph(
        "Counted in each file. Zeros and repeated values make the file smaller after gzip, but no faster. Distinct "
        "values are counted per scale: an int8 kernel may have one scale per output channel.",
        "note",
    )
    constraints = {kernel.layer: kernel for kernel in compression.kernels}
    for file, found in kernels.items():
        rows = [_kernel_row(kernel, constraints.get(kernel.layer)) for kernel in found]
        page.table((file, "shape", "zeros", "at least", "distinct values", "at most"), rows)


def _kernel_row(kernel: KernelFound, constraint: KernelConstraint | None) -> tuple[str, ...]:
    zeros = clusters = ""
    if constraint is not None:
        zeros = "2 of 4" if constraint.two_of_four else f"{constraint.sparsity:.0%}" if constraint.sparsity else ""
        clusters = str(constraint.clusters or "")
    shape = " × ".join(map(str, kernel.shape))
    return kernel.layer, shape, f"{kernel.sparsity:.1%}", zeros, f"{kernel.distinct_per_scale:,}", clusters
