"""Drawn pets, stripes and walls in the place of frames that somebody has shown, as features of the starter."""

from __future__ import annotations

from functools import cache

import numpy as np

from edge_app.model.card import Size
from edge_app.model.starter import STARTER
from edge_app.photographs.decoder import Image
from edge_app.teaching.backbone import Backbone
from edge_app.teaching.learning import Examples
from tests.pictures import photograph

LABELS = ("pet", "stripes", "wall")


@cache
def backbone() -> Backbone:
    return Backbone(STARTER, 1)


@cache
def frame(number: int) -> Image:
    """Of the label at `number % 3`, in another light or of another pet from one number to the next."""
    random = np.random.default_rng(number)
    if number % 3 == 0:
        return photograph(number, Size(160, 120))
    picture = random.normal(90.0 + 2 * (number % 30), 6.0, (120, 160, 3))
    picture += random.uniform(-90.0, 90.0) * np.linspace(0, 1, 160)[:, np.newaxis]
    picture += random.uniform(-90.0, 90.0) * np.linspace(0, 1, 120)[:, np.newaxis, np.newaxis]
    if number % 3 == 1:
        picture += 60.0 * (np.arange(160) // random.integers(6, 20) % 2)[:, np.newaxis]
    return picture.clip(0, 255).astype(np.uint8)


@cache
def examples(count: int = 30, sessions: int = 2) -> Examples:
    features = np.stack([backbone().features(frame(number)) for number in range(count)])
    targets = np.arange(count) % 3
    names = [f"session {number // 3 % sessions}" for number in range(count)]
    bursts = [f"{name}, {number % 3}, {number // 6}" for number, name in enumerate(names)]
    return Examples(features, targets, names, bursts)
