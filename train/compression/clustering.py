"""Clustering: the weights of each layer share a few values, found by k-means and trained on.

The file becomes smaller once it is packed, as with pruning; the model does not become faster.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tf_keras as keras

from train.compression.flat_network import compressible_layers, copy_of, plain_copy, rebuild
from train.compression.stage import Promise, Promises, WrappedNetwork
from train.compression.toolkit import cluster_weights_keeping_zeros, tfmot

_FEWEST_WEIGHTS_PER_CLUSTER = 8


def clustered(model: Any, clusters: int, promises: Promises) -> tuple[WrappedNetwork, Promises]:
    """Wrap a network for clustering; where zeros are promised one of the values is zero and stays it.

    The last layer is left alone, like the first: it has a few thousand weights at most, and decides. So are layers with
    too few weights to share values.

    Args:
        model: flat, without wrappers; its layers become part of the result.
        clusters: values per layer.
        promises: of earlier stages.
    """
    names = {
        layer.name
        for layer in compressible_layers(model)
        if layer is not model.layers[-1] and layer.kernel.shape.num_elements() >= clusters * _FEWEST_WEIGHTS_PER_CLUSTER
    }

    def make(layer: Any) -> Any:
        if layer.name in names:
            return _wrapped(layer, clusters, keep_zeros=layer.name in promises)
        if layer.name in promises:
            return copy_of(layer, kernel_constraint=_ZerosStay(layer.kernel.numpy()))
        return layer

    wrapped = rebuild(model, make)
    for name in promises.keys() - names:
        wrapped.get_layer(name).set_weights(model.get_layer(name).get_weights())

    def finish(trained: Any) -> Any:
        return plain_copy(tfmot.clustering.keras.strip_clustering(trained))

    added = {name: promises.get(name, Promise()).and_clusters(clusters) for name in names}
    return WrappedNetwork(wrapped, finish), {**promises, **added}


class _ZerosStay(keras.constraints.Constraint):  # type: ignore[misc]  # tf_keras has no types
    """For layers that promise zeros and are not clustered."""

    def __init__(self, kernel: Any) -> None:
        self._mask = tf.constant(kernel != 0, tf.float32)

    def __call__(self, kernel: Any) -> Any:
        return kernel * self._mask


def _wrapped(layer: Any, clusters: int, keep_zeros: bool) -> Any:
    options: dict[str, Any] = {
        "number_of_clusters": clusters,
        "cluster_centroids_init": tfmot.clustering.keras.CentroidInitialization.KMEANS_PLUS_PLUS,
    }
    if keep_zeros:
        return cluster_weights_keeping_zeros(layer, preserve_sparsity=True, **options)
    return tfmot.clustering.keras.cluster_weights(layer, **options)
