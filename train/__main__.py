"""`fieldlens train`, or `python -m train`: everything from a folder of photographs to a trained, evaluated model."""

from __future__ import annotations

from collections.abc import Sequence

from edge_app.common.program import Program

PROGRAM = Program(
    prog="python -m train",
    summary="a folder of photographs to a trained, evaluated model",
    room="train.verbs",
    verbs=("fit", "augment", "compress", "fetch", "group", "screen", "submit"),
    implies="fit",
    meant={"train": "fit", "download": "fetch", "prune": "compress", "quantize": "compress"},
    needs=("tensorflow", "tf_keras"),
    extra="train",
    scratch=True,
)


def main(argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Run the program; return its exit code."""
    return PROGRAM.main(argv, prog)


if __name__ == "__main__":
    raise SystemExit(main())
