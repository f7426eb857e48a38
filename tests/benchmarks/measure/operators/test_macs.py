"""Promises of `benchmarks.measure.operators.macs`: it counts as the papers do, and trusts no file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.__main__ import main
from benchmarks.experiments.fuzz.models import find_places, mutate
from benchmarks.measure.operators.macs import ModelCost, count_macs, count_parameters, operator_macs
from edge_app.common.errors import ModelFileError
from edge_app.model.graph import NO_TENSOR, Graph, Operator, Tensor, read_graph
from edge_app.model.starter import STARTER
from tests import models

CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, RESHAPE, TRANSPOSE_CONV, BATCH_MATMUL = 3, 4, 9, 22, 67, 126
FLOAT32, INT32, INT8 = 0, 2, 9


def layer(code: int, inputs: list[tuple[int, ...]], output: tuple[int, ...]) -> Graph:
    """One operator; its first input is the picture, the others are constants."""
    tensors = [Tensor(f"t{place}", shape, INT8, place + 1, place > 0) for place, shape in enumerate(inputs)]
    tensors.append(Tensor("out", output, INT8, 0, False))
    indices = tuple(range(len(inputs)))
    return Graph(tuple(tensors), (Operator(code, indices, (len(inputs),)),), (0,), (len(inputs),))


@pytest.mark.parametrize("path", [models.UINT8, models.INT8], ids=lambda path: path.stem)
def test_a_whole_network_is_counted_as_by_hand(path: Path) -> None:
    """8 maps of 4×4 from 3×3 pixels of 3 colours, and 1,001 scores from 8 means; each with a bias."""
    cost = count_macs(path)
    assert cost.macs == 4 * 4 * 8 * 27 + 1001 * 8
    assert cost.parameters == 8 * 27 + 8 + 1001 * 8 + 1001


@pytest.mark.parametrize(
    ("code", "inputs", "output", "macs"),
    [
        (CONV_2D, [(1, 8, 8, 3), (16, 3, 3, 3)], (1, 4, 4, 16), 4 * 4 * 16 * 27),
        (CONV_2D, [(1, 8, 8, 4), (16, 3, 3, 2)], (1, 8, 8, 16), 8 * 8 * 16 * 18),  # two groups
        (DEPTHWISE_CONV_2D, [(1, 8, 8, 6), (1, 5, 5, 6)], (1, 8, 8, 6), 8 * 8 * 6 * 25),
        (FULLY_CONNECTED, [(1, 20), (7, 20)], (1, 7), 7 * 20),
        (TRANSPOSE_CONV, [(4,), (5, 2, 2, 3), (1, 4, 4, 3)], (1, 8, 8, 5), 4 * 4 * 3 * 5 * 4),
        (BATCH_MATMUL, [(2, 3, 4), (2, 4, 5)], (2, 3, 5), 2 * 3 * 5 * 4),
        (RESHAPE, [(1, 8, 8, 3), (2,)], (1, 192), 0),
    ],
)
def test_layers_by_hand(code: int, inputs: list[tuple[int, ...]], output: tuple[int, ...], macs: int) -> None:
    graph = layer(code, inputs, output)
    assert operator_macs(graph, graph.operators[0]) == macs


def test_shapes_are_no_parameters_and_shared_weights_count_once() -> None:
    picture, weights = Tensor("in", (1, 4), INT8, 0, False), Tensor("w", (4, 4), INT8, 1, True)
    bias, shape = Tensor("b", (4,), INT32, 2, True), Tensor("shape", (2,), INT32, 3, True)
    dense = Operator(FULLY_CONNECTED, (0, 1, 2), (0,))
    graph = Graph(
        (picture, weights, bias, shape),
        (dense, dense, Operator(FULLY_CONNECTED, (0, 1, NO_TENSOR), (0,)), Operator(RESHAPE, (0, 3), (0,))),
        (0,),
        (0,),
    )
    assert count_parameters(graph) == 16 + 4


def test_a_layer_of_unknown_shape_is_not_counted_as_nothing() -> None:
    graph = layer(FULLY_CONNECTED, [(1, 20), (7, 20)], ())
    with pytest.raises(ValueError, match="`out` has the shape"):
        operator_macs(graph, graph.operators[0])


CONTENT = STARTER.read_bytes()
PLACES = find_places(CONTENT)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6))
def test_damage_ends_in_a_sentence_or_a_count(tmp_path: Path, number: int) -> None:
    damaged = tmp_path / "damaged.tflite"
    damaged.write_bytes(mutate(CONTENT, PLACES, 0, number)[1])
    try:
        assert isinstance(count_macs(damaged), ModelCost)
    except ModelFileError as error:
        assert str(damaged) in str(error)


def test_the_graph_leads_from_its_inputs_to_its_outputs() -> None:
    graph = read_graph(STARTER)
    made = {index for operator in graph.operators for index in operator.outputs} | set(graph.inputs)
    for operator in graph.operators:
        assert all(index == NO_TENSOR or index in made or graph.tensors[index].constant for index in operator.inputs)
    assert set(graph.outputs) <= made


def test_the_verb_shows_a_row_per_file_and_refuses_what_is_no_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["macs", str(STARTER)]) == 0
    assert STARTER.name in capsys.readouterr().out
    (tmp_path / "text.tflite").write_text("this is no model")
    assert main(["macs", str(tmp_path / "text.tflite")]) == 1
    assert "is not a TFLite model" in capsys.readouterr().err
