"""Rows of the same files through MediaPipe Tasks."""

from __future__ import annotations

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.goals import MEDIAPIPE_LABELS, MEDIAPIPE_SCORES
from benchmarks.publish.readme.row import Row, judged

FILE = "mediapipe.json"


def mediapipe_rows(results: Committed) -> tuple[Row, ...]:
    """Judge the worst of the files that MediaPipe takes."""
    content, source = results.read(FILE), results.source(FILE)
    taken = [file for file in content["files"] if file["refused"] is None]
    refused = [file["file"] for file in content["files"] if file["refused"] is not None]
    worst = min(taken, key=lambda file: float(file["same_label"]))
    beyond = max(max(0.0, file["largest_difference"] - file["allowed_difference"]) for file in taken)
    labels = f"worst of {len(taken)} files, `{worst['file']}`, {worst['photographs']:,} photographs"
    scores = f"{len(taken)} of {len(content['files'])} files taken" + (f", not {', '.join(refused)}" if refused else "")
    return (
        judged(MEDIAPIPE_LABELS, worst["same_label"], source, remark=labels),
        judged(MEDIAPIPE_SCORES, beyond, source, remark=scores),
    )
