"""On what, and how, the arithmetic of training runs: devices, workers, precision, XLA."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import tensorflow as tf
import tf_keras as keras

from edge_app.common.errors import UsageError
from train.fitting.rendezvous import meet

PATIENCE_VARIABLE = "FIELDLENS_WORKER_TIMEOUT"
"""Environment variable: seconds that workers wait for each other at the start."""

_PATIENCE_S = 300.0


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
            f"a batch of {batch_size} cannot be shared out among {strategy.num_replicas_in_sync} replicas; "
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
    except (ValueError, KeyError, TypeError) as error:
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
