"""Is the model that was just taught better than the one before it? On frames that neither kind learned from.

The frames that the old model learned from have been judged out of fold twice: by heads like the old one, and by heads
like the new one, which learned from the frames of this sitting as well; never by a head that had seen the frame's
sitting. That compares what both have learned, paired, over sittings. Frames of the new sitting cannot tell: a head like
the new one that has not seen them is the old one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_app.metrics.paired_comparison import PairedComparison
from edge_app.teaching.learning import SITTINGS, Examples, TaughtHead, learn


@dataclass(frozen=True)
class Better:
    """What can be said of two taught models.

    Attributes:
        found: the paired comparison, old first; None: there are no frames that tell.
        old: the file of the model before.
        new: the file of the model now.
    """

    found: PairedComparison | None
    old: Path
    new: Path

    @property
    def verdict(self) -> str:
        """`better`, `worse` or `cannot tell`."""
        words = {"more accurate": "better", "less accurate": "worse"}
        if self.found is None or self.found.too_few_groups:
            return "cannot tell"
        return words.get(self.found.verdict, "cannot tell")

    def __str__(self) -> str:
        if self.found is None:
            return (
                "better than the model before? cannot tell from these frames: the model before must have learned from "
                "all earlier ones, and from two sittings of each label"
            )
        return (
            f"better than the model before? {self.verdict}: {self.found}, on {self.found.compared_on} of the sittings "
            "before, by heads that had not seen the sitting"
        )

    @property
    def command(self) -> str:
        """That compares the files themselves, on photographs that neither has seen."""
        return f"fieldlens bench compare {self.old} {self.new} --photos DIR   # of photographs that neither has seen"


def file_before(model: Path) -> Path:
    """Return where the model of the sittings before is kept when another one takes its name."""
    return model.with_name(f"{model.stem}-before{model.suffix}")


def compared(before: Examples, now: TaughtHead, labels: Sequence[str], data: str) -> PairedComparison | None:
    """Compare what heads like the old one and like the new one say of the old one's frames.

    Args:
        before: the frames that the old model learned from.
        now: the new model; it learned from these first, and from others behind them.
        labels: of both.
        data: see `learn`.

    Returns:
        None: one of them was not judged over sittings.
    """
    if now.right is None or now.judged_by != SITTINGS or not all(np.bincount(before.targets, minlength=len(labels))):
        return None
    old = learn(before, labels, data)
    if old.right is None or old.judged_by != SITTINGS:
        return None
    cells = [*zip(before.sessions, before.targets.tolist(), strict=True)]
    return PairedComparison.of(old.right, now.right[: len(before.targets)], cells)
