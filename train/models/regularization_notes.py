"""Advice on combinations of regularizers; imports no TensorFlow."""

from __future__ import annotations

from train.recipes import Recipe


def regularization_notes(recipe: Recipe) -> list[str]:
    """Return what a recipe's author should know before training, a paragraph each.

    Dropout behind batch normalization: Li, Chen, Hu and Yang, "Understanding the Disharmony between Dropout and Batch
    Normalization by Variance Shift", CVPR 2019 (arXiv:1801.05134).
    """
    if not (recipe.filters and recipe.batch_norm and recipe.block_dropout > 0):
        return []
    return [
        f"dropout ({recipe.block_dropout:g}) and batch norm in one block do not mix: in training dropout scales what "
        "it keeps by 1/(1 - rate), which raises the variance that the next batch norm learns, and in use nothing is "
        "dropped, so that it divides by a variance that no longer comes (variance shift, arXiv:1801.05134); keep "
        "dropout before the last layer (--dropout), or train without batch norm"
    ]
