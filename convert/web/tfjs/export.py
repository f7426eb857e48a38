"""From a SavedModel to a folder that `tf.loadGraphModel` of TF.js 4.22 loads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from convert.web.tfjs.compatibility import check_operators, expand_fake_quants, simplify
from convert.web.tfjs.fold_and_fuse import fold, fuse
from convert.web.tfjs.freeze import INPUT, OUTPUT, freeze
from convert.web.tfjs.graph import Graph
from convert.web.tfjs.writer import MODEL_FILE, WeightType, files_of, tensor_json
from edge_app.common.atomic_files import atomic_folder

SignatureName = Literal["serving_default", "core"]
"""`serving_default` takes RGB within 0..255, `core` within [-1, 1]; both (batch, height, width, 3) float32."""


@dataclass(frozen=True)
class TfjsModel:
    """An exported model.

    Attributes:
        files: contents by file name: `model.json` and `group1-shardNofM.bin`.
        operators: how often each operator is in the graph; constants and the input do not count.
    """

    files: Mapping[str, bytes]
    operators: Mapping[str, int]

    @property
    def size_bytes(self) -> int:
        """Size of all files."""
        return sum(len(content) for content in self.files.values())


def export_tfjs(
    loaded: Any,
    out: Path,
    weights: WeightType = "float32",
    signature: SignatureName = "serving_default",
    description: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> TfjsModel:
    """Write a TF.js graph model: `model.json` and its shards, into a folder of their own.

    Args:
        loaded: from `convert.quantize.tflite.load_saved_model`.
        out: the folder.
        weights: how weights are stored; TF.js computes in float32 with any of them.
        signature: what the model takes. Input and output are called `images` and `probabilities`.
        description: free-form, goes into `userDefinedMetadata`.
        overwrite: whether an existing folder is replaced.

    Raises:
        ConversionError: TF.js does not know an operator of the model.
        OutputError: the folder exists already or cannot be written.
    """
    model = convert_to_tfjs(loaded, weights, signature, description)
    with atomic_folder(out, overwrite, MODEL_FILE) as folder:
        for name, content in model.files.items():
            (folder / name).write_bytes(content)
    return model


def convert_to_tfjs(
    loaded: Any,
    weights: WeightType = "float32",
    signature: SignatureName = "serving_default",
    description: Mapping[str, Any] | None = None,
) -> TfjsModel:
    """Convert as `export_tfjs` does and write nothing.

    Raises:
        ConversionError: TF.js does not know an operator of the model.
    """
    function = loaded.signatures[signature]
    graph = optimized_graph(function)
    names = {
        "inputs": {INPUT: _tensor(INPUT, function.structured_input_signature[1][INPUT])},
        "outputs": {OUTPUT: _tensor(OUTPUT, function.structured_outputs[OUTPUT])},
    }
    files = files_of(graph, names, weights, {"signature": signature, "weights": weights, **(description or {})})
    counts = Counter(node.op for node in graph if node.op not in ("Const", "Placeholder"))
    return TfjsModel(files, dict(counts))


def optimized_graph(function: Any) -> Graph:
    """Return a signature as the graph that is written.

    Args:
        function: a concrete function from `images` to `probabilities`; the graph's nodes are called like that too.

    Raises:
        ConversionError: TF.js does not know an operator of it.
    """
    graph = freeze(function)
    simplify(graph)
    expand_fake_quants(graph)
    fold(graph)
    fuse(graph)
    check_operators(graph)
    graph.rename(graph.input_name, INPUT)  # TF.js shows the names of the nodes, not only those of the signature
    graph.rename(graph.output_name, OUTPUT)
    return graph


def _tensor(name: str, spec: Any) -> dict[str, Any]:
    return tensor_json(name, spec.shape, spec.dtype)
