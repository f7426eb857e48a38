"""A graph as the files that `tf.loadGraphModel` reads: `model.json` and shards of weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from google.protobuf import json_format
from tensorflow.core.framework import node_def_pb2

from convert.web.tfjs.graph import AttrValue, Graph, Node
from convert.web.tfjs.weights import WeightType, encode

MODEL_FILE = "model.json"
SHARD_BYTES = 4 * 1024 * 1024
"""Largest size of a shard: what browsers and CDNs keep in their caches."""


def files_of(
    graph: Graph, signature: Mapping[str, Any], weights: WeightType, description: Mapping[str, Any]
) -> dict[str, bytes]:
    """Return contents by file name.

    Args:
        graph: of operators that TF.js knows.
        signature: `inputs` and `outputs` by name, see `signature_of`.
        weights: how floats are stored.
        description: free-form, for the reader of the file (`userDefinedMetadata`).
    """
    encoded = [encode(node.name, node.value, weights) for node in graph if node.value is not None]
    content = b"".join(part for _, part in encoded)
    count = max(1, -(-len(content) // SHARD_BYTES))
    shards = {
        f"group1-shard{number + 1}of{count}.bin": content[number * SHARD_BYTES : (number + 1) * SHARD_BYTES]
        for number in range(count)
    }
    model = {
        "format": "graph-model",
        "generatedBy": tf.__version__,
        "convertedBy": "FieldLens",
        "signature": signature,
        "userDefinedMetadata": dict(description),
        "modelTopology": {
            "node": [_node_json(node) for node in graph],
            "library": {},
            "versions": {"producer": tf.compat.v1.GRAPH_DEF_VERSION},
        },
        "weightsManifest": [{"paths": list(shards), "weights": [entry for entry, _ in encoded]}],
    }
    return {**shards, MODEL_FILE: json.dumps(model, separators=(",", ":")).encode()}


def tensor_json(name: str, shape: Any, dtype: Any) -> dict[str, Any]:
    """Return an input or output of a signature.

    Args:
        name: of its node.
        shape: a `TensorShape`; unknown sizes become -1.
        dtype: of TensorFlow.
    """
    sizes = [{"size": str(-1 if size is None else size)} for size in shape]
    return {"name": f"{name}:0", "dtype": f"DT_{_proto_name(dtype)}", "tensorShape": {"dim": sizes}}


def _proto_name(dtype: Any) -> str:
    return "FLOAT" if dtype == tf.float32 else str(dtype.name).upper()


def _node_json(node: Node) -> dict[str, Any]:
    attributes = dict(node.attributes)
    if node.value is not None:  # the shape alone: the content is in the shards
        empty = AttrValue()
        empty.tensor.dtype = attributes["dtype"].type
        empty.tensor.tensor_shape.CopyFrom(tf.TensorShape(node.value.shape).as_proto())
        attributes["value"] = empty
    definition = node_def_pb2.NodeDef(name=node.name, op=node.op, input=node.inputs, attr=attributes)
    return dict(json_format.MessageToDict(definition))
