"""What became of damaged files, as a table and as JSON."""

from __future__ import annotations

from pathlib import Path

from benchmarks.experiments.fuzz.mutations import KINDS
from benchmarks.experiments.fuzz.run import FAILURES, OUTCOMES, Fuzz
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import write_envelope
from benchmarks.results.json_records import rounded, to_json
from edge_app.common.tables import text_table


def fuzz_table(found: Fuzz) -> str:
    """Return the number of files per kind of damage and outcome, as Markdown, and every failure in a line."""
    reached = [outcome for outcome in OUTCOMES if outcome not in FAILURES or found.total(outcome)]
    rows = []
    for kind in KINDS:
        counts = [sum(one.counts[kind][outcome] for one in found.files) for outcome in reached]
        rows.append((kind, *(f"{count:,}" for count in counts)))
    rows.append(("all", *(f"{found.total(outcome):,}" for outcome in reached)))
    whole = sum(found.total(outcome) for outcome in OUTCOMES)
    facts = f"{whole:,} damaged copies of {', '.join(one.file for one in found.files)}; seed {found.seed}"
    facts += ", ended early by Ctrl-C" if found.interrupted else ""
    faults = sum(found.total(outcome) for outcome in FAILURES)
    verdict = f"the app did not stand {faults:,} of them" if faults else "the app stood all of them"
    lines = [f"  {one.file} {one.number} ({one.kind}): {one.outcome}" for one in found.failures]
    return "\n".join([f"{facts}: {verdict}", *lines, "", text_table(("damage", *reached), rows)])


def write_fuzz(path: Path, found: Fuzz) -> None:
    """Write every count and every failure.

    Raises:
        OutputError: the system refused to write.
    """
    payload = {"derived": {"totals": {outcome: found.total(outcome) for outcome in OUTCOMES}}, **to_json(found)}
    write_envelope(path, "fuzz", rounded(payload), examine_device())
