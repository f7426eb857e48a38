"""Named ways to train; the command line overrides single fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from edge_app.errors import UsageError
from train.augment.geometric import GeometricAugmentation

Architecture = Literal["mobilenet_v2", "custom_cnn"]


@dataclass(frozen=True)
class Recipe:
    """How to train one kind of model.

    Attributes:
        name: on the command line.
        architecture: which builder of `train.models`.
        input_size: width and height of the input, pixels.
        epochs: of the whole network (`custom_cnn`) or of fine-tuning (`mobilenet_v2`), at most.
        learning_rate: of those epochs at its peak; it falls to zero along a cosine.
        batch_size: photographs per step.
        patience: epochs without a better validation loss before training stops.
        dropout: share of features dropped before the last layer.
        weight_decay: L2 penalty on convolution and dense kernels.
        augmentation: of training photographs.
        filters: of the convolution blocks of `custom_cnn`.
        dense_units: of the hidden layer of `custom_cnn`.
        head_epochs: of the head alone on cached features of `mobilenet_v2`, at most.
        head_learning_rate: of those epochs at its peak.
        fine_tune_from: first layer of `mobilenet_v2` that fine-tuning moves.
    """

    name: str
    architecture: Architecture
    input_size: int
    epochs: int
    learning_rate: float
    batch_size: int = 32
    patience: int = 8
    dropout: float = 0.5
    weight_decay: float = 0.0
    augmentation: GeometricAugmentation = field(default_factory=GeometricAugmentation)
    filters: tuple[int, ...] = ()
    dense_units: int = 0
    head_epochs: int = 0
    head_learning_rate: float = 0.0
    fine_tune_from: str = ""

    def __post_init__(self) -> None:
        least = 0 if self.head_epochs else 1
        for what, value, low in (
            ("epochs", self.epochs, least),
            ("image size", self.input_size, 32),
            ("batch size", self.batch_size, 1),
        ):
            if value < low:
                raise UsageError(f"the recipe `{self.name}` needs {what} of at least {low}, received {value}")
        if self.learning_rate <= 0:
            raise UsageError(f"the learning rate must be above 0, received {self.learning_rate}; try 0.001")


MOBILENET_V2 = Recipe(
    name="mobilenet_v2",
    architecture="mobilenet_v2",
    input_size=224,
    epochs=3,
    learning_rate=1e-4,
    patience=3,
    dropout=0.2,
    augmentation=GeometricAugmentation(rotate_degrees=8.0, zoom=0.1, translate=0.05),
    head_epochs=20,
    head_learning_rate=1e-3,
    fine_tune_from="block_6_expand",
)
"""MobileNetV2 with ImageNet weights: head first, then the blocks from 6 up.

Sandler et al., CVPR 2018 (arXiv:1801.04381). `python -m train PHOTOS --recipe mobilenet_v2 --out runs/pets`: about 15
minutes for 8,000 photographs on 2 cores. Dogs-vs-Cats: 98.5 to 99.2 % of the test photographs.
"""

CUSTOM_CNN = Recipe(
    name="custom_cnn",
    architecture="custom_cnn",
    input_size=96,
    epochs=45,
    learning_rate=1.5e-3,
    patience=10,
    dropout=0.5,
    weight_decay=1e-4,
    filters=(32, 64, 128, 128),
    dense_units=128,
)
"""The course's convolution network from scratch: four blocks, 0.8 million parameters.

`python -m train PHOTOS --recipe custom_cnn --out runs/cnn`: about half an hour for 8,000 photographs on 2 cores.
Dogs-vs-Cats: about 88 % of the test photographs.
"""

TINY = Recipe(
    name="tiny",
    architecture="custom_cnn",
    input_size=48,
    epochs=15,
    learning_rate=3e-3,
    patience=8,
    dropout=0.3,
    augmentation=GeometricAugmentation(rotate_degrees=0.0, zoom=0.0, translate=0.0),
    filters=(16, 32, 32, 32),
    dense_units=32,
)
"""A toy that trains in seconds, for trying the chain: 93 % on 2,000 drawn pets.

`python -m train drawings --recipe tiny --out runs/tiny`: 15 seconds on 2 cores.
"""

RECIPES = {recipe.name: recipe for recipe in (MOBILENET_V2, CUSTOM_CNN, TINY)}
"""All recipes by name, the default first."""
