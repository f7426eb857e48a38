"""Distillation: a finished run tells a smaller network what it thinks of every picture.

The student learns from the very pictures that it is shown, changed as it sees them (Beyer et al., CVPR 2022,
arXiv:2106.05237). Asking a large teacher in every epoch would cost more than the student itself, so the changes begin
again after `recipe.views` epochs and the teacher is asked about each view once; the answers are kept beside the run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from edge_app.common.errors import UsageError
from edge_app.common.progress import Progress
from edge_app.model.run_folder import TrainedRun, read_trained_run
from edge_app.photographs.splits import sha256_of
from train.data.photograph_set import Photographs
from train.fitting.batch_streams import Floats, PhotographBatches
from train.fitting.resume import UnfinishedRun
from train.models.fast_inference import fastest_inference
from train.recipes import Recipe

_SMALLEST_PROBABILITY = 1e-30  # its logarithm is finite in float32


@dataclass(frozen=True)
class Teacher:
    """A finished run that knows the same classes.

    Attributes:
        run: its settings.
        sha256: of the file that holds its network's weights.
        probabilities: a function of tensors, within [-1, 1].
    """

    run: TrainedRun
    sha256: str
    probabilities: Callable[[Any], Any]

    def logits(self, images: Any) -> Any:
        """Return (batch, classes) float32 logits, up to a constant, of (batch, height, width, 3) within [-1, 1]."""
        return tf.math.log(tf.maximum(self.probabilities(images), _SMALLEST_PROBABILITY))


def open_teacher(path: Path, labels: tuple[str, ...]) -> Teacher:
    """Load a teacher.

    Args:
        path: of its run folder.
        labels: of the student.

    Raises:
        UsageError: it knows other classes.
        RunFolderError: it is no run folder.
    """
    run = read_trained_run(path)
    if run.labels != labels:
        raise UsageError(
            f"the teacher `{path}` knows {', '.join(run.labels)}, the photographs show {', '.join(labels)}; "
            "train the teacher on the same classes"
        )
    weights = path / "saved_model" / "variables" / "variables.data-00000-of-00001"
    return Teacher(run, sha256_of(weights.read_bytes()), fastest_inference(run))


def ask_teacher(
    teacher: Teacher, photographs: Photographs, recipe: Recipe, classes: int, seed: int, unfinished: UnfinishedRun
) -> Floats:
    """Ask the teacher about every view of every training photograph, once.

    Args:
        teacher: from `open_teacher`.
        photographs: of the training split at the teacher's input size, in the student's order.
        recipe: of the student: its batches, changes and views.
        classes: number of labels.
        seed: of the student's stage.
        unfinished: keeps the answers.

    Returns:
        (views × steps, batch, classes) float32 logits.
    """
    stream = PhotographBatches(photographs, recipe, classes, seed, recipe.views)
    parts = []
    with Progress("asking the teacher", recipe.views * stream.steps_per_epoch) as progress:
        for view in range(recipe.views):

            def ask(first_step: int = view * stream.steps_per_epoch) -> Floats:
                batches = islice(stream.batches(first_step), stream.steps_per_epoch)
                answers = []
                for batch in batches:
                    answers.append(np.asarray(teacher.logits(batch.inputs), np.float32))
                    progress.step()
                return np.stack(answers)

            parts.append(unfinished.cached(f"teacher-{seed}-{view}", ask))
            progress.reach((view + 1) * stream.steps_per_epoch)
    return np.concatenate(parts)
