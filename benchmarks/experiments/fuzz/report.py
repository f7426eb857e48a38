"""What became of damaged files, as a table and as JSON."""

from __future__ import annotations

from pathlib import Path

from benchmarks.experiments.fuzz.run import FAILURES, OUTCOMES, Fuzz, KindFuzz
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import write_envelope
from benchmarks.results.json_records import rounded, to_json
from edge_app.common.progress import human_time
from edge_app.common.tables import text_table

_SAID = 200  # letters of a failure that the terminal shows


def fuzz_table(found: Fuzz) -> str:
    """Return the number of files per kind and outcome, memory and time, as Markdown, and every failure in a line."""
    reached = [outcome for outcome in OUTCOMES if outcome not in FAILURES or found.total(outcome)]
    rows = []
    for kind in found.kinds:
        memory = f"{kind.memory_bytes / 1e6:,.0f} MB of {kind.memory_limit_bytes / 1e6:,.0f}"
        counts = [f"{kind.total(outcome):,}" for outcome in reached]
        rows.append((kind.kind, *counts, memory, human_time(kind.duration_s)))
    faults = found.total(*FAILURES)
    facts = f"{found.total():,} damaged files, seed {found.seed}" + (
        ", ended early by Ctrl-C" if found.interrupted else ""
    )
    verdict = f"{faults:,} of them end badly" if faults else "all of them work or are told in a sentence"
    lines = [line for kind in found.kinds for line in _failures(kind)]
    table = text_table(("kind", *reached, "peak memory", "time"), rows)
    return "\n".join([f"{facts}: {verdict}", *lines, "", table])


def _failures(kind: KindFuzz) -> list[str]:
    return [
        f"  {one.file} {one.number} ({one.damage}): {one.outcome}: {one.said.strip().splitlines()[-1][:_SAID]}"
        for one in kind.failures
    ]


def write_fuzz(path: Path, found: Fuzz) -> None:
    """Write every count and every failure.

    Raises:
        OutputError: the system refused to write.
    """
    payload = {"derived": {"totals": {outcome: found.total(outcome) for outcome in OUTCOMES}}, **to_json(found)}
    write_envelope(path, "fuzz", rounded(payload), examine_device())
