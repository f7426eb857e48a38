"""The table of a result."""

from __future__ import annotations

from pathlib import Path

from benchmarks.result import FileResult, Result
from benchmarks.statistics import summarize
from edge_app.text_table import text_table

_HEAD = (
    "file",
    "MB",
    "accuracy (95 % interval)",
    "frame→label ms: median (95 %)",
    "p90",
    "p99",
    "bare run ms",
    "ratio",
    "load ms",
    "first run ms",
    "start→label s",
    "peak MiB",
)


def result_table(result: Result) -> str:
    """Return a Markdown table with a row per file."""
    return text_table(_HEAD, [_row(file) for file in result.files])


def _row(file: FileResult) -> tuple[str, ...]:
    whole, bare = summarize(file.frame_to_label_s), summarize(file.invoke_s)
    starts_s = sorted(file.start_to_label_s)
    return (
        Path(file.file).name,
        f"{file.size_bytes / 1e6:.2f}",
        "" if file.accuracy is None else str(file.accuracy),
        f"{whole.median_s * 1e3:.2f} ({whole.low_s * 1e3:.2f} to {whole.high_s * 1e3:.2f})",
        f"{whole.p90_s * 1e3:.2f}",
        f"{whole.p99_s * 1e3:.2f}",
        f"{bare.median_s * 1e3:.2f}",
        f"{whole.median_s / bare.median_s:.3f}",
        f"{file.load_s * 1e3:.1f}",
        f"{file.first_invoke_s * 1e3:.1f}",
        f"{starts_s[len(starts_s) // 2]:.2f}",
        f"{file.peak_memory_bytes / 2**20:.0f}",
    )
