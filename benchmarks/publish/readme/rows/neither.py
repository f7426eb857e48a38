"""Rows of “neither”."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.goals import NEITHER_AUROC, NEITHER_COST
from benchmarks.publish.readme.row import Row, finding, judged

RUNS = "training/neither_runs.json"
HEADS = "neither.json"
UNSEEN = "unseen classes"


def neither_rows(results: Committed) -> tuple[Row, ...]:
    """Judge the fine-tuned run with exposure against the plain one."""
    content, source = results.read(RUNS), results.source(RUNS)
    plain, exposed = content["runs"][0], content["runs"][-1]
    others = [name for name in exposed["neither"] if name != UNSEEN]
    told = [f"{plain['neither'][UNSEEN]['auroc']:.4f} for the plain best probability"]
    told += [f"{name} {_auroc(exposed, name)} against {_auroc(plain, name)}" for name in others]
    cost = f"{100 * plain['accuracy']:.2f} % → {100 * exposed['accuracy']:.2f} %"
    return (
        judged(NEITHER_AUROC, exposed["neither"][UNSEEN]["auroc"], source, remark="; ".join(told)),
        judged(NEITHER_COST, -content["accuracy_cost"], source, remark=cost),
    )


def heads_row(results: Committed) -> tuple[Row, ...]:
    """Tell what exposure brings to a head on frozen features, medians over seeds."""
    content = results.read(HEADS)
    hidden = max(trial["hidden_units"] for trial in content["trials"])
    trials = [trial for trial in content["trials"] if trial["hidden_units"] == hidden]
    exposed = [trial for trial in trials if trial["outlier_weight"] > 0]
    plain = [trial for trial in trials if trial["outlier_weight"] == 0]
    sources = (UNSEEN, "drawn scenes", "textures")
    told = [f"{name} {_median(exposed, name):.4f} against {_median(plain, name):.4f}" for name in sources]
    accuracies = " against ".join(f"{100 * _accuracy(group):.2f} %" for group in (exposed, plain))
    what = (
        f"“neither”: heads of {hidden} hidden units on MobileNetV2 features, with exposure against without, "
        f"AUROC, medians of {len(exposed)} seeds"
    )
    return (finding(what, f"{'; '.join(told)}; accuracy {accuracies}", results.source(HEADS)),)


def _auroc(run: Mapping[str, Any], source: str) -> str:
    return f"{run['neither'][source]['auroc']:.4f}"


def _median(trials: Sequence[Mapping[str, Any]], source: str) -> float:
    return float(statistics.median(trial["neither"][source]["auroc"] for trial in trials))


def _accuracy(trials: Sequence[Mapping[str, Any]]) -> float:
    return float(statistics.median(trial["accuracy"]["top1"] for trial in trials))
