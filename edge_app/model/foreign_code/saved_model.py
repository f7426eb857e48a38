"""The operators of a SavedModel that are more than arithmetic, by name.

Messages: tensorflow/core/protobuf/{saved_model,meta_graph,saver,saved_object_graph}.proto and
tensorflow/core/framework/{graph,function,node_def,attr_value}.proto.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from edge_app.model.foreign_code.operators import HARMLESS, RESTORING, SAVING
from edge_app.model.foreign_code.protobuf import Message

GRAPH_FILE = "saved_model.pb"
KERAS_FILE = "keras_metadata.pb"
_OTHER_GRAPH = "saved_model.cpb"  # TensorFlow's form for graphs above 2 GB, which some of its loaders prefer

# Numbers of fields in the messages named above.
_META_GRAPH, _GRAPH, _SAVER, _COLLECTION, _SIGNATURE, _OBJECTS = 2, 2, 3, 4, 5, 7
_NODE, _LIBRARY, _FUNCTION = 1, 2, 1
_FUNCTION_SIGNATURE, _FUNCTION_NODE, _SIGNATURE_NAME = 1, 3, 1
_NAME, _OPERATOR, _INPUT, _ATTRIBUTE = 1, 2, 3, 5
_KEY, _VALUE = 1, 2
_LIST, _CALLED, _CALLED_OF_LIST, _CALLED_NAME, _CALLED_ATTRIBUTE = 1, 10, 9, 1, 2
_SAVE_TENSOR, _RESTORE_OPERATOR = 2, 3
_METADATA_NODE, _METADATA = 1, 5


@dataclass(frozen=True)
class _Node:
    name: str
    operator: str
    inputs: tuple[str, ...]
    calls: frozenset[str]


def foreign_operators(folder: Path) -> list[str]:
    """Return the names of the operators that are not known to be harmless, sorted.

    The function that writes the weights, and the one that reads them, may touch files; TensorFlow calls the second one
    with the folder's own variables, and nothing calls the first one. Both are judged like all others as soon as
    anything else refers to them.

    Raises:
        BadProtobufError: the file is damaged.
        OSError: it cannot be read.
    """
    found: set[str] = set()
    if (folder / _OTHER_GRAPH).exists():
        found.add(_OTHER_GRAPH)
    for meta_graph in Message((folder / GRAPH_FILE).read_bytes()).messages(_META_GRAPH):
        found |= _foreign_in(meta_graph)
    return sorted(found)


def layer_descriptions(folder: Path) -> list[str]:
    """Return the JSON texts that Keras keeps beside a graph; none where it kept none.

    Raises:
        BadProtobufError: the file is damaged.
        OSError: it cannot be read.
    """
    file = folder / KERAS_FILE
    if not file.exists():
        return []
    return Message(file.read_bytes()).strings(_METADATA_NODE, _METADATA)


def _foreign_in(meta_graph: Message) -> set[str]:
    nodes = [_read(node) for node in meta_graph.messages(_GRAPH, _NODE)]
    functions: dict[str, list[_Node]] = {}
    for function in meta_graph.messages(_GRAPH, _LIBRARY, _FUNCTION):
        for name in function.strings(_FUNCTION_SIGNATURE, _SIGNATURE_NAME):
            functions.setdefault(name, []).extend(map(_read, function.messages(_FUNCTION_NODE)))
    saving = _called_alone(meta_graph, nodes, _SAVE_TENSOR)
    restoring = _called_alone(meta_graph, nodes, _RESTORE_OPERATOR)
    of_saver = saving | restoring
    saved = _reachable(_calls(node for node in nodes if node.name in saving), functions)
    restored = _reachable(_calls(node for node in nodes if node.name in restoring), functions)
    strict = _calls(node for node in nodes if node.name not in of_saver)
    strict |= functions.keys() - saved - restored
    strict |= _named_by_objects(meta_graph) & functions.keys()
    strict = _reachable(strict, functions)
    found = _foreign(nodes, HARMLESS)
    for name, body in functions.items():
        more = frozenset() if name in strict else RESTORING if name in restored else SAVING
        found |= _foreign(body, HARMLESS | more)
    return found


def _foreign(nodes: Iterable[_Node], harmless: frozenset[str]) -> set[str]:
    return {node.operator for node in nodes} - harmless


def _read(node: Message) -> _Node:
    texts: dict[int, list[str]] = {_NAME: [], _OPERATOR: [], _INPUT: []}
    calls = set[str]()
    for number, part in node.fields():
        if number == _ATTRIBUTE:
            calls.update(_called_in(Message(part, node.depth + 1)))
        elif number in texts:
            texts[number].append(part.decode(errors="replace"))
    operator = " ".join(texts[_OPERATOR])  # one; two would be read as the last, and are none that is known
    return _Node(" ".join(texts[_NAME]), operator, tuple(texts[_INPUT]), frozenset({operator, *calls}))


def _called_in(attribute: Message) -> Iterator[str]:
    """Yield the names of the functions that one attribute of a node or of a call holds."""
    for value in attribute.messages(_VALUE):
        for number, part in value.fields():
            inner = Message(part, value.depth + 1)
            calls = [inner] if number == _CALLED else inner.messages(_CALLED_OF_LIST) if number == _LIST else ()
            for call in calls:
                yield from call.strings(_CALLED_NAME)
                for nested in call.messages(_CALLED_ATTRIBUTE):
                    yield from _called_in(nested)


def _calls(nodes: Iterable[_Node]) -> set[str]:
    return {name for node in nodes for name in node.calls}


def _reachable(names: Iterable[str], functions: Mapping[str, list[_Node]]) -> set[str]:
    found, open_names = set[str](), set(names) & functions.keys()
    while open_names:
        name = open_names.pop()
        found.add(name)
        open_names |= (_calls(functions[name]) & functions.keys()) - found
    return found


def _called_alone(meta_graph: Message, nodes: Iterable[_Node], field: int) -> set[str]:
    """Return the node that the saver names in a field, unless something else of the graph names it too."""
    named = {name.partition(":")[0] for name in meta_graph.strings(_SAVER, field)} - {""}
    if len(named) != 1:
        return set()
    (name,) = named
    whole = re.compile(re.escape(name.encode()) + rb"(?![0-9A-Za-z_./])")
    others = [part for number in (_COLLECTION, _SIGNATURE) for part in meta_graph.parts(number)]
    taken = any(name in (each.lstrip("^").partition(":")[0] for each in node.inputs) for node in nodes)
    return set() if taken or any(whole.search(part) for part in others) else named


def _named_by_objects(meta_graph: Message) -> set[str]:
    """Return the functions that loading makes callable."""
    objects = [Message(part) for part in meta_graph.parts(_OBJECTS)]
    paths = ((2, _KEY), (1, 6, 1), (1, 8, 1))  # concrete_functions, function and bare_concrete_function of a node
    return {name for each in objects for path in paths for name in each.strings(*path)}
