"""The learning rate over the steps of a stage: a linear warm-up, then a cosine down to zero."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf
import tf_keras as keras


class WarmUpCosine(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # tf_keras has no types
    """rate(s) = peak · (s + 1) / w for s < w, then peak · (1 + cos(π (s - w) / (n - w))) / 2.

    The cosine: I. Loshchilov and F. Hutter, arXiv:1608.03983, without restarts; the warm-up: P. Goyal et al.,
    arXiv:1706.02677. The step is the optimizer's own count, so a resumed optimizer goes on where it was.

    Args:
        peak: highest rate, above 0.
        steps: n, of the whole stage, at least 1.
        warmup_steps: w, less than n.
    """

    def __init__(self, peak: float, steps: int, warmup_steps: int = 0) -> None:
        super().__init__()
        self.peak = peak
        self.steps = max(1, steps)
        self.warmup_steps = min(warmup_steps, self.steps - 1)

    def __call__(self, step: Any) -> Any:
        """Return the rate of a step, float32 scalar."""
        step = tf.cast(step, tf.float32)
        rising = (step + 1.0) / max(1, self.warmup_steps)
        share = tf.clip_by_value((step - self.warmup_steps) / (self.steps - self.warmup_steps), 0.0, 1.0)
        falling = 0.5 * (1.0 + tf.cos(math.pi * share))
        return self.peak * tf.where(step < self.warmup_steps, rising, falling)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        return {"peak": self.peak, "steps": self.steps, "warmup_steps": self.warmup_steps}
