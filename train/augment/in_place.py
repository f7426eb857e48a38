"""In-place augmentation: every batch is changed anew, by TensorFlow operations on the whole batch at once.

The order is geometry, histogram, colour, noise, erasing. Every random number is a function of the seed that the caller
derives from (seed, epoch, step), so a resumed run sees what an uninterrupted one would have seen; each kind of change
draws from a seed of its own (`train.augment.draws`), so switching one on leaves the draws of the others alone.
"""

from __future__ import annotations

from typing import Any

from edge_app.common.errors import UsageError
from train.augment.augmentation import Augmentation


def augment_batch(images: Any, augmentation: Augmentation, seed: Any) -> Any:
    """Change every photograph of a batch at random, each one differently.

    Args:
        images: (batch, height, width, 3) tensor, RGB, 0..255.
        augmentation: how strongly.
        seed: (2,) int32 or int64 tensor; the result is a pure function of it.

    Returns:
        (batch, height, width, 3) float32 tensor, RGB, 0..255.

    Raises:
        UsageError: it is no batch of photographs.
    """
    import tensorflow as tf

    images = tf.cast(images, tf.float32)
    if images.shape.rank is not None and (images.shape.rank != 4 or images.shape[-1] not in (3, None)):
        raise UsageError(
            f"a batch of photographs has the shape (batch, height, width, 3), received {tuple(images.shape)}; for one "
            "photograph give `image[None]`"
        )
    if augmentation.moves:
        from train.augment.geometry import move

        images = move(images, augmentation, seed)
    return augment_pixels(images, augmentation, seed)


def augment_pixels(images: Any, augmentation: Augmentation, seed: Any) -> Any:
    """Do what `augment_batch` does after the geometry: for photographs that were moved elsewhere.

    Args and Returns: as in `augment_batch`.
    """
    import tensorflow as tf

    images = tf.cast(images, tf.float32)
    if not augmentation.recolours:
        return images
    from train.augment.colour import recolour
    from train.augment.disturbance import add_noise, erase
    from train.augment.histogram import equalize_some

    for change in (equalize_some, recolour, add_noise, erase):
        images = change(images, augmentation, seed)
    return images
