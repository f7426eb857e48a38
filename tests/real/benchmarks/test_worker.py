"""The promise of the peers' protocol that the label is right, on a real photograph."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.experiments.peers.worker_process import WorkerProcess
from edge_app.photographs.decoder import read_photograph

MODEL = "models/tf2_mobilenet_v2_1.0_224_ptq.tflite"


def test_our_worker_sees_a_cat(data_folder: Path, tmp_path: Path) -> None:
    picture = data_folder / "models" / "cat_720p.jpg"
    np.save(tmp_path / "frames.npy", read_photograph(picture)[np.newaxis])
    with WorkerProcess("benchmarks.experiments.peers.workers.our_worker") as worker:
        assert worker.ask("load", model=str(data_folder / MODEL), threads=1) == {"accepted": True}
        assert worker.ask("first", picture=str(picture))["label"] == "Egyptian cat"
        assert worker.ask("answers", frames=str(tmp_path / "frames.npy"))["labels"] == ["Egyptian cat"]
