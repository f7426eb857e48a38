"""Promises of `delegation`: what lies between the ends of a delegate's piece is delegated, nothing else."""

from __future__ import annotations

from typing import Any

from edge_app.model.delegation import read_delegation
from edge_app.model.runtime import interpreter_module, load_interpreter
from edge_app.model.starter import STARTER


class Listing:
    """An interpreter that only lists its operators: (name, inputs, outputs)."""

    def __init__(self, *nodes: tuple[str, list[int], list[int]]) -> None:
        self._nodes = nodes

    def _get_ops_details(self) -> list[dict[str, Any]]:
        return [{"op_name": name, "inputs": inputs, "outputs": outputs} for name, inputs, outputs in self._nodes]


def test_what_lies_between_the_ends_of_a_piece_is_delegated() -> None:
    found = read_delegation(
        Listing(
            ("QUANTIZE", [0], [1]),
            ("CONV_2D", [1, 9], [2]),
            ("ADD", [1, 2], [3]),
            ("CUSTOM", [3], [4]),
            ("MEAN", [4], [5]),
            ("DELEGATE", [1, 9], [3]),
            ("DELEGATE", [4], [5]),
        )
    )
    assert found.pieces == 2
    assert found.delegated == {1, 2, 4}
    assert [node["op_name"] for node in found.nodes] == ["QUANTIZE", "CONV_2D", "ADD", "CUSTOM", "MEAN"]


def test_without_a_delegate_nothing_is_delegated() -> None:
    plain = interpreter_module().OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    found = read_delegation(load_interpreter(STARTER, 1, experimental_op_resolver_type=plain))
    assert (found.pieces, found.delegated) == (0, frozenset())
    assert found.nodes[0]["op_name"] == "QUANTIZE"
