"""Promises of training on several machines: the same result, and a sentence when one is missing or dies."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import tf_keras as keras

from edge_app.common.errors import UsageError
from train.__main__ import main
from train.fitting.compute import meet, read_workers

ROOT = Path(__file__).parent.parent.parent.parent
STEADY = ("--recipe", "tiny", "--no-batch-norm", "--dropout", "0", "--optimizer", "sgd", "--learning-rate", "0.02")


def free_ports(count: int) -> list[str]:
    """Below those that Linux gives to whoever calls out: a test beside this one must not get one before the worker."""
    addresses: set[str] = set()
    while len(addresses) < count:
        port = random.SystemRandom().randint(20_000, 32_000)  # Keras seeds the other one
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            addresses.add(f"127.0.0.1:{port}")
    return sorted(addresses)


def start(
    photographs: Path, out: Path, words: tuple[str, ...], addresses: list[str], index: int
) -> subprocess.Popen[str]:
    cluster = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
    environment = {**os.environ, "TF_CONFIG": json.dumps(cluster), "FIELDLENS_WORKER_TIMEOUT": "90"}
    command = [sys.executable, "-m", "train", str(photographs), "--out", str(out), *words]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from edge_app.demo.drawn_pets import write_drawings

    folder = tmp_path_factory.mktemp("photos") / "pets"
    write_drawings(folder, 300, size=48)
    return folder


def worth_moving(run: Path) -> float:
    """How far training moved the first kernel from where it began."""
    from dataclasses import replace

    from train.models import build_model
    from train.models.architectures.custom_cnn import TINY

    keras.utils.set_random_seed(0)
    begun = build_model(replace(TINY, batch_norm=False, dropout=0.0), 2).get_weights()[0]
    return float(np.abs(keras.models.load_model(run / "model.h5", compile=False).get_weights()[0] - begun).max())


def test_two_workers_train_what_one_process_trains(pets: Path, tmp_path: Path) -> None:
    words = (*STEADY, "--learning-rate", "0.004", "--epochs", "1", "--mixup", "0.2", "--noise", "3", "--rotate", "10")
    assert main([str(pets), "--out", str(tmp_path / "one"), *words]) == 0
    addresses = free_ports(2)
    workers = [start(pets, tmp_path / f"worker-{index}", words, addresses, index) for index in range(2)]
    told = [worker.communicate(timeout=180)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], told
    assert not (tmp_path / "worker-1").exists()
    assert worth_moving(tmp_path / "one") > 1e-3  # a hundred times the tolerance
    one, two = (keras.models.load_model(tmp_path / name / "model.h5", compile=False) for name in ("one", "worker-0"))
    for expected, found in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_dying_worker_ends_the_run_with_a_sentence_and_a_state_to_resume(pets: Path, tmp_path: Path) -> None:
    words = (*STEADY, "--epochs", "200", "--patience", "200")
    addresses = free_ports(2)
    chief, other = (start(pets, tmp_path / "run", words, addresses, index) for index in range(2))
    assert chief.stderr is not None
    told = ""
    while "training 2:" not in told:
        line = chief.stderr.readline()
        assert line, told
        told += line
    other.kill()
    other.communicate()
    _, rest = chief.communicate(timeout=120)
    assert chief.returncode == 1
    assert "error: a worker of TF_CONFIG has stopped" in rest
    assert "--resume" in rest
    assert "Traceback" not in rest
    assert (tmp_path / "run.unfinished" / "state.npz").exists()


def test_workers_that_are_all_there_meet() -> None:
    addresses = free_ports(3)
    faults: list[UsageError] = []

    def worker(index: int) -> None:
        time.sleep(0.2 * index)
        try:
            meet(addresses, index, 20.0)
        except UsageError as error:
            faults.append(error)

    threads = [threading.Thread(target=worker, args=(index,)) for index in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults


def test_a_worker_that_is_not_there_is_named() -> None:
    addresses = free_ports(2)
    with pytest.raises(UsageError, match=rf"worker 0 of TF_CONFIG could not reach {addresses[1]} within 1 s"):
        meet(addresses, 0, 1.0)


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UsageError, match="cannot listen"):
            meet([address, "127.0.0.1:9"], 0, 1.0)


@pytest.mark.parametrize(
    "text", ["no json", "{}", '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 3}}']
)
def test_a_wrong_tf_config_is_one_sentence_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"TF_CONFIG cannot be used .* write it like"):
        read_workers({"TF_CONFIG": text})


def test_no_tf_config_is_no_workers() -> None:
    assert read_workers({}) is None
