"""Builders of networks: one module each, flat functional models from [-1, 1] pixels to probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from train.recipes import Recipe

if TYPE_CHECKING:
    from train.models.input_layers import InputStatistics
    from train.models.stateless_dropout import DropoutMaker


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
        ValueError: statistics of another kind than the recipe's.
    """
    import tf_keras as keras

    from train.models.head import add_head, hidden
    from train.models.input_layers import apply_input_statistics, unfitted_statistics
    from train.models.stateless_dropout import dropout_maker

    _refuse_unknown_penalties(recipe)
    dropout = dropout_maker(clock, seed)
    inputs = keras.Input((recipe.input_size, recipe.input_size, 3), name="images")
    if statistics is not None and statistics.to_json()["kind"] != recipe.input_statistics:
        raise ValueError(f"statistics {statistics.to_json()['kind']} for a recipe with {recipe.input_statistics}")
    chosen = statistics or unfitted_statistics(recipe.input_statistics, recipe.input_size)
    features = _features(apply_input_statistics(inputs, chosen), recipe, weights, dropout)
    if recipe.pretrained and recipe.dense_units:
        features = hidden(features, recipe)
    outputs = add_head(dropout(recipe.dropout, "dropout")(features), recipe, classes)
    return keras.Model(inputs, outputs, name=recipe.name)


def _features(x: Any, recipe: Recipe, weights: str, dropout: DropoutMaker) -> Any:
    """Everything between the input and the head's dropout: (batch, width)."""
    if recipe.architecture == "custom_cnn":
        from train.models.custom_cnn import custom_cnn_features

        return custom_cnn_features(x, recipe, dropout)
    if recipe.architecture == "inception_v3":
        from train.models.inception_v3 import inception_v3_features

        return inception_v3_features(x, recipe, weights)
    if recipe.architecture == "hub":
        from train.models.hub import hub_features

        return hub_features(x, recipe)
    from train.models.mobilenet_v2 import mobilenet_v2_features

    return mobilenet_v2_features(x, recipe, weights)


def _refuse_unknown_penalties(recipe: Recipe) -> None:
    from train.models.custom_cnn import kernel_layers
    from train.models.head import HEAD_LAYER, HIDDEN_LAYER
    from train.models.penalties import refuse_unknown_layers

    below = kernel_layers(recipe)
    if recipe.pretrained:
        below = (HIDDEN_LAYER,) if recipe.dense_units else ()
    refuse_unknown_layers(recipe, (*below, HEAD_LAYER))
