"""`--budget-ms` and `--budget-mb` of the verbs that choose a file."""

from __future__ import annotations

import argparse

from benchmarks.results.sweep.pick import Budget


def add_budget_options(parser: argparse.ArgumentParser) -> None:
    """Add both."""
    parser.add_argument("--budget-ms", type=float, metavar="MS", help="largest median latency from frame to label")
    parser.add_argument("--budget-mb", type=float, metavar="MB", help="largest file size, in units of 1,000,000 bytes")


def chosen_budget(arguments: argparse.Namespace) -> Budget:
    """Return the limits in seconds and bytes.

    Raises:
        UsageError: one is not above 0.
    """
    return Budget(
        None if arguments.budget_ms is None else arguments.budget_ms * 1e-3,
        None if arguments.budget_mb is None else arguments.budget_mb * 1e6,
    )
