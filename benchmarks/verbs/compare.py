"""`fieldlens bench compare`: faster, slower, or cannot tell."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "compare the files of one result or two: faster, slower, or cannot tell"
DESCRIPTION = """Say whether files are faster or slower than others, or that it cannot be told.

With one result, its files are compared with the float32 one, or with the first where there is none or --files names
them; they took turns in the same processes, so their rounds are paired and small differences show. With two results,
files with the same bytes are compared, and the rest in order of their names; separate runs differ for reasons of their
own, so only larger differences show. What counts is how much rounds differ, not how many runs there were; equal files
are called different once in 100 comparisons. The last column is the smallest difference that would have been found nine
times in ten."""

EXAMPLES = """examples:
  fieldlens bench compare measurements/mine/result.json
  fieldlens bench compare measurements/before/result.json measurements/after/result.json
  fieldlens bench compare a.json b.json --files pets-float32.tflite pets-int8.tflite
  fieldlens bench compare measurements/sweep/result.json --files pets-int8:1 pets-int8:2"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("results", type=Path, nargs="+", metavar="RESULT", help="one or two result.json files of `run`")
    names = "files to compare: one of each result, or both of the same one; NAME:2 is NAME with 2 threads"
    parser.add_argument("--files", nargs="+", default=[], metavar="NAME", help=names)
    parser.add_argument("--out", type=Path, metavar="JSON", help="also write the comparison to this file")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing comparison")


def run(arguments: argparse.Namespace) -> int:
    """Compare; print the verdicts."""
    from benchmarks.results.compare import (
        compare_results,
        compare_table,
        compare_warnings,
        compare_within,
        write_comparison,
    )
    from benchmarks.results.envelope import read_result
    from benchmarks.results.latency import LatencyResult
    from edge_app.common.errors import UsageError
    from edge_app.common.outputs import refuse_existing

    if len(arguments.results) > 2:
        raise UsageError(f"{len(arguments.results)} results were given; one or two can be compared")
    if len(arguments.files) > 2 and len(arguments.results) == 2:
        raise UsageError(f"--files has {len(arguments.files)} names; with two results, give one of each")
    if arguments.out is not None:
        refuse_existing(arguments.out, arguments.overwrite)
    first, *more = [read_result(path, LatencyResult) for path in arguments.results]
    second = more[0] if more else None
    if second is None:
        pairs = compare_within(first, arguments.files)
    else:
        pairs = compare_results(first, second, arguments.files)
    warnings = compare_warnings(first, second)
    print("\n".join((compare_table(pairs), "", *(f"warning: {sentence}" for sentence in warnings))).rstrip())
    if arguments.out is not None:
        write_comparison(arguments.out, pairs, warnings, first.device)
        print(f"results  {arguments.out}")
    return 0
