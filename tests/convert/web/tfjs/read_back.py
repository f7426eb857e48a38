"""Reads a TF.js graph model back into TensorFlow, by TF.js's documented format and not by our writer's code.

Fused operators become the plain ones that they stand for.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from tensorflow.core.framework import node_def_pb2

PLAIN = {"_FusedConv2D": "Conv2D", "FusedDepthwiseConv2dNative": "DepthwiseConv2dNative", "_FusedMatMul": "MatMul"}
ITEM_BYTES = {"uint8": 1, "float16": 2, "float32": 4, "int32": 4, "bool": 1}


def topology(files: Mapping[str, bytes]) -> dict[str, Any]:
    return dict(json.loads(files["model.json"]))


def operators(files: Mapping[str, bytes]) -> Counter[str]:
    return Counter(node["op"] for node in topology(files)["modelTopology"]["node"])


def weights(files: Mapping[str, bytes]) -> dict[str, np.ndarray]:
    """Decode as io_utils.decodeWeights of TF.js does: in the manifest's order, byte · scale + min."""
    (group,) = topology(files)["weightsManifest"]
    content = b"".join(files[path] for path in group["paths"])
    found, offset = {}, 0
    for entry in group["weights"]:
        how = entry.get("quantization", {"dtype": entry["dtype"]})
        end = offset + int(np.prod(entry["shape"])) * ITEM_BYTES[how["dtype"]]
        stored = np.frombuffer(content[offset:end], np.dtype(how["dtype"]).newbyteorder("<"))
        if "scale" in how:
            stored = stored.astype(np.float64) * how["scale"] + how["min"]
        found[entry["name"]] = stored.astype(entry["dtype"]).reshape(entry["shape"])
        offset = end
    assert offset == len(content)
    return found


def as_function(files: Mapping[str, bytes]) -> Any:
    """Return the model as a function: (batch, height, width, 3) float32 → probabilities."""
    values = weights(files)
    definition = tf.compat.v1.GraphDef()
    for content in topology(files)["modelTopology"]["node"]:
        node = json_format.ParseDict(content, node_def_pb2.NodeDef())
        if node.op == "Const":
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(values[node.name]))
        definition.node.extend(plain(node))

    def imported() -> None:
        tf.import_graph_def(definition, name="")

    signature = topology(files)["signature"]
    function = tf.compat.v1.wrap_function(imported, []).prune(
        signature["inputs"]["images"]["name"], signature["outputs"]["probabilities"]["name"]
    )
    return lambda images: np.asarray(function(tf.constant(images, tf.float32)))


def plain(node: Any) -> list[Any]:
    """Return what a node stands for: itself, or operator, BiasAdd and activation."""
    pads = _padding_apart(node) if "explicit_paddings" in node.attr else []
    if node.op not in PLAIN:
        return [*pads, node]
    bias_add, *activations = [word.decode() for word in node.attr["fused_ops"].list.s]
    assert bias_add == "BiasAdd"
    assert node.attr["num_args"].i == 1
    steps = [node_def_pb2.NodeDef(name=node.name, op=PLAIN[node.op], input=node.input[:2])]
    for key, value in node.attr.items():
        if key not in ("fused_ops", "num_args"):
            steps[0].attr[key].CopyFrom(value)
    steps.append(node_def_pb2.NodeDef(op="BiasAdd", input=["", node.input[2]]))
    steps += [node_def_pb2.NodeDef(op=word, input=[""]) for word in activations]
    for number, step in enumerate(steps):
        step.name = node.name if number == len(steps) - 1 else f"{node.name}/part{number}"
        if number:
            step.input[0] = steps[number - 1].name
            step.attr["T"].CopyFrom(node.attr["T"])
    return [*pads, *steps]


def _padding_apart(node: Any) -> list[Any]:
    """Make explicit padding an operator of its own: TensorFlow's CPU kernel for depthwise convolutions aborts at it."""
    if node.attr["padding"].s != b"EXPLICIT":
        return []
    widths = np.array(node.attr["explicit_paddings"].list.i, np.int32).reshape(4, 2)
    constant = node_def_pb2.NodeDef(name=f"{node.name}/widths", op="Const")
    constant.attr["dtype"].type = tf.int32.as_datatype_enum
    constant.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(widths))
    pad = node_def_pb2.NodeDef(name=f"{node.name}/pad", op="Pad", input=[node.input[0], constant.name])
    pad.attr["T"].CopyFrom(node.attr["T"])
    node.input[0] = pad.name
    node.attr["padding"].s = b"VALID"
    del node.attr["explicit_paddings"]
    return [constant, pad]
