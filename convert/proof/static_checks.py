"""What can be said of a file without a photograph: its operators, its input and output, the kernels of compression."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from convert.proof.operators import (
    Operators,
    read_operators,
    refuse_foreign_operators,
    refuse_lost_standardization,
    refuse_wrong_input,
)
from convert.proof.weights import KernelFound, name_kernels, read_kernels, refuse_broken_constraints
from convert.quantize.make import MadeModel
from convert.quantize.recipes import ConversionRecipe
from convert.run_folder import RunFolder
from edge_app.model.classifier import Classifier


@dataclass(frozen=True, eq=False)
class Draft:
    """A file that passed the static checks and is still to be compared with the Keras model.

    Attributes:
        made: the model and the card that it will get.
        path: where the runtime finds it meanwhile, without a card.
        operators: what it computes with.
        kernels: of a compressed run: what was counted in the file.
    """

    made: MadeModel
    path: Path
    operators: Operators
    kernels: tuple[KernelFound, ...]

    @property
    def recipe(self) -> ConversionRecipe:
        """How it was made."""
        return self.made.recipe

    def classifier(self, threads: int | None = None) -> Classifier:
        """Open it as a device does."""
        return Classifier(self.path, threads, trusted=True, card=self.made.card)


def check_model(made: MadeModel, run: RunFolder, folder: Path) -> Draft:
    """Look at everything that needs no photograph.

    Args:
        made: the model.
        run: that it was made of.
        folder: a temporary one, which outlives the draft; the runtime reads the model from there.

    Raises:
        ConversionError: the model is not what its recipe and its run say.
    """
    refuse_foreign_operators(made.content, made.file)
    kernels = compressed_kernels(made.content, run, made.file)
    path = folder / made.file
    path.write_bytes(made.content)
    classifier = Classifier(path, trusted=True, card=made.card, as_stored=True)
    operators = read_operators(classifier.interpreter)
    refuse_wrong_input(classifier, made.recipe, run.input_size)
    refuse_lost_standardization(operators, made.recipe, run)
    card = replace(made.card, score_floor=classifier.score_floor)
    return Draft(replace(made, card=card), path, operators, kernels)


def compressed_kernels(content: bytes, run: RunFolder, file: str) -> tuple[KernelFound, ...]:
    """Count zeros and distinct values in the kernels of a compressed run's file; other runs constrain nothing.

    Raises:
        ConversionError: a kernel is not as compression left it.
    """
    if run.compression is None:
        return ()
    found = name_kernels(read_kernels(content), run.compression.kernels)
    refuse_broken_constraints(found, run.compression.kernels, file)
    return tuple(found)
