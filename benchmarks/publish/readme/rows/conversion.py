"""Rows of converted files against their Keras model, on the same photographs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.goals import (
    ALL_RECIPES,
    CNN_INT8,
    FLOAT16_DIFFERENCE,
    FLOAT32_AGREEMENT,
    FLOAT32_DIFFERENCE,
    PTQ_ACCURACY,
    PTQ_AGREEMENT,
    QAT_ACCURACY,
    Goal,
)
from benchmarks.publish.readme.row import Row, finding, judged

ALL = "mobilenet_v2/conversion.json"
ALL_TIMED = "all/conversion.json"
PTQ = "soup/conversion.json"
QAT = "mobilenet_v2-2-qat/conversion.json"

File = Mapping[str, Any]


def paired_row(name: str, goal: Goal, remark: str, results: Committed) -> tuple[Row, ...]:
    """Judge the difference in accuracy of an int8 file.

    Args:
        name: of the conversion.json.
        goal: for the difference.
        remark: in front of what is told.
        results: that are committed.
    """
    file = of_recipe(results.read(name), "int8")
    paired = file["against_keras"]
    megabytes = f"{file['size_bytes'] / 1e6:.2f} MB"
    told = (
        f"{remark}{100 * file['accuracy']['top1']:.2f} % of {paired['photographs']:,}; {paired['verdict']}; {megabytes}"
    )
    interval = (paired["low"], paired["high"])
    return (judged(goal, paired["difference"], results.source(name), interval=interval, remark=told),)


def agreement_row(name: str, goal: Goal, recipe: str, results: Committed) -> tuple[Row, ...]:
    """Judge how often a file gives Keras' label: on test photographs, beside the validation ones of the proof."""
    file = of_recipe(results.read(name), recipe)
    test, proof = file["test_agreement"], file["agreement"]
    others = f"{100 * proof['same_label']:.2f} % of {proof['photographs']:,} others"
    remark = f"of {test['photographs']:,} test photographs; {others}"
    return (judged(goal, test["same_label"], results.source(name), remark=remark),)


def difference_row(name: str, goal: Goal, recipe: str, results: Committed) -> tuple[Row, ...]:
    """Judge the largest difference of a probability, over test and validation photographs."""
    file = of_recipe(results.read(name), recipe)
    both = (file["test_agreement"], file["agreement"])
    count = sum(one["photographs"] for one in both)
    largest = max(one["largest_difference"] for one in both)
    return (judged(goal, largest, results.source(name), remark=f"{count:,} photographs"),)


def all_recipes_row(results: Committed) -> tuple[Row, ...]:
    """Tell agreement, difference and time of every recipe of one run."""
    told = []
    for file in results.read(ALL)["files"]:
        paired = file["against_keras"]
        text = f"{file['recipe']['name']} {100 * file['test_agreement']['same_label']:.2f} %"
        text += f", {100 * paired['difference']:+.2f} points, {file['times_float32']:.2f} ×".replace("-", "−")
        told.append(text)
    what = (
        "all recipes of one run: same label as Keras on test photographs, accuracy against Keras, time against float32"
    )
    return (finding(what, "; ".join(told), results.source(ALL)),)


def all_recipes_time_row(results: Committed) -> tuple[Row, ...]:
    """Judge how long all recipes of one run took, with their proof."""
    content = results.read(ALL_TIMED)
    settings = content["settings"]
    remark = (
        f"{len(content['files'])} files; {content['calibration_photographs']} photographs for calibration, up to "
        f"{settings['parity_photographs']:,} of each split for the proof"
    )
    return (judged(ALL_RECIPES, content["duration_s"], results.source(ALL_TIMED), remark=remark),)


def of_recipe(content: Mapping[str, Any], recipe: str) -> File:
    """Return the file that a recipe made."""
    found: File = next(file for file in content["files"] if file["recipe"]["name"] == recipe)
    return found


Rows = Callable[[Committed], tuple[Row, ...]]

PTQ_ROW: Rows = partial(paired_row, PTQ, PTQ_ACCURACY, "the soup that is best on validation: ")
PTQ_AGREEMENT_ROW: Rows = partial(agreement_row, PTQ, PTQ_AGREEMENT, "int8")
QAT_ROW: Rows = partial(paired_row, QAT, QAT_ACCURACY, "`mobilenet_v2-2`, a single fine-tuning: ")
CNN_ROW: Rows = partial(paired_row, "custom_cnn-exposed/conversion.json", CNN_INT8, "the starter: ")
DISTILLED_CNN_ROW: Rows = partial(paired_row, "custom_cnn-distilled/conversion.json", CNN_INT8, "taught: ")
FLOAT32_AGREEMENT_ROW: Rows = partial(agreement_row, ALL, FLOAT32_AGREEMENT, "float32")
FLOAT32_ROW: Rows = partial(difference_row, ALL, FLOAT32_DIFFERENCE, "float32")
FLOAT16_ROW: Rows = partial(difference_row, ALL, FLOAT16_DIFFERENCE, "float16")
