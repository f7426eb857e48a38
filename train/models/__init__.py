"""Networks: an architecture per file, their registry, and what all of them share.

Others call `build_model` here, ask `train.models.registry` about architectures, and open finished runs with
`train.models.trained_run`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from train.models.registry import architecture_of
from train.recipes import Recipe

if TYPE_CHECKING:
    from train.models.input_layers import InputStatistics


def build_model(
    recipe: Recipe,
    classes: int,
    weights: str = "imagenet",
    statistics: InputStatistics | None = None,
    clock: Any = None,
    seed: int = 0,
) -> Any:
    """Build the network of a recipe.

    With a clock it is a network for training: same names and weights in the same order, so that
    `build_model(recipe, classes, "none").set_weights(training.get_weights())` is the one to save.

    Args:
        recipe: its architecture and sizes.
        classes: number of labels.
        weights: of the backbone: `imagenet`, `none`, or an .h5 file; a network without a backbone takes none, a hub
            module brings its own.
        statistics: for the recipe's `input_statistics`; None: layers that change nothing, for saved weights to come.
        clock: scalar int64 `tf.Variable`, the step that dropout depends on; None: plain dropout.
        seed: of that dropout.

    Returns:
        a `tf_keras.Model`: (batch, size, size, 3) float32 within [-1, 1] → (batch, classes) probabilities; with one
        logit (batch, 1), the probability of the second label: see `train.models.head.two_way`.

    Raises:
        UsageError: the recipe asks for what cannot be.
        DataError: the weights or the hub module are not to be had, or do not fit.
        ValueError: statistics of another kind than the recipe's, or the architecture's file is wrong.
    """
    import tf_keras as keras

    from train.models.head import FEATURES_LAYER, HEAD_LAYER, HIDDEN_LAYER, add_head, hidden, refuse_unknown_layers
    from train.models.input_layers import apply_input_statistics, unfitted_statistics
    from train.models.stateless_dropout import dropout_maker

    architecture = architecture_of(recipe)
    hidden_layers = (HIDDEN_LAYER,) if recipe.dense_units else ()
    refuse_unknown_layers(recipe, (*architecture.penalized(recipe), *hidden_layers, HEAD_LAYER))
    dropout = dropout_maker(clock, seed)
    inputs = keras.Input((recipe.input_size, recipe.input_size, 3), name="images")
    if statistics is not None and statistics.to_json()["kind"] != recipe.input_statistics:
        raise ValueError(f"statistics {statistics.to_json()['kind']} for a recipe with {recipe.input_statistics}")
    chosen = statistics or unfitted_statistics(recipe.input_statistics, recipe.input_size)
    features = architecture.features(apply_input_statistics(inputs, chosen), recipe, weights, dropout)
    if recipe.dense_units:
        features = hidden(features, recipe)
    outputs = add_head(dropout(recipe.dropout, "dropout")(features), recipe, classes)
    model = keras.Model(inputs, outputs, name=recipe.name)
    if architecture.has_backbone and FEATURES_LAYER not in (layer.name for layer in model.layers):
        raise ValueError(f"`{architecture.name}` ends in no layer called `{FEATURES_LAYER}`, which the head is put on")
    return model
