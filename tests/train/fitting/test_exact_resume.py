"""The promise of --resume: killed at any moment and resumed, a run ends with the weights of one that was not."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from train.__main__ import main

ROOT = Path(__file__).parent.parent.parent.parent

# Everything random is switched on: changed pictures, mixup, dropout in blocks and before the head.
RANDOM = ("--mixup", "0.2", "--noise", "4", "--erase", "0.3", "--crop", "0.6", "--hue", "0.02", "--dropout", "0.3")
STREAMED = ("--stream", "always")  # by the killed attempts only: from files or from memory, the result is the same
SCRATCH = ("--recipe", "tiny", "--epochs", "4", "--block-dropout", "0.1", "--rotate", "10", *RANDOM)
TRANSFER = (
    *("--recipe", "mobilenet_v2", "--width", "0.35", "--image-size", "32", "--fine-tune-from", "block_14_expand"),
    *(
        "--head-epochs",
        "5",
        "--epochs",
        "2",
        "--soup",
        "2",
        "--block-rate",
        "0.7",
        "--optimizer",
        "adamw",
        "--weight-decay",
        "0.01",
    ),
    *RANDOM,
)


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """280 drawn pets."""
    from edge_app.demo.drawn_pets import write_drawings

    folder = tmp_path_factory.mktemp("photos") / "pets"
    write_drawings(folder, 280, size=48)
    return folder


def command(photographs: Path, out: Path, words: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "train", str(photographs), "--out", str(out), *words]


def weights_of(run: Path) -> str:
    return str(json.loads((run / "run.json").read_text())["weights_sha256"])


def train_whole(photographs: Path, out: Path, words: tuple[str, ...]) -> str:
    """In this process, and no more than the weights: what is killed and goes on has its own, and writes everything."""
    with pytest.MonkeyPatch.context() as patch:
        for writer in ("save_model", "write_report"):
            patch.setattr(f"train.job.{writer}", lambda *_: None)
        assert main([str(photographs), "--out", str(out), *words]) == 0
    return weights_of(out)


def resume(photographs: Path, out: Path, words: tuple[str, ...]) -> None:
    """In this process, which has trained before; the attempts in between were resumed in fresh ones."""
    assert main([str(photographs), "--out", str(out), *words, "--resume"]) == 0


def kill_when(photographs: Path, out: Path, words: tuple[str, ...], marker: str, delay_s: float) -> None:
    """Kill the run a moment after it has written a line; leave it alone if it is done before."""
    with subprocess.Popen(
        command(photographs, out, words), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if marker in line:
                break
        time.sleep(delay_s)
        process.send_signal(signal.SIGKILL)


@pytest.mark.parametrize(
    ("words", "markers"),
    [
        (SCRATCH, ("training 1:", "training 3:")),
        (TRANSFER, ("features of training", "head 2:", "fine-tuning 2 1:")),
    ],
)
def test_killed_at_any_moment_and_resumed_it_ends_with_the_same_weights(
    words: tuple[str, ...], markers: tuple[str, ...], pets: Path, tmp_path: Path, narrow_weights: Path
) -> None:
    """Also while a checkpoint or the features are being written: the delay is random."""
    if "mobilenet_v2" in words:
        words = (*words, "--weights", str(narrow_weights))
    expected = train_whole(pets, tmp_path / "whole", words)
    attempt = tmp_path / "killed"
    for number, marker in enumerate(markers):
        resumed = ("--resume",) if number and (tmp_path / "killed.unfinished").exists() else ()
        kill_when(pets, attempt, (*words, *STREAMED, *resumed), marker, random.uniform(0.0, 0.6))
        if attempt.exists():
            break
    if not attempt.exists():
        resume(pets, attempt, words)
    assert weights_of(attempt) == expected
    assert not (tmp_path / "killed.unfinished").exists()


def test_other_settings_are_no_resume(pets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kill_when(pets, tmp_path / "run", SCRATCH, "training 1:", 0.0)
    assert main([str(pets), "--out", str(tmp_path / "run"), *SCRATCH, "--seed", "1", "--resume"]) == 1
    told = capsys.readouterr().err
    assert "was started with other settings: seed was 0, is 1; resume with the same, or use --overwrite" in told
