"""Short trainings in this process: the project's own network, augmentation and loop, no start-up and no report.

`fieldlens train` needs ten seconds before its first step; the papers need dozens of short runs. One `Trainer` per
recipe is compiled once and starts anew for every seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tf_keras as keras

from benchmarks.experiments.papers.pictures import SIDE, Part, Pictures
from train.augment.augmentation import OFF, Augmentation
from train.augment.in_place import augment_batch
from train.data.batches import epoch_order, normalize
from train.fitting.loop import StageLimits, Validation, train_stage
from train.fitting.resume import TrainingState
from train.models import build_model
from train.recipes import Recipe

BATCH = 32

_AT_ONCE = 250  # photographs outside of training
_SEED_STRIDE = 1_000_000  # steps between the dropout masks of two seeds


@dataclass(frozen=True)
class Risk:
    """How wrong a network is on photographs.

    Attributes:
        log_loss: nats.
        error: share of photographs with a wrong best label.
        squared_error: of the probabilities against one-hot labels, mean over photographs and classes.
    """

    log_loss: float
    error: float
    squared_error: float


@dataclass(frozen=True)
class Curve:
    """A training, judged every so many steps in inference mode; one entry per judgement.

    Attributes:
        steps: batches learned from so far.
        training_loss: nats, on the first training photographs, as many as there are of validation.
        training_error: share wrong of the same.
        validation_loss: nats.
        test_error: share wrong.
    """

    steps: tuple[int, ...]
    training_loss: tuple[float, ...]
    training_error: tuple[float, ...]
    validation_loss: tuple[float, ...]
    test_error: tuple[float, ...]

    @property
    def best(self) -> int:
        """Place of the lowest validation loss."""
        return int(np.argmin(self.validation_loss))


def small_cnn(**changes: Any) -> Recipe:
    """Return the papers' network: three blocks of 8, 16 and 32 filters at 64 px, 128 hidden units, nothing that helps.

    Args:
        **changes: fields of the recipe.
    """
    plain: dict[str, Any] = {
        "name": "small_cnn",
        "architecture": "custom_cnn",
        "input_size": SIDE,
        "epochs": 1,  # the loop counts steps
        "learning_rate": 1e-3,
        "batch_size": BATCH,
        "filters": (8, 16, 32),
        "batch_norm": False,
        "dense_units": 128,
        "dropout": 0.0,
        "augmentation": OFF,
    }
    return Recipe(**{**plain, **changes})


class Trainer:
    """Trains one recipe again and again.

    Args:
        recipe: of `small_cnn`.
        classes: number of labels.
    """

    def __init__(self, recipe: Recipe, classes: int) -> None:
        self.recipe, self._classes = recipe, classes
        self._clock = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.network = build_model(recipe, classes, "none", clock=self._clock)
        self._optimizer = keras.optimizers.Adam(recipe.learning_rate)
        self._optimizer.build(self.network.trainable_variables)
        pictures, numbers = tf.TensorSpec((None, SIDE, SIDE, 3), tf.uint8), tf.TensorSpec((None,), tf.int64)
        orders = tf.TensorSpec((None, None), tf.int64)
        self._learn = tf.function(self._learn_batches, input_signature=(pictures, numbers, orders))
        self._predict = tf.function(
            lambda images: self.network(normalize(images), training=False), input_signature=(pictures,)
        )

    def start(self, seed: int) -> None:
        """Forget everything: new initial weights of a seed, a fresh optimizer, other dropout masks."""
        keras.utils.set_random_seed(seed)
        self.network.set_weights(build_model(self.recipe, self._classes, "none").get_weights())
        for variable in self._optimizer.variables:
            variable.assign(tf.zeros_like(variable))
        self._optimizer.learning_rate.assign(self.recipe.learning_rate)
        self._clock.assign(seed * _SEED_STRIDE)

    def set_rate(self, share: float) -> None:
        """Set the learning rate to a share of the recipe's, 0..1."""
        self._optimizer.learning_rate.assign(self.recipe.learning_rate * share)

    def learn(self, part: Part, seed: int, first: int, steps: int) -> tuple[float, float]:
        """Take some steps in one call of the graph.

        Args:
            part: photographs to learn from.
            seed: of their order.
            first: steps taken before.
            steps: to take now.

        Returns:
            mean loss of these steps in nats, and the share of their photographs that was classified correctly.
        """
        images, targets = tf.constant(part.images_rgb), tf.constant(part.targets)
        loss, correct = self._learn(images, targets, tf.constant(batch_orders(seed, len(part), first, steps)))
        return float(loss) / steps, float(correct) / steps

    def judge(self, part: Part) -> Risk:
        """Measure the risks in inference mode."""
        return risk_of(self.probabilities(part.images_rgb), part.targets)

    def probabilities(self, images_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        """Return (photographs, classes) probabilities."""
        starts = range(0, len(images_rgb), _AT_ONCE)
        blocks = [self._predict(tf.constant(images_rgb[start : start + _AT_ONCE])) for start in starts]
        return np.concatenate([block.numpy() for block in blocks]).astype(np.float64)

    def _learn_batches(self, images: Any, targets: Any, orders: Any) -> tuple[Any, Any]:
        """Return the sums of mean loss and accuracy over the batches."""
        losses, accuracies = tf.constant(0.0), tf.constant(0.0)
        for order in orders:
            seed = tf.stack([tf.constant(0, tf.int64), self._clock.read_value()])
            batch = normalize(augment_batch(tf.gather(images, order), self.recipe.augmentation, seed))
            with tf.GradientTape() as tape:
                probabilities = self.network(batch, training=True)
                wanted = tf.gather(targets, order)
                loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(wanted, probabilities))
            gradients = tape.gradient(loss, self.network.trainable_variables)
            self._optimizer.apply_gradients(zip(gradients, self.network.trainable_variables, strict=True))
            self._clock.assign_add(1)
            losses += loss
            accuracies += tf.reduce_mean(tf.cast(tf.argmax(probabilities, axis=1) == wanted, tf.float32))
        return losses, accuracies


class _BlockLearner:
    """Learns block by block: a step of the loop is a whole block of batches, and an epoch of the loop is one step.

    Args:
        trainer: started with the seed.
        part: photographs to learn from.
        seed: of their order.
        steps: of the whole training.
        block: steps of a block.
    """

    steps_per_epoch = 1

    def __init__(self, trainer: Trainer, part: Part, seed: int, steps: int, block: int) -> None:
        self._trainer, self._part, self._seed, self._steps, self._block = trainer, part, seed, steps, block

    def step(self, number: int) -> tuple[float, float]:
        """Take the steps of a block."""
        first = number * self._block
        return self._trainer.learn(self._part, self._seed, first, min(self._block, self._steps - first))

    def validate(self) -> Validation | None:
        """Measure nothing: the last weights count."""
        return None

    def weights(self) -> list[Any]:
        """Return nothing: the last weights stay in the network."""
        return []

    def train(self, name: str) -> None:
        """Take all steps."""
        limits = StageLimits(name, -(-self._steps // self._block))
        train_stage(limits, self, TrainingState(), quiet=True)


class _DecayingLearner(_BlockLearner):
    """The rate falls to zero along a cosine, block by block."""

    def step(self, number: int) -> tuple[float, float]:
        """Take the steps of a block at the same rate."""
        self._trainer.set_rate(0.5 * (1.0 + np.cos(np.pi * number * self._block / self._steps)))
        return super().step(number)


class _JudgedLearner(_BlockLearner):
    """Every block is judged; `rows` are those of a `Curve`."""

    def __init__(self, trainer: Trainer, pictures: Pictures, seed: int, judgements: int, every: int) -> None:
        super().__init__(trainer, pictures.train, seed, judgements * every, every)
        few = len(pictures.validation)
        shown = Part(pictures.train.images_rgb[:few], pictures.train.targets[:few])
        self._judged_parts = (shown, pictures.validation, pictures.test)
        self.rows: list[tuple[int, float, float, float, float]] = []

    def validate(self) -> Validation:
        """Judge the network on all parts."""
        training, validation, test = (self._trainer.judge(part) for part in self._judged_parts)
        steps = (len(self.rows) + 1) * self._block
        self.rows.append((steps, training.log_loss, training.error, validation.log_loss, test.error))
        return Validation(validation.log_loss, 1.0 - validation.error)


_DECAY_EVERY = 20  # steps with the same rate


@lru_cache(maxsize=4)
def trainer_of(recipe: Recipe, classes: int) -> Trainer:
    """Return the trainer of a recipe, compiled once for all seeds."""
    return Trainer(recipe, classes)


def trained(recipe: Recipe, part: Part, classes: int, steps: int, seed: int) -> Trainer:
    """Train with a rate that falls to zero along a cosine; the last weights count.

    Args:
        recipe: of `small_cnn`.
        part: photographs to learn from.
        classes: number of labels.
        steps: batches.
        seed: of everything random.
    """
    trainer = trainer_of(recipe, classes)
    trainer.start(seed)
    _DecayingLearner(trainer, part, seed, steps, _DECAY_EVERY).train(recipe.name)
    return trainer


def training_curve(recipe: Recipe, pictures: Pictures, judgements: int, every: int, seed: int) -> Curve:
    """Train at a constant rate and judge every so many steps.

    Args:
        recipe: of `small_cnn`.
        pictures: to learn from and to judge by.
        judgements: how many.
        every: steps between two.
        seed: of everything random.
    """
    trainer = trainer_of(recipe, pictures.classes)
    trainer.start(seed)
    learner = _JudgedLearner(trainer, pictures, seed, judgements, every)
    learner.train(recipe.name)
    return Curve(*zip(*learner.rows, strict=True))


def batch_orders(seed: int, count: int, first: int, steps: int) -> npt.NDArray[np.int64]:
    """Return the places of the photographs of some batches, (steps, batch): whole epochs in new orders, end to end.

    Args:
        seed: of the orders.
        count: photographs.
        first: number of the first batch.
        steps: how many batches.
    """
    begin, end = first * BATCH, (first + steps) * BATCH
    epochs = range(begin // count, -(-end // count))
    places = np.concatenate([epoch_order(seed, epoch, count) for epoch in epochs])
    start = begin - epochs[0] * count
    return places[start : start + end - begin].reshape(steps, BATCH)


def risk_of(outputs: npt.NDArray[np.float64], targets: npt.NDArray[np.int64]) -> Risk:
    """Compare outputs with labels.

    Args:
        outputs: (photographs, classes) probabilities, or any scores: what is below 1e-7 counts as that in the log loss.
        targets: (photographs,) places of the true labels.
    """
    classes = outputs.shape[1]
    true = np.clip(outputs[np.arange(len(targets)), targets], 1e-7, 1.0)
    return Risk(
        log_loss=float(-np.log(true).mean()),
        error=float((outputs.argmax(axis=1) != targets).mean()),
        squared_error=float(((outputs - np.eye(classes)[targets]) ** 2).mean()),
    )


def moved() -> Augmentation:
    """Return the augmentation of the papers: mirrored, turned, zoomed and shifted; colours stay."""
    return Augmentation()
