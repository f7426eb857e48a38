"""Promises of `experiment gpu`, on the CPU: every training counts, a stopped one is compared, no GPU is a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.training import gpu
from benchmarks.experiments.training.gpu_memory import PeakMemory
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, read_result, write_result
from benchmarks.results.gpu import GpuResult, Training, rows
from edge_app.demo.drawn_pets import write_drawings

WORDS = ("--recipe", "tiny")
WHOLE = Training("tiny", "gpu", WORDS, 30.0, (9.0, 2.0, 1.0), 200, 45, 50, "abc", 5 << 30, 1 << 30)


def result(resumed: Training | None, *trainings: Training, rates: dict[str, float] | None = None) -> GpuResult:
    return GpuResult(now(), examine_device(), ("H100 (9, 0)",), "2.21.0", 300, trainings, rates or {}, resumed, ())


def test_it_measures_and_a_stopped_training_has_the_same_weights(tmp_path: Path) -> None:
    photographs, out = tmp_path / "pets", tmp_path / "gpu.json"
    write_drawings(photographs, 200, size=64)
    words = ["--recipes", "tiny", "--device", "cpu", "--only-float32", "--epochs", "4", "--out", str(out)]
    assert main(["experiment", "gpu", "--photos", str(photographs), *words]) == 0
    found = read_result(out, GpuResult)
    assert [one.variant for one in found.trainings] == ["cpu", "cpu, 2 replicas"]
    assert [one.fault for one in found.trainings] == ["", ""]
    assert all(len(one.epoch_s) == 4 and one.rate > 0 and one.peak_bytes > 100 << 20 for one in found.trainings)
    assert found.resumed is not None
    assert found.resumed.fault == ""
    whole = found.uninterrupted()
    assert whole is not None
    assert whole.weights_sha256 == found.resumed.weights_sha256
    assert "stopped and resumed (cpu): the same weights" in found.sentences()
    assert found.input_rates["tiny"] > 0
    assert found.accelerators == found.skipped == ()


def test_without_a_gpu_there_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    write_drawings(tmp_path / "pets", 10, size=32)
    monkeypatch.setattr(gpu, "_accelerators", lambda _: {"gpus": [], "tensorflow": "2.21.0", "why": " (it names x)"})
    out = tmp_path / "gpu.json"
    assert main(["experiment", "gpu", "--photos", str(tmp_path / "pets"), "--out", str(out)]) == 1
    told = capfd.readouterr().err
    assert "TensorFlow 2.21.0 sees no GPU (it names x); install the `train-gpu` extra" in told
    assert "or try the command with --device cpu" in told
    assert not out.exists()


def test_what_was_measured_is_told_in_numbers_and_sentences(tmp_path: Path) -> None:
    other = Training("tiny", "gpu, stopped and resumed", WORDS, 40.0, (2.0,), 200, 45, 50, "xyz")
    found = result(other, WHOLE, rates={"tiny": 800.0})
    assert rows(found)[0] == ("tiny", "gpu", "200", "90.0", "30", "5,369", "1,074")
    assert found.sentences() == [
        "tiny: the input pipeline alone makes 800 photographs/s; the fastest training uses 25% of that",
        "stopped and resumed (gpu): OTHER WEIGHTS",
    ]
    write_result(tmp_path / "gpu.json", found)
    assert read_result(tmp_path / "gpu.json", GpuResult) == found


def test_a_failed_training_is_a_row_and_no_comparison() -> None:
    failed = Training("tiny", "gpu", WORDS, 3.0, fault="failed (1): out of memory")
    found = result(WHOLE, failed)
    assert rows(found)[0][2] == "failed (1): out of memory"
    assert found.sentences() == []


def test_the_memory_of_a_process_is_its_peak() -> None:
    import os

    with PeakMemory(gpus=False) as memory:
        memory.look(os.getpid())
        memory.look(2**22 + 1)  # no process has this number
    assert memory.bytes > 10 << 20
    assert memory.gpu_bytes is None
