"""MobileNetV2 as a flat graph, as quantization-aware training needs it.

Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018 (arXiv:1801.04381).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edge_app.common.errors import UsageError
from train.augment.augmentation import Augmentation
from train.models.architecture import Architecture, NamedRecipe, WeightFiles
from train.recipes import Recipe

WIDTHS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
"""Multipliers of the channels that have ImageNet weights."""

_SIZES = (96, 128, 160, 192, 224)  # of the pictures that they were learned from
_USUAL_SIZE = 224


def weights_file(input_size: int, width: float = 1.0) -> str:
    """Return the name of Keras' file for an input size; other sizes use the one for 224."""
    size = input_size if input_size in _SIZES else _USUAL_SIZE
    return f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{float(width)}_{size}_no_top.h5"


def _names(recipe: Recipe) -> tuple[str, ...]:
    """The shapes of a convolution's weights do not depend on the input size, so every size can use every file."""
    return weights_file(recipe.input_size, recipe.width), weights_file(_USUAL_SIZE, recipe.width)


WEIGHTS = WeightFiles("https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/", _names)
"""As tf_keras has them."""


def _features(x: Any, recipe: Recipe, weights: str, _dropout: Callable[..., Any]) -> Any:
    """Add the backbone and average pooling: (batch, 1280) features, more for widths above 1.

    Raises:
        DataError: the weights are not to be had, or do not fit.
        UsageError: there are no ImageNet weights for this width.
    """
    import tf_keras as keras

    from train.models.head import FEATURES_LAYER
    from train.models.pretrained_weights import apply_flat, load_backbone

    if recipe.width <= 0:
        raise UsageError(f"the width must be above 0, received {recipe.width}; try 1.0")
    if weights == "imagenet":
        if recipe.width not in WIDTHS:
            raise UsageError(
                f"there are no ImageNet weights for width {recipe.width}; choose one of "
                f"{', '.join(map(str, WIDTHS))}, or --weights none"
            )
        weights = _from_cache(recipe) or weights
    first = recipe.input_statistics == "none"  # Keras reads weights only into a network that begins with an input
    place = {"input_tensor": x} if first else {"input_shape": tuple(x.shape[1:])}
    backbone = load_backbone(keras.applications.MobileNetV2, weights, _names(recipe)[0], alpha=recipe.width, **place)
    maps = backbone.output if first else apply_flat(x, backbone)
    return keras.layers.GlobalAveragePooling2D(name=FEATURES_LAYER)(maps)


def _from_cache(recipe: Recipe) -> str | None:
    path, wanted = WEIGHTS.cached(recipe), _names(recipe)[0]
    if path is not None and path.name != wanted:
        print(f"`{wanted}` is not in `{path.parent}`: using `{path.name}`, which fits every size", flush=True)
    return None if path is None else str(path)


MOBILENET_V2 = Recipe(
    name="mobilenet_v2",
    architecture="mobilenet_v2",
    input_size=224,
    epochs=3,
    learning_rate=1e-4,
    patience=3,
    dropout=0.2,
    augmentation=Augmentation(rotate_degrees=8.0, zoom=0.1, translate=0.05),
    head_epochs=20,
    head_learning_rate=1e-3,
    fine_tune_from="block_6_expand",
    batch_norm_learns=True,
    soup=3,
    resize="auto",
)
"""Head first, then the blocks from 6 up, three times; their average is better than each (arXiv:2203.05482)."""

MOBILENET_V2_SMALL = Recipe(
    name="mobilenet_v2_small",
    architecture="mobilenet_v2",
    input_size=160,
    width=0.35,
    epochs=22,
    learning_rate=5e-4,
    warmup_epochs=1.0,
    patience=22,
    dropout=0.2,
    augmentation=Augmentation(
        rotate_degrees=10.0, zoom=0.1, translate=0.05, crop=0.5, brightness=0.1, contrast=0.1, saturation=0.1
    ),
    head_epochs=20,
    head_learning_rate=1e-3,
    batch_norm_learns=True,
    mixup=0.2,
    views=22,
    teacher_temperature=4.0,
    resize="auto",
)
"""The small end: width 0.35 at 160 px, all of it fine-tuned; made for `--teacher`."""

_SOURCE = "Sandler et al., CVPR 2018 (arXiv:1801.04381)"

ARCHITECTURE = Architecture(
    name="mobilenet_v2",
    features=_features,
    recipes=(
        NamedRecipe(
            MOBILENET_V2,
            "MobileNetV2 with ImageNet weights: the head first, then the blocks from 6 up, three times and averaged",
            time="16 to 17 minutes for 8,000 photographs on 2 cores, half of it with --soup 1",
            accuracy="98.9 to 99.0 % on Dogs-vs-Cats, 98.8 % with --soup 1",
            source=_SOURCE,
        ),
        NamedRecipe(
            MOBILENET_V2_SMALL,
            "The small one: width 0.35 at 160 px, all of it fine-tuned; made for --teacher",
            time="28 minutes for 8,000 photographs on 2 cores, half of them for the teacher",
            accuracy="96.8 % on Dogs-vs-Cats with a soup as its teacher",
            source=_SOURCE,
        ),
    ),
    blocks=r"block_\d+|expanded_conv",
    block_of={"Conv1": "stem", "bn_Conv1": "stem", "Conv_1": "block_16", "Conv_1_bn": "block_16"},
    own_settings=frozenset({"width"}),
    weights=WEIGHTS,
    channels="width",
)
