"""What the tests with MediaPipe share: its environment, and one network in every kind of tensor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.experiments.peers.mediapipe_agreement import WORKER
from benchmarks.experiments.peers.worker_process import WorkerProcess, peers_python
from edge_app.model.card import ModelCard, Size, write_card
from tests.conftest import Chain

KINDS = {
    "int8 from uint8 to float": ("uint8", "float32"),
    "int8 from uint8 to int8": ("uint8", "int8"),
    "int16x8 in int16": ("int16", "int16"),
}
"""Types of input and output that no recipe of ours makes."""


@dataclass(frozen=True)
class Bundle:
    """Every recipe of the chain's run: the file, and the types of its input and output."""

    files: dict[str, Path]
    dtypes: dict[str, tuple[str, str]]


@pytest.fixture(scope="session")
def mediapipe() -> Iterator[WorkerProcess]:
    """A live worker; without the environment the tests fail and say `make peers`."""
    with WorkerProcess(WORKER, peers_python()) as worker:
        yield worker


@pytest.fixture(scope="session")
def bundle(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Files of all recipes, through the command line."""
    from convert.__main__ import main

    out = tmp_path_factory.mktemp("all") / "tiny"
    assert main([str(chain.run), "--recipes", "all", "--parity-photographs", "40", "--out", str(out)]) == 0
    files = json.loads((out / "conversion.json").read_text())["files"]
    names = [file["recipe"]["name"] for file in files]
    dtypes = [(file["recipe"]["input_dtype"], file["recipe"]["output_dtype"]) for file in files]
    paths = [out / file["file"] for file in files]
    return Bundle(dict(zip(names, paths, strict=True)), dict(zip(names, dtypes, strict=True)))


@pytest.fixture(scope="session")
def kinds(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """`TINY` of the chain with other types of tensors, each with our card."""
    from convert.quantize.tflite import load_saved_model
    from edge_app.model.classifier import Classifier

    card = Classifier(chain.models / "tiny-int8.tflite").card
    folder = tmp_path_factory.mktemp("kinds")
    loaded = load_saved_model(chain.run / "saved_model")
    made = {}
    for kind, (input_dtype, _) in KINDS.items():
        made[kind] = folder / f"{kind}.tflite"
        content = _convert(loaded, kind, card.input_size, chain.drawings)
        made[kind].write_bytes(write_card(content, _card(card, input_dtype)))
    return made


def _card(card: ModelCard, input_dtype: str) -> ModelCard:
    known = input_dtype if input_dtype in ("uint8", "int8") else "float32"  # the card has no word for int16
    return replace(card, input_dtype=known)  # type: ignore[arg-type]


def _convert(loaded: Any, kind: str, size: Size, drawings: Path) -> bytes:
    import tensorflow as tf

    from edge_app.common.native_stderr import quiet_native_stderr

    signature = loaded.signatures["core"]

    @tf.function(input_signature=[tf.TensorSpec((1, size.height, size.width, 3), tf.float32, "images")])  # type: ignore[untyped-decorator]
    def one_frame(images: object) -> object:
        return {"probabilities": signature(images=images)["probabilities"]}

    with quiet_native_stderr():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([one_frame.get_concrete_function()], loaded)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        wide = kind.startswith("int16")
        sets = tf.lite.OpsSet
        converter.target_spec.supported_ops = [
            sets.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8 if wide else sets.TFLITE_BUILTINS_INT8
        ]
        converter.representative_dataset = lambda: _samples(drawings, size)
        converter.inference_input_type, converter.inference_output_type = (tf.as_dtype(name) for name in KINDS[kind])
        return bytes(converter.convert())


def _samples(drawings: Path, size: Size) -> Iterator[list[Any]]:
    from convert.quantize.tflite import with_range_ends
    from edge_app.model.preparation import resize_rgb
    from edge_app.photographs.decoder import read_photograph

    paths = sorted((drawings / "cat").glob("cat.000[0-4]*.jpg")) + sorted((drawings / "dog").glob("dog.000[0-4]*.jpg"))
    pictures = np.stack([resize_rgb(read_photograph(path), size) for path in paths])
    for picture in with_range_ends(pictures):
        yield [picture[np.newaxis].astype(np.float32) / 127.5 - 1.0]
