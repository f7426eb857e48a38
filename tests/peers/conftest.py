"""What the tests with MediaPipe share: its environment, and one network in every kind of tensor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.peers.mediapipe_agreement import WORKER
from benchmarks.peers.worker_process import WorkerProcess, peers_python
from edge_app.model_card import ModelCard, Size, write_card
from tests.conftest import Chain

KINDS = {
    "float16": ("float32", "float32"),
    "dynamic": ("float32", "float32"),
    "int8 in uint8": ("uint8", "uint8"),
    "int8 in float": ("float32", "float32"),
    "int8 from uint8 to float": ("uint8", "float32"),
    "int8 from uint8 to int8": ("uint8", "int8"),
    "int8 in int8": ("int8", "int8"),
    "int16x8 in float": ("float32", "float32"),
    "int16x8 in int16": ("int16", "int16"),
}
"""Types of input and output by kind of file."""


@pytest.fixture(scope="session")
def mediapipe() -> Iterator[WorkerProcess]:
    """A live worker; without the environment the tests fail and say `make peers`."""
    with WorkerProcess(WORKER, peers_python()) as worker:
        yield worker


@pytest.fixture(scope="session")
def kinds(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """`TINY` of the chain by kind, each with our card."""
    from convert.tflite import load_saved_model
    from edge_app.classifier import Classifier

    card = Classifier(chain.models / "tiny-int8.tflite").card
    folder = tmp_path_factory.mktemp("kinds")
    loaded = load_saved_model(chain.run / "saved_model")
    made = {}
    for kind, (input_dtype, _) in KINDS.items():
        made[kind] = folder / f"{kind}.tflite"
        content = _convert(loaded, kind, card.input_size, chain.drawings)
        made[kind].write_bytes(write_card(content, _card(card, kind, input_dtype)))
    return made


def _card(card: ModelCard, kind: str, input_dtype: str) -> ModelCard:
    if kind in ("float16", "dynamic"):
        return replace(card, input_dtype="float32", mean=(0.0,) * 3, std=(1.0,) * 3)
    if kind == "int8 in float":  # the zero point of its input, so that no byte falls between two integers
        return replace(card, input_dtype="float32", mean=(127.0,) * 3)
    known = input_dtype if input_dtype in ("uint8", "int8") else "float32"  # the card has no word for int16
    return replace(card, input_dtype=known)  # type: ignore[arg-type]


def _convert(loaded: Any, kind: str, size: Size, drawings: Path) -> bytes:
    import tensorflow as tf

    from edge_app.native_output import quiet_native_stderr

    signature = loaded.signatures["core" if kind.startswith("int") else "serving_default"]

    @tf.function(input_signature=[tf.TensorSpec((1, size.height, size.width, 3), tf.float32, "images")])  # type: ignore[untyped-decorator]
    def one_frame(images: object) -> object:
        return {"probabilities": signature(images=images)["probabilities"]}

    with quiet_native_stderr():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([one_frame.get_concrete_function()], loaded)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if kind == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if kind.startswith("int"):
            wide = kind.startswith("int16")
            sets = tf.lite.OpsSet
            converter.target_spec.supported_ops = [
                sets.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8 if wide else sets.TFLITE_BUILTINS_INT8
            ]
            converter.representative_dataset = lambda: _samples(drawings, size)
            converter.inference_input_type, converter.inference_output_type = (
                tf.as_dtype(name) for name in KINDS[kind]
            )
        return bytes(converter.convert())


def _samples(drawings: Path, size: Size) -> Iterator[list[Any]]:
    from convert.tflite import with_range_ends
    from edge_app.photograph import read_photograph
    from edge_app.preprocess import resize_rgb

    paths = sorted((drawings / "cat").glob("cat.000[0-4]*.jpg")) + sorted((drawings / "dog").glob("dog.000[0-4]*.jpg"))
    pictures = np.stack([resize_rgb(read_photograph(path), size) for path in paths])
    for picture in with_range_ends(pictures):
        yield [picture[np.newaxis].astype(np.float32) / 127.5 - 1.0]
