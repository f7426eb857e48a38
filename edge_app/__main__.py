"""`fieldlens app`, or `python -m edge_app`: live labels from a `.tflite` file."""

from __future__ import annotations

from collections.abc import Sequence

from edge_app.common.program import Program

PROGRAM = Program(
    prog="python -m edge_app",
    summary="live labels from a camera, a video or pictures",
    room="edge_app.verbs",
    verbs=("run", "teach", "explain", "review", "phone", "cameras", "doctor", "deploy"),
    implies="run",
    alone=True,
    meant={
        "webcam": "--source 0",
        "camera": "--source 0",
        "picamera": "--source picamera",
        "app": "run",
        "classify": "run",
        "check": "doctor",
        "learn": "teach",
        "record": "teach",
        "why": "explain",
        "heatmap": "explain",
        "qr": "phone",
    },
    interrupted=0,
)


def main(argv: Sequence[str] | None = None, prog: str | None = None) -> int:
    """Run the program; return its exit code."""
    return PROGRAM.main(argv, prog)


if __name__ == "__main__":
    raise SystemExit(main())
