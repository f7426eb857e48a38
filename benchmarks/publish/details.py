"""Results in full: what a section shows below its rows, a function per kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, median
from typing import Any

from benchmarks.experiments.peers.peer import OURS
from benchmarks.measure.operators.report import layer_table, sum_sentence, type_table
from benchmarks.measure.operators.report import warning_lines as operator_warning_lines
from benchmarks.measure.protocol.report import warning_lines
from benchmarks.measure.sustained.report import sustained_report
from benchmarks.publish.committed import CONVERSION, RUN, Committed
from benchmarks.publish.other_sources import NOT_MEASURED, OtherSources, accuracy_of, with_column
from benchmarks.publish.page import Page
from benchmarks.publish.quantity import PERCENT, POINTS, times
from benchmarks.publish.runs import HEAD as RUNS_HEAD
from benchmarks.publish.runs import duration_text, run_rows
from benchmarks.publish.values import counted
from benchmarks.results.calibration import SCORES_HEAD, TRIALS_HEAD, CalibrationResult, score_rows, trial_rows
from benchmarks.results.envelope import read_result
from benchmarks.results.few import (
    COVERAGE_HEAD,
    DIFFERENCE_HEAD,
    FewPhotographs,
    coverage_rows,
    difference_rows,
)
from benchmarks.results.latency import LatencyResult
from benchmarks.results.operators import OperatorProfile
from benchmarks.results.other_source import OtherSource, about, pairs, source_table
from benchmarks.results.seeds import Seeds, seeds_table, sentences
from benchmarks.results.sustained import Sustained
from benchmarks.results.sweep.result import read_sweep, sweep_table
from benchmarks.results.tables import result_table
from benchmarks.statistics.summary import summarize
from edge_app.common.tables import Table
from edge_app.model.training_time import training_duration_s

Payload = Mapping[str, Any]
Cells = tuple[str, ...]
Show = Callable[[Page, str, Committed], None]

_FILES = ("file", "MB", "accuracy", "same label: test", "validation", "change in accuracy", "time, float32 = 1")
_PEERS = ("runtime", "bare run, ms", "FieldLens = 1", "frame→label, ms", "FieldLens = 1", "start, s", "peak MiB")
_REPEATS = ("variant", "seeds", "test accuracy: mean and range", "validation", "log loss", "ECE", "training")
_NEITHER = ("AUROC on", "with `--neither`", "without")
_TIMES = times(2)


def latency(page: Page, name: str, results: Committed) -> None:
    """Show a row per file, and what makes the numbers worth less."""
    result = read_result(results.root / name, LatencyResult)
    processes = counted(len(result.files[0].rounds), "fresh process")
    page.paragraph(f"{result.device.runtime}, Python {result.device.python}, {processes}")
    table, elsewhere = result_table(result), OtherSources(results)
    cells = [elsewhere.cell(file.name, file.accuracy, file.sha256) for file in result.files]
    head, rows = with_column(table, "accuracy (95 % interval)", cells)
    page.table(head, rows)
    for line in warning_lines(result):
        page.paragraph(line, kind="bad" if line.startswith("INVALID") else "note")


def sustained(page: Page, name: str, results: Committed) -> None:
    """Show a row per file, first minute against last, and what the board said."""
    head, table, sentences = sustained_report(read_result(results.root / name, Sustained))
    page.paragraph(head)
    page.table(table.head, table.rows)
    for sentence in sentences:
        page.paragraph(sentence)


def operators(page: Page, name: str, results: Committed) -> None:
    """Show a row per kind of operator, and their sum beside the whole; the layers fold."""
    profile = read_result(results.root / name, OperatorProfile)
    page.paragraph(f"`{profile.file}`, {sum_sentence(profile)}")
    for line in operator_warning_lines(profile):
        page.paragraph(line, kind="bad")
    types, layers = type_table(profile), layer_table(profile)
    page.table(types.head, types.rows)
    page.long_table(layers.head, layers.rows)


def sweep(page: Page, name: str, results: Committed) -> None:
    """Show a row per file, the best on validation photographs first."""
    files, elsewhere = read_sweep(results.root / name).files, OtherSources(results)
    table, by_name = sweep_table(files), {file.name: file for file in files}
    shown = [by_name[row[0]] for row in table.rows]
    cells = [elsewhere.cell(file.name, file.test, file.sha256) for file in shown]
    head, rows = with_column(table, "test (95 %)", cells)
    page.table(head, rows)


def other_source(page: Page, name: str, results: Committed) -> None:
    """Show own source and other source side by side, and which photographs these are."""
    result = read_result(results.root / name, OtherSource)
    for sentence in about(result):
        page.paragraph(sentence)
    table = source_table(result)
    page.table(table.head, table.rows)
    for sentence in pairs(result):
        page.paragraph(sentence)


def seeds(page: Page, name: str, results: Committed) -> None:
    """Show a row per recipe and file, and what the paired comparisons found."""
    result = read_result(results.root / name, Seeds)
    table = seeds_table(result)
    page.table(table.head, table.rows)
    for sentence in sentences(result):
        page.paragraph(sentence)


def conversion(page: Page, name: str, results: Committed) -> None:
    """Show every file of a conversion."""
    files, elsewhere = results.payload(name)["files"], OtherSources(results)
    cells = [elsewhere.cell(file["file"], accuracy_of(file.get("accuracy"))) for file in files]
    table = Table(_FILES, [_converted(file) for file in files])
    if set(cells) == {NOT_MEASURED}:  # of most conversions other files of the same run were published
        page.table(table.head, table.rows)
    else:
        page.table(*with_column(table, "accuracy", cells))


def _converted(file: Payload) -> Cells:
    paired, accuracy, slower = file.get("against_keras"), file.get("accuracy"), file.get("times_float32")
    return (
        file["file"],
        f"{file['size_bytes'] / 1e6:.2f}",
        _share_of(accuracy, "top1"),
        _share_of(file.get("test_agreement"), "same_label"),
        _share_of(file["agreement"], "same_label"),
        POINTS.text(paired["difference"], paired["low"], paired["high"]) if paired else "",
        _TIMES.number(slower) if slower else "",
    )


def _share_of(found: Payload | None, key: str) -> str:
    return f"{PERCENT.text(found[key])} of {found['photographs']:,}" if found else ""


def peers(page: Page, name: str, results: Committed) -> None:
    """Show a row per runtime: medians of rounds."""
    payload = results.payload(name)
    rounds, ratios = payload["rounds"], payload["ratios"]
    page.paragraph(f"`{payload['file']}`, threads: {payload['plan']['threads']}, rounds: {len(rounds)}")
    names = sorted({runtime for one in rounds for runtime in one["visits"]}, key=lambda name: (name != OURS, name))
    visits = {name: [one["visits"][name] for one in rounds if name in one["visits"]] for name in names}
    page.table(_PEERS, [_peer(name, told, ratios.get(name, {})) for name, told in visits.items()])


def _peer(name: str, visits: Sequence[Payload], ratios: Payload) -> Cells:
    cells = [cell for kind in ("bare_s", "frame_to_label_s") for cell in _times(visits, ratios, kind)]
    start_s = median(visit["start_to_label_s"] for visit in visits)
    shown = "FieldLens" if name == OURS else name
    return (shown, *cells, f"{start_s:.2f}", f"{max(visit['peak_memory_bytes'] for visit in visits) / 2**20:.0f}")


def _times(visits: Sequence[Payload], ratios: Payload, kind: str) -> tuple[str, str]:
    medians_s = [median(visit[kind]) for visit in visits if visit[kind]]
    ratio = summarize(ratios[kind]) if ratios.get(kind) else None  # percentiles do not care about units
    against = "" if ratio is None else _TIMES.text(ratio.median_s, ratio.low_s, ratio.high_s)
    return (f"{1e3 * median(medians_s):.2f}" if medians_s else "", against)


def training(page: Page, name: str, results: Committed) -> None:
    """Show the question and a row per variant."""
    payload = results.payload(name)
    recipe = payload["repeats"][0]["recipe"]
    page.paragraph(f"{_sentence(payload['question'])} {recipe['input_size']} px, {recipe['epochs']} epochs.")
    variants = dict.fromkeys(one["variant"] for one in payload["repeats"])
    page.table(_REPEATS, [_variant([one for one in payload["repeats"] if one["variant"] == of]) for of in variants])


def _variant(repeats: Sequence[Payload]) -> Cells:
    tests = [one["test"] for one in repeats]
    shares, losses = ([test[key] for test in tests] for key in ("accuracy", "log_loss"))
    return (
        repeats[0]["variant"],
        str(len(repeats)),
        _mean_and_range(shares),
        PERCENT.text(median(one["validation"]["accuracy"] for one in repeats)),
        f"{min(losses):.3f}" + (f" to {max(losses):.3f}" if len(losses) > 1 else ""),
        PERCENT.text(median(test["confidence"]["expected_calibration_error"] for test in tests)),
        duration_text(median(training_duration_s(one["timings_s"]) for one in repeats)),
    )


def _mean_and_range(shares: Sequence[float]) -> str:
    return PERCENT.text(fmean(shares), *((min(shares), max(shares)) if len(shares) > 1 else ()))


def neither_file(page: Page, name: str, results: Committed) -> None:
    """Show how often a file gave a label to pictures of anything else."""
    payload = results.payload(name)
    threshold = payload["model"]["neither_threshold"]
    page.paragraph(f"`{payload['model']['name']}` answers “neither” where its best score is below {threshold:.4f}:")
    rows = [
        (of["source"], f"{of['pictures']:,}", f"{of['labelled']:,}", PERCENT.text(*_bounds(of["share"])))
        for of in payload["sources"]
    ]
    page.table(("pictures of", "shown", "got a label", "share"), rows)


def _bounds(accuracy: Mapping[str, float]) -> tuple[float, float, float]:
    return accuracy["top1"], accuracy["low"], accuracy["high"]


def neither_runs(page: Page, name: str, results: Committed) -> None:
    """Show the AUROC of a run that learned “neither”, and of one that did not."""
    plain, exposed = (results.payload(name)["runs"][place]["neither"] for place in (0, -1))
    page.table(_NEITHER, [(of, f"{exposed[of]['auroc']:.4f}", f"{plain[of]['auroc']:.4f}") for of in exposed])


def neither_heads(page: Page, name: str, results: Committed) -> None:
    """Show the AUROC of the largest heads on frozen features, medians over seeds."""
    trials = results.payload(name)["trials"]
    hidden = max(trial["hidden_units"] for trial in trials)
    largest = [trial for trial in trials if trial["hidden_units"] == hidden]
    groups = [[trial for trial in largest if (trial["outlier_weight"] > 0) is exposed] for exposed in (True, False)]
    page.paragraph(f"Heads of {hidden} hidden units on MobileNetV2 features, medians of {len(groups[0])} seeds:")
    rows = [
        (of, *(f"{median(one['neither'][of]['auroc'] for one in group):.4f}" for group in groups))
        for of in groups[0][0]["neither"]
    ]
    accuracies = (PERCENT.text(median(one["accuracy"]["top1"] for one in group)) for group in groups)
    page.table(_NEITHER, [*rows, ("accuracy on cats and dogs", *accuracies)])


def paper(page: Page, name: str, results: Committed) -> None:
    """Show the question and what was found."""
    payload = results.payload(name)
    page.paragraph(f"{_sentence(payload['question'])} {payload['reference']}")
    for finding in payload["findings"]:
        page.paragraph(finding["sentence"])


def few(page: Page, name: str, results: Committed) -> None:
    """Show a row per size and peer, and a row per size on coverage."""
    result = read_result(results.root / name, FewPhotographs)
    draws = len(result.draws) // len({draw.per_class for draw in result.draws})
    page.paragraph(
        f"{', '.join(result.labels)}: {result.photographs:,} photographs; {draws} draws of each size, scikit-learn "
        f"{result.scikit_learn}."
    )
    page.table(DIFFERENCE_HEAD, difference_rows(result))
    statements = len(result.statements) // len({one.per_class for one in result.statements})
    page.paragraph(f"The stated intervals of {statements} draws of each size:")
    page.table(COVERAGE_HEAD, coverage_rows(result))


def calibration(page: Page, name: str, results: Committed) -> None:
    """Show a row per head, epoch and size of the simulated set, and a row per head on its scores of 8 bits."""
    result = read_result(results.root / name, CalibrationResult)
    page.table(TRIALS_HEAD, trial_rows(result.trials))
    page.table(SCORES_HEAD, score_rows(result.rounded))


def runs(page: Page, name: str, results: Committed) -> None:
    """Show all finished runs."""
    page.table(RUNS_HEAD, run_rows(results))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


DETAILS: Mapping[str, tuple[str, Show]] = {
    "latency": ("Latency", latency),
    "sustained": ("Sustained load", sustained),
    "operators": ("Operators", operators),
    "seeds": ("Two recipes, with several seeds", seeds),
    "other-source": ("Own source and other source", other_source),
    "sweep": ("Accuracy against time and size", sweep),
    "neither-file": ("“neither”: a file on anything else", neither_file),
    "neither-runs": ("“neither”: whole runs", neither_runs),
    "neither": ("“neither”: heads on frozen features", neither_heads),
    CONVERSION: ("Every converted file", conversion),
    "peers": ("Each runtime", peers),
    RUN: ("Finished runs", runs),
    "training": ("Recipes, with several seeds", training),
    "few": ("Each size", few),
    "calibration": ("Each simulated validation set, and scores of 8 bits", calibration),
    "paper": ("", paper),
}
"""By kind of result: heading, and what shows one."""
