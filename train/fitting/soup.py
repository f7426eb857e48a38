"""Model soup: fine-tunings that begin at the same head and see other orders and changes, averaged weight by weight.

Wortsman et al., ICML 2022 (arXiv:2203.05482): networks that were fine-tuned from one point lie in one valley, so the
mean of their weights is about as good as the mean of their answers, at the cost of one network on the device.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from train.fitting.resume import TrainingState

Array = npt.NDArray[Any]


def begin_soup(state: TrainingState, weights: Sequence[Array]) -> None:
    """Remember where all members begin; a resumed soup keeps what it remembers.

    Args:
        state: of the run.
        weights: of the training network before the first member.
    """
    if not state.members:
        state.members = list(weights)
        state.soup = {"start_loss": state.best_loss, "member_losses": []}


def keep_member(state: TrainingState) -> None:
    """Keep the best weights of a finished member, and go back to where the next one begins."""
    count = _weights_of_each(state)
    state.members = [*state.members, *state.best_weights]
    state.soup["member_losses"].append(state.best_loss)
    state.best_weights, state.best_loss = state.members[:count], state.soup["start_loss"]


def finish_soup(state: TrainingState, loss_of: Callable[[Sequence[Array]], float]) -> None:
    """Average all members, and choose: the average, or the best member where that is better on validation.

    Args:
        state: whose `best_weights` and `best_loss` become those of the choice.
        loss_of: calibrated validation loss of a network with some weights, nats.
    """
    count = _weights_of_each(state)
    members = [state.members[start : start + count] for start in range(count, len(state.members), count)]
    average = mean_weights(members)
    losses, loss = state.soup["member_losses"], loss_of(average)
    best = int(np.argmin(losses))
    choices = ((loss, average, "average"), (losses[best], members[best], f"member {best + 1}"))
    state.best_loss, state.best_weights, kept = min(choices, key=lambda choice: choice[0])  # of equal ones the average
    state.members, state.soup = [], {"member_losses": losses, "average_loss": loss, "kept": kept}


def soup_sentence(soup: Mapping[str, Any]) -> str:
    """Say what averaging brought.

    Args:
        soup: of a state after `finish_soup`.
    """
    members = ", ".join(f"{loss:.4f}" for loss in soup["member_losses"])
    losses = f"calibrated validation loss {soup['average_loss']:.4f} of the average, {members} of its members"
    return f"{losses}; kept: {soup['kept']}"


def mean_weights(members: Sequence[Sequence[Array]]) -> list[Array]:
    """Return the mean of each array over all members, in its own type; the sums are in float64."""
    return [
        np.mean(np.stack(arrays).astype(np.float64), axis=0).astype(arrays[0].dtype)
        for arrays in zip(*members, strict=True)
    ]


def _weights_of_each(state: TrainingState) -> int:
    return len(state.members) // (1 + len(state.soup["member_losses"]))
