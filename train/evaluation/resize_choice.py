"""What a finished network should see of a photograph: all of it, or the inner part; validation photographs decide.

Photographers put what they mean into the middle. The inner 80 % of width and height show it a quarter larger at the
same cost, as crops showed it in training (Touvron et al., NeurIPS 2019, arXiv:1906.06423). What stands at the edge is
lost, so the whole photograph stays where the inside is not clearly better.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.metrics.confidence import log_softmax
from edge_app.model.card import ResizeRule
from train.data.photograph_set import Photographs
from train.evaluation.confidence import fit_temperature, logits_of


@dataclass(frozen=True)
class ResizeChoice:
    """What was chosen.

    Attributes:
        resize: see `ModelCard`.
        log_losses: calibrated, on validation photographs, nats, by rule; empty: nothing was compared.
    """

    resize: ResizeRule
    log_losses: Mapping[ResizeRule, float] = field(default_factory=dict)

    def __str__(self) -> str:
        whole, inner = self.log_losses["squash"], self.log_losses["center_zoom"]
        losses = f"log loss on validation photographs {inner:.4f}, with all of it {whole:.4f}"
        if self.resize == "center_zoom":
            return f"the network sees the inner 80% of width and height of a photograph: {losses}"
        return f"the network sees all of a photograph, as its inner 80% is not clearly better: {losses}"


def choose_resize(
    model: Any, whole: Photographs, read_inner: Callable[[], Photographs]
) -> tuple[ResizeChoice, Photographs]:
    """Choose the inside where its mean log loss is lower by more than a standard error of the paired difference.

    Args:
        model: a `tf_keras.Model` from [-1, 1] to probabilities.
        whole: validation photographs, squashed.
        read_inner: reads the inside of the same ones, in the same order.

    Returns:
        the choice, and the photographs as the network sees them.
    """
    inner = read_inner()
    of_whole, of_inner = _losses(model, whole), _losses(model, inner)
    losses: dict[ResizeRule, float] = {"squash": float(of_whole.mean()), "center_zoom": float(of_inner.mean())}
    gains = of_whole - of_inner
    if gains.mean() > gains.std() / math.sqrt(len(gains)):
        return ResizeChoice("center_zoom", losses), inner
    return ResizeChoice("squash", losses), whole


def _losses(model: Any, photographs: Photographs) -> npt.NDArray[np.float64]:
    """Return (photographs,) nats, with the temperature that suits them best."""
    logits, targets = logits_of(model, photographs), photographs.targets
    calibrated = log_softmax(logits / fit_temperature(logits, targets))
    return np.asarray(-calibrated[np.arange(len(targets)), targets], np.float64)
