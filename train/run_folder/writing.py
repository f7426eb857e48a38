"""What a run leaves behind: everything needed to use, judge and repeat it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import platform
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import tensorflow as tf
import tf_keras as keras

from edge_app.model import board
from edge_app.model.card import ResizeRule
from edge_app.model.run_folder import RUN_SCHEMA_VERSION
from train.data.splits import SplitFile, format_splits
from train.fitting.loop import Epoch
from train.run_folder.serving import decode_jpegs

BEST_CHECKPOINT = "best"
"""Name of the checkpoint of the epoch with the lowest validation loss."""

_PACKAGES = ("tensorflow", "tf-keras", "numpy", "opencv-python", "opencv-python-headless")


def save_model(model: Any, folder: Path, resize: ResizeRule = "squash") -> None:
    """Write the three ways to save: `model.h5`, `saved_model/`, and the TensorFlow checkpoint `checkpoints/best`.

    The SavedModel has three signatures, each to `probabilities`, (batch, classes) float32: `core` takes `images`,
    (batch, size, size, 3) float32 within [-1, 1]; `serving_default` the same within 0..255; `serve_jpeg` takes
    `image_bytes`, (batch,) strings: whole JPEG files of any size, as TF Serving hands them over, resized by
    the rule `resize`.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "You are saving your model as an HDF5", UserWarning)  # wanted: design.md, 3
        model.save(str(folder / "model.h5"), include_optimizer=False)
    model.save_weights(str(folder / "checkpoints" / BEST_CHECKPOINT))
    images = tf.TensorSpec(model.input_shape, tf.float32, "images")

    @tf.function(input_signature=[images])  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def core(images: Any) -> Any:
        return {"probabilities": model(images, training=False)}

    @tf.function(input_signature=[images])  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def serving_default(images: Any) -> Any:
        return {"probabilities": model(images / 127.5 - 1.0, training=False)}

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, "image_bytes")])  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def serve_jpeg(image_bytes: Any) -> Any:
        return serving_default(decode_jpegs(image_bytes, model.input_shape[1], resize))

    signatures = {"core": core, "serving_default": serving_default, "serve_jpeg": serve_jpeg}
    model.save(
        str(folder / "saved_model"),
        save_format="tf",
        include_optimizer=False,
        signatures=signatures,
        save_traces=_needs_traces(model),
    )


def _needs_traces(model: Any) -> bool:
    """Return whether Keras can load the network only with a graph of every layer: it has one that is not Keras' own.

    Keras builds its own layers from their settings; without their graphs MobileNetV2 is saved and loaded in a third of
    the time. The signatures have graphs of their own.
    """
    layers = [module for module in model.submodules if isinstance(module, keras.layers.Layer)]
    return not all(type(layer).__module__.startswith("tf_keras.") for layer in layers)


def weights_sha256(model: Any) -> str:
    """Return the hash of all weights in their order, float32 little-endian bytes."""
    digest = hashlib.sha256()
    for array in model.get_weights():
        digest.update(array.astype("<f4").tobytes())
    return digest.hexdigest()


def write_run(folder: Path, settings: Mapping[str, Any], metrics: Mapping[str, Any]) -> None:
    """Write `run.json` and `metrics.json` as they are given, with what is true of every run."""
    told = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "versions": versions(), "device": device()}
    run = {"schema_version": RUN_SCHEMA_VERSION, **settings, **told}
    _write_json(folder / "run.json", run)
    _write_json(folder / "metrics.json", metrics)


def write_tables(folder: Path, labels: Sequence[str], files: list[SplitFile], history: Sequence[Epoch]) -> None:
    """Write `labels.txt`, `splits.csv` and `history.csv`."""
    (folder / "labels.txt").write_text("\n".join(labels) + "\n", encoding="utf-8")
    # A name that is not UTF-8 (from a Windows zip) is written as the bytes it has on the disk.
    (folder / "splits.csv").write_text(format_splits(files), encoding="utf-8", errors="surrogateescape")
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Epoch)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in history)
    (folder / "history.csv").write_text(text.getvalue(), encoding="utf-8")


def versions() -> dict[str, str]:
    """Return Python and the packages that made the model."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def device() -> dict[str, Any]:
    """Return what the model was trained on."""
    accelerators = [item.name for item in tf.config.list_physical_devices("GPU")]
    return {**board.identity(), "system": platform.platform(), "accelerators": accelerators}


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")  # names that are not UTF-8: escapes of JSON
