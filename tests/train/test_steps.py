"""Promises of a step: outliers teach, and leave the statistics of batch norm to the photographs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras

from train.feeds import Batch
from train.models import build_model
from train.optimizers import optimizer_groups
from train.recipes import TINY
from train.steps import Objective, Stepper

PHOTOGRAPHS, OUTLIERS = 8, 4


def stepped(outliers: Any) -> Any:
    """The network after one step on the same photographs beside some outliers."""
    keras.utils.set_random_seed(1)
    recipe = replace(TINY, input_size=32, filters=(4, 8), dense_units=4, dropout=0.0)
    model = build_model(recipe, 2, "none")
    model.layers[-1].activation = keras.activations.linear
    groups = optimizer_groups(model, recipe, 1e-2, 10, 0, {})
    strategy, clock = tf.distribute.get_strategy(), tf.Variable(0, dtype=tf.int64)
    stepper = Stepper(model, model, groups, Objective(), clock, strategy, outliers=len(outliers))
    rng = np.random.default_rng(0)
    pictures = rng.uniform(-1, 1, (PHOTOGRAPHS, 32, 32, 3)).astype(np.float32)
    count = PHOTOGRAPHS + len(outliers)
    rows = np.zeros((count, 2), np.float32)
    rows[:PHOTOGRAPHS] = np.eye(2)[np.arange(PHOTOGRAPHS) % 2]
    inputs = np.concatenate([pictures, outliers])
    batch = Batch(inputs, rows, np.arange(count) >= PHOTOGRAPHS, np.zeros_like(rows))
    stepper.step(Batch(*(tf.constant(part) for part in batch)), 0)
    return model


def of_kind(model: Any, moving: bool) -> list[Any]:
    return [weight.numpy() for weight in model.weights if ("moving" in weight.name) == moving]


def test_outliers_move_weights_and_not_the_statistics_of_batch_norm() -> None:
    dark = np.full((OUTLIERS, 32, 32, 3), -1.0, np.float32)
    alone, beside_dark, beside_light = (stepped(one) for one in (dark[:0], dark, -dark))
    for one, two, three in zip(*(of_kind(m, True) for m in (alone, beside_dark, beside_light)), strict=True):
        np.testing.assert_array_equal(one, two)
        np.testing.assert_array_equal(two, three)
    moved = [
        not np.array_equal(one, two)
        for one, two in zip(of_kind(beside_dark, False), of_kind(beside_light, False), strict=True)
    ]
    assert any(moved)
