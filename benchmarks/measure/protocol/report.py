"""Results on the terminal and in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.results.envelope import write_result
from benchmarks.results.latency import LatencyResult
from benchmarks.results.plots import plot_result, write_plot
from benchmarks.results.tables import accuracy_tables, all_tables
from benchmarks.results.validity import invalid_reasons, warnings
from benchmarks.statistics.rounds import median_over_rounds
from benchmarks.statistics.summary import summarize
from edge_app.common.atomic_files import write_text


def show_and_write(result: LatencyResult, folder: Path) -> None:
    """Print the tables and the warnings; write `result.json` first, then `table.md` and `plot.png`.

    Raises:
        OutputError: the system refused to write.
    """
    head, sentences = headline(result), warning_lines(result)
    tables = "\n\n".join(filter(None, (all_tables(result), accuracy_tables(result))))
    print("\n".join((head, "", tables, "", *sentences)))
    write_result(folder / "result.json", result, derived(result))
    lines = [head, "", tables, "", *(f"- {sentence}" for sentence in sentences)]
    write_text(folder / "table.md", "\n".join(lines).rstrip() + "\n")
    plots = write_plot(folder / "plot.png", lambda path: plot_result(result, path))
    print(f"results  {', '.join(map(str, (folder / 'result.json', folder / 'table.md', *plots)))}")


def headline(result: LatencyResult) -> str:
    """Return where, when and how."""
    rounds = len(result.files[0].rounds)
    how = f"{rounds} fresh {'processes' if rounds > 1 else 'process'}"
    seed = "" if result.seed is None else f", order of seed {result.seed}"
    return f"{result.device}, {how}{seed}, {result.date}"


def warning_lines(result: LatencyResult) -> list[str]:
    """Return a line per reason for which the result is invalid, then one per warning."""
    invalid = [f"INVALID: {sentence}" for sentence in invalid_reasons(result)]
    return invalid + [f"warning: {sentence}" for sentence in warnings(result)]


def derived(result: LatencyResult) -> dict[str, Any]:
    """Return what follows from the raw times, for readers of the JSON."""
    reasons = invalid_reasons(result)
    summaries = []
    for file in result.files:
        whole = summarize(file.frame_to_label_s)
        over_rounds = median_over_rounds([one.frame_to_label_s for one in file.rounds])
        summaries.append(
            {
                "file": file.file,
                "threads": file.threads,
                "frame_to_label_p50_s": whole.median_s,
                "frame_to_label_p90_s": whole.p90_s,
                "frame_to_label_p95_s": whole.p95_s,
                "frame_to_label_p99_s": whole.p99_s,
                "median_interval_over_rounds_s": [over_rounds.low_s, over_rounds.high_s],
                "median_interval_within_processes_s": [whole.low_s, whole.high_s],
                "spread_of_round_medians": over_rounds.spread,
            }
        )
    share = result.other_share
    return {"valid": not reasons, "invalid_reasons": reasons, "other_cpu_share": share, "summary": summaries}
