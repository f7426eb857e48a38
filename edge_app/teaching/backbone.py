"""A finished network without its last layers: what it makes of a picture before it names a class.

The features are what goes into the fully connected layers that end the network; `head` learns on them, and `writing`
puts a head of new classes behind them. Read from the flatbuffer, so nothing but the runtime is needed. A file of
`fieldlens convert backbone` has the features as its output; its last layers stay behind them, for a head to replace.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from edge_app.common.errors import ModelFileError
from edge_app.model.card import read_own_card
from edge_app.model.direct_input import direct_network
from edge_app.model.flatbuffer import BadFlatBufferError, root_table
from edge_app.model.flatbuffer_edit import Edit
from edge_app.model.graph import Graph, graph_of
from edge_app.model.preparation import Preparer
from edge_app.model.runtime import default_threads, load_interpreter, refused_on_a_picture
from edge_app.model.scores import Quantization, dequantize
from edge_app.model.tensors import quantization_of
from edge_app.model.trial import require_trial_run
from edge_app.photographs.decoder import Image

_FULLY_CONNECTED, _SOFTMAX, _DEQUANTIZE, _QUANTIZE = 9, 25, 6, 114  # BuiltinOperator
_FLOAT32, _FLOAT16, _INT8 = 0, 1, 9  # TensorType
_OUTPUTS, _OPERATORS = 2, 3  # fields of SubGraph


@dataclass(frozen=True)
class Ending:
    """The last layers of a graph, in numbers of tensors and places of operators.

    Attributes:
        features: tensor that goes into the fully connected layers.
        head: place of the last fully connected operator, which gives a logit per class.
        hidden: places of those before it, between the features and the head.
        closing: places of those behind the head: softmax, and conversions to other types.
        kernel: tensors of the head's weights: as they are stored, and as the head reads them where that is another.
        bias: likewise.
        results: tensors with a value per class, the logits first.
    """

    features: int
    head: int
    hidden: tuple[int, ...]
    closing: tuple[int, ...]
    kernel: tuple[int, ...]
    bias: tuple[int, ...]
    results: tuple[int, ...]


class Backbone:
    """Gives the features of pictures; built once, called per frame.

    Args:
        path: a float or int8 file that FieldLens made, which ends in fully connected layers and a softmax.
        threads: CPU threads; None: the usable cores, at most 4.

    Raises:
        ModelFileError: missing, damaged, made by somebody else, or it ends in another way.
        MissingDependencyError: no LiteRT runtime is installed.
    """

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self.path, self.card = path, read_own_card(path)
        self.threads = default_threads() if threads is None else threads
        find_ending(path, path.read_bytes())  # before it is tried: a file that cannot serve need not run
        require_trial_run(path)
        direct = direct_network(path)
        content = path.read_bytes() if direct is None else direct
        self._interpreter = load_interpreter(path, self.threads, _up_to_features(path, content))
        (taken,), (given,) = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        fed = self.card if direct is None else replace(self.card, input_dtype="int8")
        self._preparer = Preparer(fed, quantization_of(path, taken))
        self._input, self._output = int(taken["index"]), int(given["index"])
        self.quantization: Quantization = quantization_of(path, given)
        self.width = int(np.prod(given["shape"]))

    def features(self, frame_bgr: Image) -> npt.NDArray[np.float32]:
        """Return the features of a picture, (width,) float32.

        Args:
            frame_bgr: (height, width, 3) uint8 BGR, any size.

        Raises:
            ModelFileError: the runtime gives up on it.
        """
        self.prepare(frame_bgr)
        return self.invoke()

    def prepare(self, frame_bgr: Image) -> None:
        """Fill the input tensor; see `features`."""
        self._preparer.prepare(frame_bgr, self._interpreter.tensor(self._input)())

    def invoke(self) -> npt.NDArray[np.float32]:
        """Run the network on the prepared tensor; see `features`."""
        try:
            self._interpreter.invoke()
        except (ValueError, RuntimeError, MemoryError) as error:
            raise refused_on_a_picture(self.path, error) from error
        return dequantize(self._interpreter.tensor(self._output)().reshape(-1).copy(), self.quantization)


def find_ending(path: Path, content: bytes) -> Ending:
    """Find the last layers of a network.

    Args:
        path: for error messages.
        content: of the file, or of a changed copy.

    Raises:
        ModelFileError: it is damaged, or ends in another way.
    """
    try:
        return _Walk(path, graph_of(content)).ending()
    except (BadFlatBufferError, IndexError, KeyError) as error:
        raise ModelFileError(f"`{path}` is damaged ({error}); convert or download it again") from error


def cannot_be_taught(path: Path, why: str) -> ModelFileError:
    """Return the sentence for a network that no new head fits on."""
    return ModelFileError(
        f"`{path}` cannot be taught: {why}; give a float32, float16 or int8 file that `fieldlens convert` made, or "
        "none for the starter"
    )


class _Walk:
    """Goes from the scores back to the features."""

    def __init__(self, path: Path, graph: Graph) -> None:
        self._path, self._graph = path, graph
        self._makers = {tensor: place for place, one in enumerate(graph.operators) for tensor in one.outputs}
        self._end = self._behind(graph.outputs[0]) if graph.outputs else -1

    def _behind(self, tensor: int) -> int:
        """Return the last tensor that is made of an output: the scores, where the features are the output."""
        for _ in self._graph.operators:  # no more steps than that, also in a damaged graph
            readers = [one for one in self._graph.operators if tensor in one.inputs]
            if len(readers) != 1 or len(readers[0].outputs) != 1:
                break
            tensor = readers[0].outputs[0]
        return tensor

    def ending(self) -> Ending:
        graph = self._graph
        if len(graph.outputs) != 1:
            self._refuse(f"it has {len(graph.outputs)} outputs")
        tensor = self._end
        results, closing, codes = [tensor], list[int](), set()
        while (code := self._code(tensor)) in (_SOFTMAX, _QUANTIZE, _DEQUANTIZE):
            codes.add(code)
            closing.append(self._makers[tensor])
            tensor = self._only_input(tensor)
            results.append(tensor)
        if code != _FULLY_CONNECTED or _SOFTMAX not in codes:
            self._refuse("it does not end in a fully connected layer and a softmax")
        head = self._makers[tensor]
        options = graph.operators[head].options
        if len(graph.operators[head].inputs) != 3 or (options is not None and options.scalar(0, "b")):
            self._refuse("its last layer has no bias, or an activation of its own")
        features, hidden = graph.operators[head].inputs[0], []
        while self._code(features) == _FULLY_CONNECTED:
            self._only_input(features)
            hidden.append(self._makers[features])
            features = graph.operators[hidden[-1]].inputs[0]
        kernel, bias = (self._constant(one) for one in graph.operators[head].inputs[1:])
        if graph.outputs[0] not in (features, self._end):
            self._refuse("its output is neither scores nor features")
        self._check_types(features, kernel)
        return Ending(features, head, tuple(hidden[::-1]), tuple(closing[::-1]), kernel, bias, tuple(results[::-1]))

    def _code(self, tensor: int) -> int | None:
        return self._graph.operators[self._makers[tensor]].code if tensor in self._makers else None

    def _only_input(self, tensor: int) -> int:
        """Return what the maker of a tensor reads first, if nobody else reads it on the way."""
        read = self._graph.operators[self._makers[tensor]].inputs[0]
        if tensor != self._end and sum(tensor in one.inputs for one in self._graph.operators) != 1:
            self._refuse("its last layers fork")
        return read

    def _constant(self, tensor: int) -> tuple[int, ...]:
        stored = tensor
        if self._code(tensor) == _DEQUANTIZE:
            stored = self._graph.operators[self._makers[tensor]].inputs[0]
        facts = self._graph.tensors[stored]
        if not facts.constant:
            self._refuse("the weights of its last layer are not in the file")
        if sum(one.buffer == facts.buffer for one in self._graph.tensors) != 1:
            self._refuse("its last layer shares weights with another one")
        return (stored,) if stored == tensor else (stored, tensor)

    def _check_types(self, features: int, kernel: tuple[int, ...]) -> None:
        types = self._graph.tensors[features].kind, self._graph.tensors[kernel[0]].kind
        if types not in ((_FLOAT32, _FLOAT32), (_FLOAT32, _FLOAT16), (_INT8, _INT8)):
            self._refuse("its last layer mixes types, as in a dynamic or int16x8 file")

    def _refuse(self, why: str) -> NoReturn:
        raise cannot_be_taught(self._path, why)


def _up_to_features(path: Path, content: bytes) -> bytes:
    """Return the network without its last layers: it gives the features."""
    ending, model = find_ending(path, content), root_table(content)
    graph, edit = next(model.tables(2)), Edit(content)
    left_out = {*ending.hidden, ending.head, *ending.closing}
    places = range(sum(1 for _ in graph.tables(_OPERATORS)))
    edit.keep_tables(graph, _OPERATORS, [place for place in places if place not in left_out])
    edit.set_vector(graph, _OUTPUTS, np.array([ending.features], np.int32))
    edit.drop_signatures(model)
    return bytes(edit.content)
