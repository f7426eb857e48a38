"""How long a run took to train, from the `timings_s` of its `run.json`: the one rule for all tables."""

from __future__ import annotations

from collections.abc import Mapping

_IMAGE_STAGES = ("training", "fine-tuning")


def training_parts_s(timings_s: Mapping[str, float]) -> dict[str, float]:
    """Split the time of a run into parts that do not overlap, so that their sum is the wall time of the whole run.

    The clock of a stage runs from its start to its end, and two timings lie inside of such a stage: computing the
    `features` belongs to the `head`, and asking the `teacher` to the stages on photographs: `training`, or
    `fine-tuning`, or `fine-tuning 1` to `fine-tuning n` of a soup, each of which asks anew. What lies inside is taken
    off the stage. The oldest runs told both apart; there the inner time is longer than its stage.

    Args:
        timings_s: as in `run.json`: reading, features, head, teacher, training, fine-tuning, the stages of a
            compression, screening; seconds.

    Returns:
        the same names in the same order, seconds.
    """
    parts_s = dict(timings_s)
    _take_off(parts_s, "features", [name for name in timings_s if name == "head"])
    _take_off(parts_s, "teacher", [name for name in timings_s if _is_on_images(name)])
    return parts_s


def training_duration_s(timings_s: Mapping[str, float]) -> float:
    """Return the wall time of a whole training, no second counted twice; see `training_parts_s`.

    It goes from the first photograph read to the report: reading, every stage, and the screening of the photographs.
    """
    return sum(training_parts_s(timings_s).values())


def _is_on_images(stage: str) -> bool:
    """Whether a stage learns from photographs; members of a soup end with their number."""
    return stage.rstrip(" 0123456789") in _IMAGE_STAGES


def _take_off(parts_s: dict[str, float], inner: str, outer: list[str]) -> None:
    """Take an inner time off the stages that it lies in, from each in proportion to its length."""
    outer_s = sum(parts_s[name] for name in outer)
    inner_s = parts_s.get(inner, 0.0)
    if inner_s < outer_s:
        parts_s.update({name: parts_s[name] * (1.0 - inner_s / outer_s) for name in outer})
