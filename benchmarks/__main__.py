"""`fieldlens bench`, or `python -m benchmarks`: how good and how fast files are on this device."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.verbs.experiment import EXPERIMENTS
from edge_app.common.program import Program

PROGRAM = Program(
    prog="python -m benchmarks",
    summary="how good and how fast files are on this device",
    room="benchmarks.verbs",
    verbs=("run", "other-source", "compare", "sustained", "operators", "macs", "pick", "report", "experiment"),
    implies="run",
    meant={"bench": "run", "benchmark": "run", "measure": "run"},
    moved={name: f"fieldlens bench experiment {name}" for name in EXPERIMENTS}
    | {"peers-latency": "fieldlens bench experiment peers", "readme": "fieldlens bench experiment publish"},
    scratch=True,
)


def main(argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Run the program; return its exit code."""
    return PROGRAM.main(argv, prog)


if __name__ == "__main__":
    raise SystemExit(main())
