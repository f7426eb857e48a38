"""Promises of penalties: the last one that names a layer counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge_app.common.errors import UsageError
from train.models.penalties import kernel_penalty, refuse_unknown_layers
from train.recipes import CUSTOM_CNN, MOBILENET_V2, Penalty


def test_the_last_penalty_that_names_a_layer_counts() -> None:
    recipe = replace(CUSTOM_CNN, penalties=(Penalty(l2=0.5), Penalty("block1", l1=0.25)))
    one, two = kernel_penalty(recipe, "block1_conv"), kernel_penalty(recipe, "hidden")
    assert (float(one.l1), float(one.l2)) == (0.25, 0.0)
    assert (float(two.l1), float(two.l2)) == (0.0, 0.5)
    assert kernel_penalty(replace(recipe, penalties=()), "hidden") is None
    assert kernel_penalty(replace(recipe, penalties=(Penalty(l2=0.5), Penalty("hidden"))), "hidden") is None


def test_a_pretrained_network_has_penalties_on_its_head() -> None:
    refuse_unknown_layers(replace(MOBILENET_V2, penalties=(Penalty(l2=0.5), Penalty("prob"))), ("probabilities",))
    with pytest.raises(UsageError, match=r"begins with `block_16`; in mobilenet_v2 there are probabilities"):
        refuse_unknown_layers(replace(MOBILENET_V2, penalties=(Penalty("block_16", l2=0.5),)), ("probabilities",))
