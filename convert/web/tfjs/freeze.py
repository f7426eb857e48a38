"""From a signature of a SavedModel to a graph of constants, without variables, functions and training's leftovers."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tensorflow.core.protobuf import config_pb2
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from tensorflow.python.grappler import tf_optimizer  # TensorFlow has no public way to its graph optimizer

from convert.web.tfjs.graph import Graph, graph_from
from edge_app.common.errors import ConversionError
from edge_app.common.native_stderr import quiet_native_stderr

INPUT, OUTPUT = "images", "probabilities"
"""Names of input and output."""

# No "remapper" and no "layout": they write operators and orders for TensorFlow's own kernels.
_OPTIMIZERS = ("function", "pruning", "constfold", "dependency")


def freeze(signature: Any) -> Graph:
    """Freeze a signature from `images` to `probabilities`.

    Args:
        signature: a concrete function, one of `tf.saved_model.load(…).signatures`.

    Returns:
        a graph from one placeholder to one output.

    Raises:
        ConversionError: the signature has other inputs or outputs, or TensorFlow cannot freeze it.
    """
    _check_names(signature)
    try:
        with quiet_native_stderr():
            frozen = convert_variables_to_constants_v2(signature)
            definition = _optimized(frozen)
    except (ValueError, RuntimeError, tf.errors.OpError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise ConversionError(f"TensorFlow cannot freeze the model for TF.js: {reason}") from error
    return graph_from(definition, _node_name(frozen.inputs), _node_name(frozen.outputs))


def _check_names(signature: Any) -> None:
    inputs, outputs = list(signature.structured_input_signature[1]), list(signature.structured_outputs)
    if inputs != [INPUT] or outputs != [OUTPUT]:
        raise ConversionError(
            f"a model for TF.js takes `{INPUT}` and returns `{OUTPUT}`, received one from {inputs} to {outputs}; "
            "convert a run made by `fieldlens train`"
        )


def _optimized(frozen: Any) -> Any:
    meta_graph = tf.compat.v1.train.export_meta_graph(graph_def=frozen.graph.as_graph_def(), graph=frozen.graph)
    kept = meta_graph.collection_def["train_op"].node_list.value  # what the optimizer must keep
    kept.extend(tensor.name for tensor in (*frozen.inputs, *frozen.outputs))
    config = config_pb2.ConfigProto()
    config.graph_options.rewrite_options.optimizers.extend(_OPTIMIZERS)
    config.graph_options.rewrite_options.min_graph_nodes = -1  # small graphs too
    return tf_optimizer.OptimizeGraph(config, meta_graph)


def _node_name(tensors: Any) -> str:
    return str(tensors[0].op.name)
