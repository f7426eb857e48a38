"""On what, and how, the arithmetic of training runs: devices, workers, precision, XLA."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import tensorflow as tf
import tf_keras as keras

from edge_app.common.errors import UsageError

PATIENCE_VARIABLE = "FIELDLENS_WORKER_TIMEOUT"
"""Environment variable: seconds that workers wait for each other at the start."""

_PATIENCE_S = 300.0
_RETRY_S = 0.2
_CALL_TIMEOUT_S = 1.0


@dataclass(frozen=True)
class Compute:
    """How to compute.

    Attributes:
        mixed_precision: compute in 16 bits (float16 on a GPU, bfloat16 on a CPU), keep weights in float32.
        xla: compile every step as one program.
        replicas: of the network on this machine; 0: one per GPU. On a CPU they are logical devices, for trying.
    """

    mixed_precision: bool = False
    xla: bool = False
    replicas: int = 0


def make_strategy(compute: Compute, batch_size: int) -> tf.distribute.Strategy:
    """Return the strategy for this machine, and for all workers if `TF_CONFIG` names some.

    Args:
        compute: how many replicas.
        batch_size: of all replicas together.

    Raises:
        UsageError: the batch cannot be shared out evenly, or `TF_CONFIG` is wrong.
    """
    workers = read_workers(os.environ)
    if workers is not None:
        meet(workers.addresses, workers.index, _patience_s())
        strategy: Any = tf.distribute.MultiWorkerMirroredStrategy()
    else:
        devices = _devices(compute.replicas)
        strategy = tf.distribute.MirroredStrategy(devices) if len(devices) > 1 else tf.distribute.get_strategy()
    if batch_size % strategy.num_replicas_in_sync:
        raise UsageError(
            f"a batch of {batch_size} cannot be split evenly among {strategy.num_replicas_in_sync} replicas; "
            f"use a --batch-size that is a multiple of {strategy.num_replicas_in_sync}"
        )
    return strategy


@contextmanager
def precision(compute: Compute) -> Iterator[None]:
    """Build layers for the wanted precision inside the block."""
    if not compute.mixed_precision:
        yield
        return
    keras.mixed_precision.set_global_policy("mixed_float16" if _gpus() else "mixed_bfloat16")
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy("float32")


@dataclass(frozen=True)
class Workers:
    """What `TF_CONFIG` says: the addresses of all workers, and which one this process is."""

    addresses: tuple[str, ...]
    index: int

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the results."""
        return self.index == 0


def _patience_s() -> float:
    text = os.environ.get(PATIENCE_VARIABLE, "")
    return float(text) if text.replace(".", "", 1).isdigit() else _PATIENCE_S


def read_workers(environment: Mapping[str, str]) -> Workers | None:
    """Read `TF_CONFIG`; None where it is not set.

    Raises:
        UsageError: it is no JSON, or names no workers, or this process is none of them.
    """
    text = environment.get("TF_CONFIG", "").strip()
    if not text:
        return None
    example = '{"cluster": {"worker": ["host1:12345", "host2:12345"]}, "task": {"type": "worker", "index": 0}}'
    try:
        content = json.loads(text)
        addresses = tuple(str(address) for address in content["cluster"]["worker"])
        index = int(content["task"]["index"])
        if content["task"]["type"] != "worker" or not 0 <= index < len(addresses):
            raise ValueError(f"task {content['task']}")
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise UsageError(f"TF_CONFIG cannot be used ({error!r}); write it like {example}") from error
    return Workers(addresses, index)


def is_chief() -> bool:
    """Whether this process writes results: always, unless `TF_CONFIG` makes it a worker behind the first."""
    workers = read_workers(os.environ)
    return workers is None or workers.is_chief


def _devices(replicas: int) -> list[str]:
    gpus = _gpus()
    if gpus:
        return [f"GPU:{number}" for number in range(min(replicas, len(gpus)) if replicas else len(gpus))]
    if replicas < 2:
        return ["CPU:0"]
    _split_cpu(replicas)
    return [f"CPU:{number}" for number in range(replicas)]


def _gpus() -> list[Any]:
    return list(tf.config.list_physical_devices("GPU"))


def _split_cpu(replicas: int) -> None:
    """Make logical CPU devices; TensorFlow allows it only before its first operation."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    if len(tf.config.get_logical_device_configuration(cpu) or ()) >= replicas:
        return
    try:
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * replicas)
    except RuntimeError as error:
        raise UsageError(f"{replicas} replicas must be asked for before TensorFlow starts ({error})") from error


def meet(addresses: Sequence[str], index: int, timeout_s: float) -> None:
    """Listen at one's own address and call all others, until everybody has called everybody.

    Without it TensorFlow would wait for a missing worker where nothing can interrupt it.

    Args:
        addresses: `host:port` of every worker, in their order.
        index: which one this process is.
        timeout_s: how long to try, seconds.

    Raises:
        UsageError: an address is none or is taken, or somebody was not met in time.
    """
    places = [_split(address) for address in addresses]
    others = set(range(len(addresses))) - {index}
    called, heard = set[int](), set[int]()
    with _listening(addresses[index], places[index]) as listener:
        ended = threading.Event()
        ear = threading.Thread(target=_hear, args=(listener, heard, ended), daemon=True)
        ear.start()
        end_s = time.monotonic() + timeout_s
        while (others - called or others - heard) and time.monotonic() < end_s:
            called |= {other for other in others - called if _call(places[other], index)}
            time.sleep(_RETRY_S)
        ended.set()
        ear.join()  # a thread inside accept() would keep the port from TensorFlow
    missing = sorted((others - called) | (others - heard))
    if missing:
        names = ", ".join(addresses[other] for other in missing)
        raise UsageError(
            f"worker {index} of TF_CONFIG could not reach {names} within {timeout_s:.0f} s; "
            "start all workers at about the same time and open their ports to each other"
        )


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise UsageError(f"TF_CONFIG names the worker `{address}`; write host:port")
    return host.strip("[]"), int(port)


def _listening(address: str, place: tuple[str, int]) -> socket.socket:
    try:
        return socket.create_server(("", place[1]))
    except OSError as error:
        raise UsageError(
            f"the worker `{address}` of TF_CONFIG cannot listen ({(error.strerror or str(error)).lower()}); "
            "choose another port"
        ) from error


def _call(place: tuple[str, int], index: int) -> bool:
    """Say one's number; true if somebody answered."""
    try:
        with socket.create_connection(place, timeout=_CALL_TIMEOUT_S) as connection:
            connection.sendall(f"{index}\n".encode())
            return connection.recv(3) == b"ok\n"
    except OSError:
        return False


def _hear(listener: socket.socket, heard: set[int], ended: threading.Event) -> None:
    """Answer every caller until the end."""
    listener.settimeout(_RETRY_S)
    while not ended.is_set():
        try:
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(_CALL_TIMEOUT_S)
                number = connection.recv(16).strip()
                connection.sendall(b"ok\n")
        except OSError:  # nobody called, or hung up
            continue
        if number.isdigit():
            heard.add(int(number))
