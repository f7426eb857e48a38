"""Fine-tuning that starts from the linear head, beside the head and scikit-learn's, on photographs of strangers.

Of every draw, the head and the fine-tuned network that `train` would ship learn from all drawn photographs; others of
the folder judge both. For some draws the folds decide too, as in `train`, so that the decision and the stated accuracy
can be compared with the judges.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tf_keras as keras

from benchmarks.experiments.few.draws import drawn, judged, refuse_too_few
from benchmarks.experiments.few.peers import CONVERGED, peers
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import write_envelope
from benchmarks.results.few import Judged
from edge_app.common.outputs import refuse_existing
from edge_app.common.tables import text_table
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.metrics.confidence import log_softmax
from edge_app.photographs.folders import find_photographs
from train.data.loading import SplitReader
from train.data.photograph_set import Photographs, SelectedPhotographs
from train.data.splits import data_sha256
from train.evaluation.confidence import logits_of
from train.evaluation.cross_validation import evaluate_cross_validation
from train.evaluation.inference import run_over
from train.fitting.compute import Compute
from train.fitting.fine_tuning import Tuner, fine_tune, for_few_photographs
from train.fitting.linear_head import fit_head
from train.fitting.resume import UnfinishedRun
from train.fitting.way import group_of
from train.models.head import FEATURES_LAYER
from train.recipes import Recipe

HEAD = ("draw", "photographs", "judges", "scikit-learn", "linear head", "fine-tuned", "folds say", "stated")


@dataclass(frozen=True)
class TunedDraw:
    """One draw.

    Attributes:
        seed: of the draw.
        photographs: that were drawn.
        judges: other photographs.
        scikit_learn: `LogisticRegressionCV` on the features, by log loss, in our folds.
        head: the linear head.
        tuned: fine-tuned from it, whatever the folds say.
        decision: of the folds, see `FineTuning`; None: they were not asked.
        stated: the accuracy that `train` would state; None: the folds were not asked.
        duration_s: of the one training on all drawn photographs.
    """

    seed: int
    photographs: int
    judges: int
    scikit_learn: Judged
    head: Judged
    tuned: Judged
    decision: Mapping[str, Any] | None
    stated: MeasuredAccuracy | None
    duration_s: float


@dataclass(frozen=True)
class Plan:
    """What is drawn.

    Attributes:
        per_class: photographs of each class.
        draws: how many.
        decided: draws of which the folds decide too: six trainings instead of one.
        judges: photographs that judge, at most.
    """

    per_class: int
    draws: int
    decided: int
    judges: int


def run_tuning(photographs: Path, recipe: Recipe, weights: str, plan: Plan, out: Path, overwrite: bool) -> int:
    """Draw, train, judge, print the table, write the raw result after every draw.

    Args:
        photographs: the folder.
        recipe: with fine-tuning.
        weights: of the backbone, see `build_model`.
        plan: what is drawn.
        out: the JSON.
        overwrite: whether an older result may be replaced.

    Raises:
        FieldLensError: an input cannot be used, or scikit-learn is missing.
    """
    refuse_existing(out, overwrite)
    peers()
    device, reader = examine_device(), SplitReader(find_photographs(photographs), recipe.input_size, refuse_empty=False)
    reader.train_on_all()
    reader.streamed = True  # the same pixels, and no gigabytes of them
    everything, labels = reader.load("train"), reader.labels
    refuse_too_few(labels, everything.targets, [plan.per_class])
    draws: list[TunedDraw] = []
    for seed in range(plan.draws):
        learned, judges = learned_and_judges(everything.targets, len(labels), plan, seed)
        some, others = SelectedPhotographs(everything, learned), SelectedPhotographs(everything, judges)
        recipe = for_few_photographs(recipe, len(some))
        draws.append(_judged_draw(recipe, some, others, len(labels), weights, seed, decide=seed < plan.decided))
        content = {
            "folder": photographs.resolve().name,
            "sha256": data_sha256(list(everything.files)),
            "labels": labels,
            "recipe": recipe,
            "per_class": plan.per_class,
            "draws": draws,
            "derived": derived_from(draws),
        }
        write_envelope(out, "tuning", content, device)
    print(text_table(HEAD, [_row(draw) for draw in draws]))
    for name, mean in derived_from(draws).items():
        print(f"{name.replace('_', ' ')}: {mean:+.4f}")
    print(f"result  {out}")
    return 0


def learned_and_judges(
    targets: npt.NDArray[np.int64], classes: int, plan: Plan, seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the places of the photographs that are drawn, and of those that judge."""
    learned = drawn(targets, classes, plan.per_class, seed)
    others = np.random.default_rng((seed, 1)).permutation(np.setdiff1d(np.arange(len(targets)), learned))
    return learned, np.sort(others[: plan.judges])


def derived_from(draws: list[TunedDraw]) -> dict[str, float]:
    """Return means over the draws: what fine-tuning gains in accuracy (0..1) and loses in log loss (nats)."""

    def mean(metric: str, of: str) -> float:
        gains = [getattr(draw.tuned, metric) - getattr(getattr(draw, of), metric) for draw in draws]
        return float(np.mean(gains))

    return {
        f"{metric}_over_{of}": mean(metric, of)
        for of in ("scikit_learn", "head")
        for metric in ("accuracy", "log_loss")
    }


def _judged_draw(
    recipe: Recipe, some: Photographs, others: Photographs, classes: int, weights: str, seed: int, decide: bool
) -> TunedDraw:
    made = fit_head(recipe, some, classes, weights)
    model = made.network.model
    unseen = run_over(
        keras.Model(model.input, model.get_layer(FEATURES_LAYER).output), others, "features of the judges"
    )
    with tempfile.TemporaryDirectory() as folder:
        tuner = Tuner(recipe, classes, weights, seed, Compute(), UnfinishedRun(Path(folder) / "run"))
        start_s = time.monotonic()
        tuned = tuner.tuned("all", some, model.get_weights())
        duration_s = time.monotonic() - start_s
        # What was trained on all photographs is not trained again where the folds keep it.
        decided = fine_tune(made, some, tuner) if decide else None
    head, groups = made.cross_validation, [group_of(file) for file in some.files]
    of_peer = peers()[CONVERGED](made.features.astype(np.float64), some.targets, head.folds)
    return TunedDraw(
        seed=seed,
        photographs=len(some),
        judges=len(others),
        scikit_learn=judged(of_peer(unseen.astype(np.float64)), others.targets),
        head=judged(head.head.log_probabilities(unseen), others.targets),
        tuned=judged(log_softmax(logits_of(tuned.model, others)), others.targets),
        decision=None if decided is None else decided[1].to_json(),
        stated=None
        if decided is None
        else evaluate_cross_validation(
            decided[0].cross_validation, some.targets, classes, "a draw", groups
        ).test.accuracy,
        duration_s=duration_s,
    )


def _row(draw: TunedDraw) -> tuple[str, ...]:
    decision = "" if draw.decision is None else "fine-tuned" if draw.decision["kept"] else "head"
    counts = (str(draw.seed), str(draw.photographs), str(draw.judges))
    of_judges = (f"{one.accuracy:.1%} {one.log_loss:.3f}" for one in (draw.scikit_learn, draw.head, draw.tuned))
    return (*counts, *of_judges, decision, "" if draw.stated is None else str(draw.stated))
