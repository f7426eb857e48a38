"""The course's network: convolution blocks from scratch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edge_app.common.errors import UsageError
from train.augment.augmentation import Augmentation
from train.models.architecture import Architecture, NamedRecipe
from train.recipes import Penalty, Recipe

_BATCH_NORM_MOMENTUM = 0.9  # Keras' 0.99 needs thousands of steps before inference agrees with training


def _features(x: Any, recipe: Recipe, _weights: str, dropout: Callable[..., Any]) -> Any:
    """Add blocks of Conv → BatchNorm → ReLU (once or more) → MaxPool, then Flatten or average.

    A convolution before batch norm has no bias, which the normalization would cancel; without batch norm it has one.

    Raises:
        UsageError: no blocks, or more than the input size can be halved.
    """
    import tf_keras as keras

    if not recipe.filters:
        raise UsageError(f"the recipe `{recipe.name}` has no convolution blocks; give filters, such as 32 64 128")
    if recipe.input_size < 2 ** len(recipe.filters):
        raise UsageError(
            f"{len(recipe.filters)} blocks halve {recipe.input_size} px to nothing; give an image size of at least "
            f"{2 ** len(recipe.filters)}, or fewer filters"
        )
    for number, filters in enumerate(recipe.filters, start=1):
        x = _block(x, recipe, f"block{number}", filters, dropout)
    if recipe.pooling == "flatten":
        return keras.layers.Flatten(name="flatten")(x)
    return keras.layers.GlobalAveragePooling2D(name="average")(x)


def kernel_layers(recipe: Recipe) -> tuple[str, ...]:
    """Return the names of all convolutions."""
    blocks = range(1, len(recipe.filters) + 1)
    return tuple(f"block{number}_conv{suffix}" for number in blocks for suffix in _suffixes(recipe))


def _block(x: Any, recipe: Recipe, name: str, filters: int, dropout: Callable[..., Any]) -> Any:
    import tf_keras as keras

    from train.models.head import kernel_penalty

    for suffix in _suffixes(recipe):
        x = keras.layers.Conv2D(
            filters,
            3,
            padding="same",
            use_bias=not recipe.batch_norm,
            kernel_initializer="he_normal",
            kernel_regularizer=kernel_penalty(recipe, f"{name}_conv{suffix}"),
            name=f"{name}_conv{suffix}",
        )(x)
        if recipe.batch_norm:
            x = keras.layers.BatchNormalization(momentum=_BATCH_NORM_MOMENTUM, name=f"{name}_norm{suffix}")(x)
        x = keras.layers.ReLU(name=f"{name}_relu{suffix}")(x)
    x = keras.layers.MaxPooling2D(name=f"{name}_pool")(x)
    if recipe.block_dropout > 0:
        x = dropout(recipe.block_dropout, f"{name}_dropout", (None, 1, 1, filters))(x)
    return x


def _suffixes(recipe: Recipe) -> tuple[str, ...]:
    """Return what the names of a block's convolutions end with: nothing, then their places."""
    return ("", *(str(place) for place in range(2, recipe.convolutions + 1)))


def _notes(recipe: Recipe) -> list[str]:
    """Dropout behind batch normalization.

    Li, Chen, Hu and Yang, "Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift",
    CVPR 2019 (arXiv:1801.05134).
    """
    if not (recipe.filters and recipe.batch_norm and recipe.block_dropout > 0):
        return []
    return [
        f"dropout ({recipe.block_dropout:g}) and batch norm in one block do not mix: in training dropout scales what "
        "it keeps by 1/(1 - rate), which raises the variance that the next batch norm learns, and in use nothing is "
        "dropped, so that it divides by a variance that no longer comes (variance shift, arXiv:1801.05134); keep "
        "dropout before the last layer (--dropout), or train without batch norm"
    ]


CUSTOM_CNN = Recipe(
    name="custom_cnn",
    architecture="custom_cnn",
    input_size=112,
    epochs=50,
    learning_rate=2e-3,
    warmup_epochs=2.0,
    patience=20,
    dropout=0.3,
    penalties=(Penalty(l2=1e-4),),
    augmentation=Augmentation(
        rotate_degrees=15.0, zoom=0.1, translate=0.1, crop=0.5, brightness=0.2, contrast=0.2, saturation=0.2
    ),
    filters=(16, 32, 64, 128, 192),
    convolutions=2,
    pooling="average",
    views=12,
)
"""As the course builds them: five blocks of two convolutions, 0.8 million parameters."""

TINY = Recipe(
    name="tiny",
    architecture="custom_cnn",
    input_size=48,
    epochs=15,
    learning_rate=3e-3,
    patience=8,
    dropout=0.3,
    augmentation=Augmentation(rotate_degrees=0.0, zoom=0.0, translate=0.0),
    filters=(16, 32, 32, 32),
    dense_units=32,
)
"""A toy that trains in seconds, for trying the chain."""

ARCHITECTURE = Architecture(
    name="custom_cnn",
    features=_features,
    recipes=(
        NamedRecipe(
            CUSTOM_CNN,
            "A convolutional network from scratch: five blocks of two convolutions, 0.8 million parameters",
            time="32 minutes (43 with the teacher) for 8,000 photographs on 2 busy cores, with --mixed-precision",
            accuracy="93.9 % on Dogs-vs-Cats with --neither, 94.4 % with a teacher instead",
        ),
        NamedRecipe(
            TINY,
            "A toy that trains in seconds, for trying the chain",
            accuracy="Not measured",
        ),
    ),
    blocks=r"block\d+",
    own_settings=frozenset({"filters", "convolutions", "pooling", "batch_norm", "block_dropout"}),
    channels="filters",
    penalized=kernel_layers,
    notes=_notes,
)
