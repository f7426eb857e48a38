"""Promises of the advice: it comes when dropout and batch norm meet in a block, with the reason, and not otherwise."""

from __future__ import annotations

from dataclasses import replace

from train.models.regularization_notes import regularization_notes
from train.recipes import CUSTOM_CNN, RECIPES


def test_dropout_and_batch_norm_in_one_block_are_advised_against_with_the_reason() -> None:
    (note,) = regularization_notes(replace(CUSTOM_CNN, block_dropout=0.25))
    assert note.startswith("dropout (0.25) and batch norm in one block do not mix")
    assert "variance shift, arXiv:1801.05134" in note


def test_one_of_the_two_is_no_matter_and_no_recipe_of_ours_has_both() -> None:
    assert regularization_notes(replace(CUSTOM_CNN, block_dropout=0.25, batch_norm=False)) == []
    assert [regularization_notes(recipe) for recipe in RECIPES.values()] == [[]] * len(RECIPES)
