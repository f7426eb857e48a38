"""Promises about all peers, asked of the peers themselves: same weights, same frames, measured in turns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.peers.latency import write_frames
from benchmarks.experiments.peers.peer import PEERS
from benchmarks.experiments.peers.survey import survey
from benchmarks.experiments.peers.visit import PeersOptions, Work
from edge_app.model.card import ModelCard, Size, write_card
from tests.conftest import Chain
from tests.peers.conftest import Bundle

THIRD_PARTY = "models/tf2_mobilenet_v2_1.0_224_ptq.tflite"
QUICK = ("--rounds", "2", "--runs", "4", "--warm-up", "1")


def test_all_peers_run_a_float_file_and_say_what_we_say(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "peers.json"
    model = str(chain.models / "tiny-float32.tflite")
    assert main(["experiment", "peers", model, *QUICK, "--peers", ",".join(PEERS), "--out", str(out)]) == 0
    content = json.loads(out.read_text())["payload"]
    assert list(content["peers"]) == ["edge_app", *PEERS]
    for name in ("onnxruntime", "openvino", "tflite-runtime"):
        assert content["peers"][name]["same_label"] == 1.0, name
        assert content["peers"][name]["largest_difference"] <= 1e-4, name
    assert len(content["rounds"]) == 2
    for one in content["rounds"]:
        assert one["litert_benchmark"]["median_s"] > 0
        for name, visit in one["visits"].items():
            assert len(visit["frame_to_label_s"]) == 4, name
            assert len(visit["bare_s"]) == (0 if name == "mediapipe" else 4), name
            assert visit["peak_memory_bytes"] > 20 << 20, name
            assert visit["start_to_label_s"] > visit["load_s"] > 0, name
    told = capsys.readouterr().out
    assert "our bare run is" in told
    assert "warning: 2 rounds are few" in told
    assert out.with_suffix(".png").stat().st_size > 10_000
    assert main(["experiment", "peers", model, "--out", str(out)]) == 1
    assert "exists already" in capsys.readouterr().err


def test_a_quantized_file_goes_to_those_that_read_it(
    data_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "peers.json"
    assert main(["experiment", "peers", str(data_folder / THIRD_PARTY), *QUICK, "--out", str(out)]) == 0
    content = json.loads(out.read_text())["payload"]
    assert list(content["peers"]) == ["edge_app", *(name for name in PEERS if name != "onnxruntime")]
    assert content["peers"]["openvino"]["largest_difference"] < 0.2  # other kernels round otherwise
    assert "cannot be written as ONNX" in content["left_out"]["onnxruntime"]
    assert "left out: onnxruntime is left without a model" in capsys.readouterr().out


@pytest.mark.parametrize(("peer", "why"), [("mediapipe", "got INT8"), ("onnxruntime", "cannot be written as ONNX")])
def test_a_peer_that_was_named_and_refuses_is_an_error(
    peer: str, why: str, bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "peers.json"
    words = [str(bundle.files["int8-int8io"]), *QUICK, "--peers", peer, "--out", str(out)]
    assert main(["experiment", "peers", *words]) == 1
    assert why in capsys.readouterr().err
    assert not out.exists()


def test_every_operator_that_the_exporter_knows_gives_the_scores_of_litert(tmp_path: Path) -> None:
    model = tmp_path / "odd.tflite"
    model.write_bytes(odd_network(half=False))
    assert differences(model, tmp_path) <= 1e-4


def test_float16_weights_are_unpacked(tmp_path: Path) -> None:
    model = tmp_path / "half.tflite"
    model.write_bytes(odd_network(half=True))
    assert differences(model, tmp_path) <= 1e-4


def differences(model: Path, folder: Path) -> float:
    """Let ONNX Runtime answer; `survey` raises where the network is not the same."""
    write_frames(folder)
    found, _ = survey([PEERS["onnxruntime"]], Work(model, folder, PeersOptions()), strict=True)
    difference = found["onnxruntime"].largest_difference
    assert difference is not None
    return difference


def odd_network(half: bool) -> bytes:
    """A network of all operators with odd sizes, strides and windows, untrained."""
    import tensorflow as tf
    import tf_keras as keras

    from edge_app.common.native_stderr import quiet_native_stderr

    layers = keras.layers
    keras.utils.set_random_seed(1)
    picture = keras.Input((37, 45, 3), batch_size=1)
    x = layers.Rescaling(1 / 127.5, -1.0)(picture)
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.ReLU(6.0)(layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2)(x))
    x = layers.Conv2D(16, (1, 3), dilation_rate=2, padding="same")(x)
    padded = layers.ZeroPadding2D(((0, 1), (1, 2)))(x)
    pools = [layers.MaxPooling2D(3, 2, padding="same")(padded), layers.AveragePooling2D(3, 2, padding="same")(padded)]
    x = layers.Concatenate()(pools)
    gate = layers.Dense(32, activation="sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    x = layers.ReLU()(layers.Subtract()([layers.Multiply()([x, gate]), layers.Conv2D(32, 1)(x)]))
    x = layers.Add()([x, layers.Conv2D(32, 5, padding="same", activation="relu6")(x)])
    x = layers.Concatenate()([layers.Flatten()(x), layers.GlobalAveragePooling2D()(x)])
    model = keras.Model(picture, layers.Dense(3, activation="softmax")(x))
    with quiet_native_stderr():
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        if half:
            converter.optimizations, converter.target_spec.supported_types = [tf.lite.Optimize.DEFAULT], [tf.float16]
        content = converter.convert()
    card = ModelCard(name="odd", labels=("cat", "dog", "owl"), input_size=Size(45, 37), input_dtype="float32")
    return bytes(write_card(content, card))
