"""A frozen graph as plain Python objects that passes rewrite: nodes by name, constants as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tensorflow.core.framework import attr_value_pb2

AttrValue = attr_value_pb2.AttrValue

_IGNORED_OPERATORS = ("NoOp", "Assert")


@dataclass
class Node:
    """One operation.

    Attributes:
        name: unique in its graph.
        op: name of the operator.
        inputs: `name` of the node whose first output it takes, or `name:1` and so on for another one.
        attributes: as TensorFlow has them.
        value: of a `Const`; None for everything else.
    """

    name: str
    op: str
    inputs: list[str] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)
    value: npt.NDArray[Any] | None = None


class Graph:
    """Nodes by name, in an order in which they can be computed.

    Args:
        nodes: in such an order.
        input_name: name of the placeholder.
        output_name: name of the node whose first output is the result.
    """

    def __init__(self, nodes: Iterable[Node], input_name: str, output_name: str) -> None:
        self._nodes = {node.name: node for node in nodes}
        self.input_name = input_name
        self.output_name = output_name

    def __iter__(self) -> Iterator[Node]:
        return iter(list(self._nodes.values()))

    def __getitem__(self, name: str) -> Node:
        return self._nodes[source_of(name)]

    def __contains__(self, name: str) -> bool:
        return source_of(name) in self._nodes

    def __len__(self) -> int:
        return len(self._nodes)

    def constant(self, name: str) -> npt.NDArray[Any] | None:
        """Return the value behind an input; None: it is no constant."""
        return self[name].value

    def consumers(self, name: str) -> list[Node]:
        """Return the nodes that take any output of a node, each once."""
        return [node for node in self if any(source_of(taken) == name for taken in node.inputs)]

    def only_consumer(self, node: Node) -> Node | None:
        """Return the one node that takes a node's result; None: there are several, or the result leaves the graph."""
        if node.name == self.output_name:
            return None
        takers = self.consumers(node.name)
        return takers[0] if len(takers) == 1 else None

    def add_constant(self, name: str, value: npt.ArrayLike) -> str:
        """Add a constant; return its name, which is made unique."""
        unique = name
        number = 0
        while unique in self._nodes:
            number += 1
            unique = f"{name}_{number}"
        self._nodes = {
            unique: constant_node(unique, np.asarray(value)),
            **self._nodes,
        }  # before everything that may take it
        return unique

    def replace(self, old: str, *new: Node) -> None:
        """Put nodes, given in computing order, in the place of one; they may reuse its name."""
        nodes: dict[str, Node] = {}
        for name, node in self._nodes.items():
            nodes.update({made.name: made for made in new} if name == old else {name: node})
        self._nodes = nodes

    def bypass(self, node: Node, source: str) -> None:
        """Let everything that takes the first output of a node take `source` instead, and remove the node."""
        for other in self._nodes.values():
            other.inputs = [source if taken == node.name else taken for taken in other.inputs]
        if self.output_name == node.name:
            self.output_name = source_of(source)
        del self._nodes[node.name]

    def rename(self, old: str, new: str) -> None:
        """Give a node another name."""
        for node in self._nodes.values():
            node.inputs = [_renamed(taken, old, new) for taken in node.inputs]
        self._nodes[old].name = new
        self._nodes = {node.name: node for node in self._nodes.values()}
        self.input_name = new if self.input_name == old else self.input_name
        self.output_name = new if self.output_name == old else self.output_name

    def prune(self) -> None:
        """Remove what neither the result needs nor is its input."""
        needed, open_names = {self.input_name}, [self.output_name]
        while open_names:
            name = open_names.pop()
            if name not in needed or name == self.input_name:
                needed.add(name)
                open_names += [source_of(taken) for taken in self._nodes[name].inputs if source_of(taken) not in needed]
        self._nodes = {name: node for name, node in self._nodes.items() if name in needed}


def graph_from(definition: Any, input_name: str, output_name: str) -> Graph:
    """Read a `GraphDef` without functions; control edges are dropped, for a frozen graph has no effects to order.

    Args:
        definition: a `GraphDef`.
        input_name: name of the placeholder.
        output_name: name of the node whose first output is the result.
    """
    nodes = {node.name: _node_from(node) for node in definition.node if node.op not in _IGNORED_OPERATORS}
    graph = Graph(_in_computing_order(nodes, output_name), input_name, output_name)
    if input_name not in graph:  # a model that ignores its input still has one
        graph.replace(output_name, nodes[input_name], graph[output_name])
    return graph


def source_of(name: str) -> str:
    """Return the name of the node behind an input: `a` for `a:1`."""
    return name.partition(":")[0]


def constant_node(name: str, value: npt.NDArray[Any]) -> Node:
    """Return a `Const`."""
    return Node(name, "Const", attributes={"dtype": type_attribute(value.dtype)}, value=value)


def type_attribute(dtype: Any) -> Any:
    """Return a dtype as an attribute."""
    return AttrValue(type=tf.as_dtype(dtype).as_datatype_enum)


def string_list(words: Iterable[str]) -> Any:
    """Return a list of strings as an attribute."""
    return AttrValue(list=AttrValue.ListValue(s=[word.encode() for word in words]))


def integer_list(numbers: Iterable[int]) -> Any:
    """Return a list of integers as an attribute."""
    return AttrValue(list=AttrValue.ListValue(i=[int(number) for number in numbers]))


def _node_from(definition: Any) -> Node:
    attributes = {key: value for key, value in definition.attr.items() if not key.startswith("_")}
    value = None
    if definition.op == "Const":
        value = np.asarray(tf.make_ndarray(attributes.pop("value").tensor))
    inputs = [name.removesuffix(":0") for name in definition.input if not name.startswith("^")]
    return Node(definition.name, definition.op, inputs, attributes, value)


def _in_computing_order(nodes: dict[str, Node], output_name: str) -> list[Node]:
    """Return what the result needs, depth first without recursion: graphs are deeper than Python's stack."""
    ordered: dict[str, Node] = {}
    stack = [output_name]
    while stack:
        name = stack[-1]
        missing = [source_of(taken) for taken in nodes[name].inputs if source_of(taken) not in ordered]
        if missing:
            stack += missing
        else:
            ordered[name] = nodes[name]
            stack.pop()
    return list(ordered.values())


def _renamed(taken: str, old: str, new: str) -> str:
    source, colon, output = taken.partition(":")
    return new + colon + output if source == old else taken
