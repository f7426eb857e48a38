"""The same files on several boards: each board beside the first one, in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results.compare import ComparedPair, compare_pairs, paired_files, ratio_text, yardstick_shift
from benchmarks.results.latency import FileResult, LatencyResult
from benchmarks.results.tables import latency_text
from benchmarks.results.validity import few_rounds, invalid_reasons, invalid_sentences, machine_differences
from edge_app.common.tables import Table

_HEAD = ("file", "on", "board", "frame→label ms: median (95 %)", "ratio to the first (99 %)", "it is")


@dataclass(frozen=True)
class BoardsComparison:
    """What was found.

    Attributes:
        table: a row per file and board.
        pairs: of every board but the first, by its name.
        warnings: a sentence per reason to doubt it.
    """

    table: Table
    pairs: Mapping[str, Sequence[ComparedPair]]
    warnings: list[str]


def board_names(paths: Sequence[Path]) -> list[str]:
    """Return how results are called: by their folders, as `--on` makes them; where two agree, by their paths."""
    names = [path.parent.name if path.stem == "result" else path.stem for path in paths]
    return names if len(set(names)) == len(names) and all(names) else [str(path) for path in paths]


def compare_boards(results: Mapping[str, LatencyResult], names: Sequence[str] = ()) -> BoardsComparison:
    """Compare every board with the first one.

    Args:
        results: by the name of the board; two or more.
        names: of one file; empty: all.

    Raises:
        ResultError: nothing fits together; see `compare.compare_results`.
    """
    (first_name, first), *others = results.items()
    rows: dict[str, list[tuple[str, ...]]] = {}
    pairs, warnings = {}, invalid_sentences(results)
    warnings += [f"{name}: {sentence}" for name, result in results.items() for sentence in few_rounds(result)]
    for name, other in others:
        files, shift = paired_files(first, other, names), _shift(first, other)
        invalid = bool(invalid_reasons(first) or invalid_reasons(other))
        pairs[name] = compare_pairs(files, shift, invalid)
        warnings += [f"{first_name} and {name}: {sentence}" for sentence in machine_differences(first, other, shift)]
        whole = [pair for pair in pairs[name] if pair.what == "frame_to_label_s"]
        for (ours, theirs), pair in zip(files, whole, strict=True):
            head = (first_name, _device(first), latency_text(ours), "1", "the first")
            row = (name, _device(other), latency_text(theirs), ratio_text(pair.comparison), pair.verdict)
            rows.setdefault(_called(ours), [head]).append(row)
    table = Table(_HEAD, [(file, *row) for file, some in rows.items() for row in some])
    return BoardsComparison(table, pairs, warnings)


def _shift(first: LatencyResult, other: LatencyResult) -> float:
    """Return how much one machine changed between two runs; of two machines the difference is what is asked for."""
    machine = ("board", "cpu", "cores", "emulator")
    same = all(getattr(first.device, what) == getattr(other.device, what) for what in machine)
    return yardstick_shift(first, other) if same else 0.0


def _device(result: LatencyResult) -> str:
    name = result.device.board or result.device.cpu
    return name if result.device.emulator is None else f"{name}, {result.device.emulator}"


def _called(file: FileResult) -> str:
    return f"{file.name}:{file.threads}"
