"""Promises of the TF.js export: the same probabilities as the SavedModel, in fewer operators, in files TF.js reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from convert.quantize.tflite import load_saved_model, reference
from convert.web.tfjs.export import convert_to_tfjs, export_tfjs
from convert.web.tfjs.writer import SHARD_BYTES
from edge_app.common.errors import ConversionError, OutputError
from tests.conftest import Chain
from tests.convert.web.tfjs.made_networks import RECIPES, saved_function
from tests.convert.web.tfjs.read_back import as_function, operators, topology, weights

Photographs = Callable[[int], np.ndarray]
Saved = Callable[[str], Any]

KINDS = ("mobilenet_v2", "cnn", "cnn_plain", "cnn_one_logit", "cnn_standardize", "cnn_zca_patches")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_network_says_the_same_as_its_saved_model(
    kind: str, saved: Saved, photographs: Photographs
) -> None:
    images_rgb = photographs(RECIPES[kind].input_size)
    expected = reference(saved(kind))(images_rgb)
    assert expected.std(axis=0).min() > 0.1  # the photographs are not all alike to it
    said = as_function(convert_to_tfjs(saved(kind)).files)(images_rgb)
    # A backbone of random weights tells pictures apart by little; the head enlarges that, and the rounding with it.
    assert np.abs(said - expected).max() <= (1e-4 if kind == "mobilenet_v2" else 1e-5)


def test_the_core_signature_takes_normalized_pixels(saved: Saved, photographs: Photographs) -> None:
    images_rgb = photographs(RECIPES["cnn"].input_size)
    model = convert_to_tfjs(saved("cnn"), signature="core")
    said = as_function(model.files)(images_rgb / np.float32(127.5) - 1.0)
    assert np.abs(said - reference(saved("cnn"))(images_rgb)).max() <= 1e-5
    assert "Sub" not in model.operators


def test_mobilenet_v2_is_nothing_but_fused_operators(saved: Saved) -> None:
    model = convert_to_tfjs(saved("mobilenet_v2"), signature="core")
    counts = dict(operators(model.files))
    assert counts.pop("Const") > 100
    assert counts == {
        "Placeholder": 1, "_FusedConv2D": 35, "FusedDepthwiseConv2dNative": 17, "AddV2": 10, "Mean": 1,
        "_FusedMatMul": 1, "Softmax": 1,
    }  # fmt: skip
    assert {**model.operators, "Placeholder": 1} == counts


def test_a_real_run_of_the_chain_is_exported_whole(chain: Chain, tmp_path: Path, photographs: Photographs) -> None:
    loaded = load_saved_model(chain.run / "saved_model")
    model = export_tfjs(loaded, tmp_path / "web", description={"labels": ["cat", "dog"]})
    files = {path.name: path.read_bytes() for path in (tmp_path / "web").iterdir()}
    assert files == dict(model.files)
    assert model.size_bytes == sum(len(content) for content in files.values())
    assert topology(files)["userDefinedMetadata"]["labels"] == ["cat", "dog"]
    images_rgb = photographs(48)
    assert np.abs(as_function(files)(images_rgb) - reference(loaded)(images_rgb)).max() <= 1e-5


def test_input_and_output_have_names_shapes_and_types(saved: Saved) -> None:
    content = topology(convert_to_tfjs(saved("cnn")).files)
    sizes = [{"size": "-1"}, {"size": "48"}, {"size": "48"}, {"size": "3"}]
    assert content["format"] == "graph-model"
    assert content["signature"] == {
        "inputs": {"images": {"name": "images:0", "dtype": "DT_FLOAT", "tensorShape": {"dim": sizes}}},
        "outputs": {
            "probabilities": {
                "name": "probabilities:0",
                "dtype": "DT_FLOAT",
                "tensorShape": {"dim": [{"size": "-1"}, {"size": "2"}]},
            }
        },
    }
    nodes = {node["name"]: node["op"] for node in content["modelTopology"]["node"]}
    assert nodes["images"] == "Placeholder"
    assert nodes["probabilities"] == "Softmax"


@pytest.mark.parametrize(("stored", "bound"), [("float16", 5e-3), ("uint8", 0.1)])
def test_narrow_weights_make_small_files_and_small_differences(
    stored: Any, bound: float, saved: Saved, photographs: Photographs
) -> None:
    images_rgb = photographs(RECIPES["cnn"].input_size)
    whole, narrow = convert_to_tfjs(saved("cnn")), convert_to_tfjs(saved("cnn"), stored)
    part = {"float16": 0.51, "uint8": 0.29}[stored]
    assert shard_bytes(narrow.files) <= part * shard_bytes(whole.files)
    difference = np.abs(as_function(narrow.files)(images_rgb) - as_function(whole.files)(images_rgb)).max()
    assert 0 < difference <= bound


def test_shards_hold_4_mib_each_and_everything_in_order(tmp_path: Path) -> None:
    kernel = np.random.default_rng(0).normal(size=(3, 3, 3, 100_000)).astype(np.float32)
    loaded = saved_function(lambda images: tf.nn.conv2d(images, kernel, 1, "SAME"), (None, 4, 4, 3), tmp_path)
    files = convert_to_tfjs(loaded).files
    shards = [path for path in files if path != "model.json"]
    assert shards == [f"group1-shard{number}of3.bin" for number in (1, 2, 3)]
    assert [len(files[path]) for path in shards] == [SHARD_BYTES, SHARD_BYTES, kernel.nbytes - 2 * SHARD_BYTES]
    assert topology(files)["weightsManifest"][0]["paths"] == shards
    assert any(np.array_equal(value, kernel) for value in weights(files).values())


def test_an_operator_that_tfjs_does_not_know_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    loaded = saved_function(tf.math.lgamma, (None, 3), tmp_path)
    with pytest.raises(ConversionError, match=r"TF\.js 4\.22 has no operator Lgamma \(node `.+`\); use the \.tflite"):
        export_tfjs(loaded, tmp_path / "web")
    assert not (tmp_path / "web").exists()


def test_a_model_of_other_names_is_refused(tmp_path: Path) -> None:
    module = tf.Module()
    module.call = tf.function(lambda x: {"y": x}, input_signature=[tf.TensorSpec((None, 3), tf.float32, "x")])
    tf.saved_model.save(module, str(tmp_path / "other"), {"serving_default": module.call})
    with pytest.raises(ConversionError, match=r"takes `images` and returns `probabilities`, received one from \['x'\]"):
        convert_to_tfjs(tf.saved_model.load(str(tmp_path / "other")))


def test_an_existing_folder_is_kept(saved: Saved, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(OutputError, match="exists already"):
        export_tfjs(saved("cnn"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def shard_bytes(files: Any) -> int:
    return sum(len(content) for name, content in files.items() if name != "model.json")
