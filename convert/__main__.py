"""`fieldlens convert`, or `python -m convert`: a trained run to files that run on devices."""

from __future__ import annotations

from collections.abc import Sequence

from edge_app.common.program import Program

PROGRAM = Program(
    prog="python -m convert",
    summary="a trained model to files that run on devices, proven to agree with it",
    room="convert.verbs",
    verbs=("run", "doctor", "web", "backbone", "calibration", "starter"),
    implies="run",
    meant={"convert": "run", "quantize": "run", "browser": "web", "tfjs": "web", "features": "backbone"},
    moved={"deploy": "fieldlens app deploy"},
    needs=("tensorflow", "tf_keras"),
    extra="train",
    scratch=True,
)


def main(argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Run the program; return its exit code."""
    return PROGRAM.main(argv, prog)


if __name__ == "__main__":
    raise SystemExit(main())
