"""Which file of a bundle to use, in one sentence, and which were left out and why."""

from __future__ import annotations

from convert.bundle.records import Bundle, ConvertedFile
from convert.proof.latency import NOTICEABLE
from convert.quantize.recipes import FLOAT32, INT8
from edge_app.metrics.paired_comparison import PairedComparison

GREATEST_LOSS = 0.01
"""Accuracy that a file may measurably lose against Keras and still be recommended: one point."""

_WIDE = 0.01  # of the interval: beyond, the photographs are too few for "within … points" alone
_LESS_ACCURATE = "less accurate"


def recommended(bundle: Bundle) -> ConvertedFile | None:
    """Return the file to try first; None: all were rejected.

    Of the files that measurably lose no more than a point it is int8 with bytes in and out, the fastest on nearly every
    device; else the fastest here. If all lose more, it is the one that loses least.
    """
    good = [file for file in bundle.usable if not _loses(file)]
    if good:
        return min(good, key=lambda file: (file.recipe.name != INT8.name, file.proof.latency_s))
    return max(bundle.usable, key=lambda file: file.proof.comparison.difference, default=None)


def recommendation(bundle: Bundle) -> list[str]:
    """Return the sentence on the file to use, then why not int8, then one for each file that was rejected."""
    chosen = recommended(bundle)
    if chosen is None:
        sentences = ["Use none of these files: all of them disagree with the Keras model."]
    else:
        facts = (against_keras(chosen.proof.comparison), *_against_float32(chosen, bundle))
        sentences = [f"Use {chosen.file}: {', '.join(facts)}."]
    for file in bundle.usable:
        if file.recipe.name == INT8.name and file is not chosen:
            sentences.append(f"Not {file.file}: {against_keras(file.proof.comparison)}.")
    return sentences + [f"{file.file} was left out: {file.proof.objections[0]}." for file in bundle.rejected]


def against_keras(found: PairedComparison) -> str:
    """Say how good a file is beside the Keras model."""
    if found.too_few_groups:
        return f"{_points_apart(found)} on {found.compared_on}, too few groups to tell more"
    if found.low > 0.0 or found.verdict == _LESS_ACCURATE:
        which = "more accurate" if found.low > 0.0 else _LESS_ACCURATE
        return f"{100 * abs(found.difference):.1f} points {which} than Keras"
    width = max(-found.low, found.high)
    within = f"within {100 * width:.1f} points"
    if width <= _WIDE:
        return f"as good as Keras {within}"
    return f"as good as Keras as far as {found.compared_on} can tell ({within})"


def _points_apart(found: PairedComparison) -> str:
    if not found.difference:
        return "right as often as Keras"
    which = "more accurate" if found.difference > 0.0 else _LESS_ACCURATE
    return f"{100 * abs(found.difference):.1f} points {which} than Keras"


def _loses(file: ConvertedFile) -> bool:
    """Of few groups nothing can be told for sure, so that what they show must do."""
    found = file.proof.comparison
    return found.difference < -GREATEST_LOSS and (found.verdict == _LESS_ACCURATE or found.too_few_groups)


def _against_float32(file: ConvertedFile, bundle: Bundle) -> tuple[str, ...]:
    """Say speed and size: beside the float32 file where there is one, else by themselves."""
    float32 = next((one for one in bundle.files if one.recipe.name == FLOAT32.name), None)
    times = file.proof.times_float32
    if float32 is None or float32 is file or times is None:
        return f"{file.proof.latency_s * 1e3:.1f} ms here", f"{file.size_bytes / 1e6:.1f} MB"
    smaller = f"{float32.size_bytes / file.size_bytes:.1f} × smaller"
    if times > NOTICEABLE:
        return f"{times:.1f} × slower than float32 on this machine", smaller
    if times < 1.0 / NOTICEABLE:
        return (f"{1.0 / times:.1f} × faster and {smaller} than float32",)
    return "as fast as float32", smaller
