"""Promises of workers: they answer, and a missing or dead one is a sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.peers import debian_packages
from benchmarks.experiments.peers.worker_process import WorkerProcess, peers_python
from edge_app.common.errors import MissingDependencyError, PeerError
from tests.models import INT8
from tests.pictures import write_photographs


def test_our_worker_labels_frames_and_times_each(tmp_path: Path) -> None:
    red_bgr = np.full((720, 960, 3), (20, 30, 220), np.uint8)
    assert cv2.imwrite(str(tmp_path / "red.png"), red_bgr)
    np.save(tmp_path / "frames.npy", red_bgr[np.newaxis])
    with WorkerProcess("benchmarks.experiments.peers.workers.our_worker") as worker:
        assert worker.ask("load", model=str(INT8), threads=1) == {"accepted": True}
        first = worker.ask("first", picture=str(tmp_path / "red.png"))
        assert first["label"] == "red"
        assert first["peak_memory_bytes"] > 20 << 20
        told = worker.ask("block", frames=str(tmp_path / "frames.npy"), runs=3, warm_up=2)
        assert told["label"] == "red"
        assert len(told["times_s"]) == len(worker.ask("bare", runs=3, warm_up=2)["times_s"]) == 3
        answers = worker.ask("answers", frames=str(tmp_path / "frames.npy"))
        assert answers["labels"] == ["red"]
        assert 0.9 < sum(answers["scores"][0]) < 1.1
        with pytest.raises(PeerError, match="failed at block: FileNotFoundError"):
            worker.ask("block", frames=str(tmp_path / "none.npy"), runs=1, warm_up=1)
        assert "runtime" in worker.ask("versions")  # a failed request is no end


def test_a_worker_that_cannot_start_is_said() -> None:
    """In this environment there is no mediapipe, or not the worker that is asked for."""
    with (
        WorkerProcess("benchmarks.experiments.peers.nobody") as worker,
        pytest.raises(PeerError, match="No module named"),
    ):
        worker.ask("versions")


def test_a_missing_environment_is_said_with_the_way_to_make_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(MissingDependencyError, match="make it with: make peers"):
        peers_python(tmp_path / "bin" / "python")
    words = ["experiment", "mediapipe", str(INT8), "--photos", str(write_photographs(tmp_path / "photos", 2))]
    out = tmp_path / "out.json"
    assert main([*words, "--out", str(out), "--peers-python", str(tmp_path / "python")]) == 1
    assert "make peers" in capsys.readouterr().err
    words = ["experiment", "peers", str(INT8), "--peers", "openvino", "--out", str(out)]
    assert main([*words, "--peers-python", str(tmp_path / "python")]) == 1
    assert "make peers" in capsys.readouterr().err
    assert not out.exists()


def test_an_interpreter_is_not_followed_out_of_its_environment() -> None:
    assert peers_python(Path(sys.executable)) == Path(sys.executable)


def test_a_library_that_the_loader_does_not_find_is_named_by_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian_packages, "PACKAGES", {"libc.so.6": "libc6", "libnowhere.so.9": "libnowhere9"})
    assert debian_packages.missing_packages() == ["libnowhere9"]
