"""A long run, as a table and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure.live.soak import Soak
from benchmarks.results.device import examine_device
from benchmarks.results.result import rounded
from edge_app.common.tables import text_table
from edge_app.photographs.splits import sha256_of

_WANTED_GROWTH_MIB = 2.0
_WANTED_RECOVERY_S = 2.0


def soak_table(found: Soak) -> str:
    """Return what was reached beside what was wanted, as Markdown."""
    first, last = found.samples[0], found.samples[-1]
    threads = [sample.threads for sample in found.samples]
    recovery = f"{max(found.recoveries_s):.2f} s" if found.recoveries_s else "no drop"
    rows = [
        ("growth after it settled", f"≤ {_WANTED_GROWTH_MIB} MiB", f"{found.growth_bytes() / 2**20:.2f} MiB"),
        ("slowest recovery", f"≤ {_WANTED_RECOVERY_S} s", recovery),
        ("threads: first, most, last", "no more at the end", f"{threads[0]}, {max(threads)}, {threads[-1]}"),
        ("memory: first, last", "", f"{first.resident_bytes / 2**20:.1f}, {last.resident_bytes / 2**20:.1f} MiB"),
        ("exit code after Ctrl-C", "0", str(found.exit_code)),
    ]
    facts = f"{last.at_s / 60:.1f} minutes, {last.frames:,} frames labelled, {len(found.recoveries_s)} drops"
    said = found.told[-1] if found.told else ""
    return f"{facts}\n{said}\n\n{text_table(('what', 'wanted', 'reached'), rows)}"


def soak_json(found: Soak, model: Path) -> str:
    """Return every raw number."""
    content = {
        "schema_version": 1,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": asdict(examine_device()),
        "file": model.name,
        "sha256": sha256_of(model.read_bytes()),
        "growth_bytes": found.growth_bytes(),
        **asdict(found),
    }
    return json.dumps(rounded(content), indent=1, ensure_ascii=False) + "\n"
