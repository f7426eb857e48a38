"""The result of `benchmarks experiment seeds`: a recipe, or two, and all their seeds on the same photographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import ClassVar, Literal

import numpy as np

from benchmarks.results.device import Device
from benchmarks.results.json_records import to_json
from benchmarks.results.judgement import Judgement, compare_judgements
from benchmarks.results.other_source import FileElsewhere, Half, LeftOut
from edge_app.common.errors import ResultError
from edge_app.common.tables import Table
from edge_app.metrics.paired_comparison import PairedComparison

FLOAT, INT8 = "float32", "int8"
"""Recipes of the conversion that are compared."""

Source = Literal["own source", "other source"]
SOURCES: tuple[Source, ...] = ("own source", "other source")
"""The test split, and photographs of another source."""

HEAD = ("recipe", "file", "seeds", "own source: mean (range), %", "other source, %", "log loss: own source", "other")


@dataclass(frozen=True)
class SeedFile:
    """One file of one seed.

    Attributes:
        recipe: of the training, in words.
        bundle: folder of the converted files of the seed.
        conversion: recipe of the conversion, `float32` or `int8`.
        own: on the test split, which no training saw.
        elsewhere: on another source.
    """

    recipe: str
    bundle: str
    conversion: str
    own: Judgement
    elsewhere: FileElsewhere


@dataclass(frozen=True)
class Seeds:
    """A recipe beside another one, or by itself, with all seeds.

    Attributes:
        date: UTC, ISO 8601.
        device: it was measured on.
        source: name of the other source.
        half: of its photographs; None: all of them.
        left_out: photographs of the other source that were not used.
        files: of the new recipe first; seed by seed, float32 before int8.
    """

    KIND: ClassVar[str] = "seeds"

    date: str
    device: Device
    source: str
    half: Half | None
    left_out: LeftOut
    files: tuple[SeedFile, ...]

    def __post_init__(self) -> None:
        counts = {len(self.of(recipe, conversion)) for recipe in self.recipes for conversion in (FLOAT, INT8)}
        if (
            len(counts) != 1
            or not 1 <= len(self.recipes) <= 2
            or len(self.files) != 2 * len(self.recipes) * counts.pop()
        ):
            raise ValueError("one or two recipes are needed, with a float32 and an int8 file of as many seeds each")

    @property
    def recipes(self) -> tuple[str, ...]:
        """In words: the new one, and the one that it is compared with if there is one."""
        return tuple(dict.fromkeys(one.recipe for one in self.files))

    def of(self, recipe: str, conversion: str) -> list[SeedFile]:
        """Return the files of a recipe, seed by seed."""
        return [one for one in self.files if (one.recipe, one.conversion) == (recipe, conversion)]


def pooled_comparison(first: Sequence[Judgement], second: Sequence[Judgement]) -> PairedComparison:
    """Compare two recipes photograph by photograph, over all seeds: the second one minus the first.

    Each photograph is answered once by every seed, and these answers go together: what is drawn anew is the photograph
    (or its group) with all its answers. The interval is about other photographs, for these very seeds.

    Args:
        first: a judgement per seed.
        second: as many.

    Raises:
        ResultError: they were judged on different photographs.
        ValueError: they are not as many, or none.
    """
    if len(first) != len(second) or not first:
        raise ValueError(f"as many seeds of both are needed, received {len(first)} and {len(second)}")
    for one in (*first[1:], *second):
        compare_judgements(first[0], one)  # says where the photographs are not the same
    groups = first[0].groups or tuple(range(first[0].photographs))
    rights = [np.concatenate([one.right() for one in several]) for several in (first, second)]
    return PairedComparison.of(rights[0], rights[1], groups * len(first))


def new_against_old(result: Seeds, conversion: str, where: Source) -> PairedComparison:
    """Compare the recipes, the new one minus the old one."""
    new, old = (judgements(result.of(recipe, conversion), where) for recipe in result.recipes)
    return pooled_comparison(old, new)


@dataclass(frozen=True)
class Int8Change:
    """What int8 changes in the files of a recipe.

    Attributes:
        paired: int8 minus float32, see `pooled_comparison`.
        differences: of the accuracy, seed by seed.
        log_loss_increase: share by which the mean log loss over the seeds is larger.
        log_loss_increases: the same, seed by seed.
    """

    paired: PairedComparison
    differences: tuple[float, ...]
    log_loss_increase: float
    log_loss_increases: tuple[float, ...]


def int8_change(result: Seeds, recipe: str, where: Source) -> Int8Change:
    """Compare the int8 files of a recipe with its float32 files."""
    floats, rounded = (judgements(result.of(recipe, conversion), where) for conversion in (FLOAT, INT8))
    before, after = (list(map(_log_loss, several)) for several in (floats, rounded))
    return Int8Change(
        pooled_comparison(floats, rounded),
        tuple(new.accuracy.top1 - old.accuracy.top1 for old, new in zip(floats, rounded, strict=True)),
        fmean(after) / fmean(before) - 1.0,
        tuple(new / old - 1.0 for old, new in zip(before, after, strict=True)),
    )


def judgements(files: Sequence[SeedFile], where: Source) -> list[Judgement]:
    """Return what was found on the test split, or on the other source."""
    return [one.own if where == "own source" else one.elsewhere.judgement for one in files]


def _log_loss(judgement: Judgement) -> float:
    if judgement.log_loss is None:
        raise ResultError("a file has no log loss, because its scores are no probabilities; convert it again")
    return judgement.log_loss.value


def derived(result: Seeds) -> dict[str, object]:
    """Return what follows from the answers, for readers of the JSON."""
    return {
        "accuracies": [
            {
                "recipe": recipe,
                "conversion": conversion,
                "where": where,
                "seeds": [one.accuracy.top1 for one in judgements(result.of(recipe, conversion), where)],
            }
            for recipe in result.recipes
            for conversion in (FLOAT, INT8)
            for where in SOURCES
        ],
        "new_against_old": [
            {"conversion": conversion, "where": where, **new_against_old(result, conversion, where).to_json()}
            for conversion in (FLOAT, INT8)
            for where in SOURCES
            if len(result.recipes) == 2
        ],
        "int8_against_float32": [
            {"recipe": recipe, "where": where, **to_json(int8_change(result, recipe, where))}
            for recipe in result.recipes
            for where in SOURCES
        ],
    }


def seeds_table(result: Seeds) -> Table:
    """Return a row per recipe and file: the mean over the seeds with its range."""
    rows = [
        _row(recipe, conversion, result.of(recipe, conversion))
        for recipe in result.recipes
        for conversion in (FLOAT, INT8)
    ]
    return Table(HEAD, rows)


def _row(recipe: str, conversion: str, files: Sequence[SeedFile]) -> tuple[str, ...]:
    judged = [judgements(files, where) for where in SOURCES]
    shares = [_mean_and_range([100.0 * one.accuracy.top1 for one in several], 2) for several in judged]
    losses = [_mean_and_range(list(map(_log_loss, several)), 4) for several in judged]
    return (recipe, conversion, str(len(files)), *shares, *losses)


def _mean_and_range(values: Sequence[float], digits: int) -> str:
    return f"{fmean(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def sentences(result: Seeds) -> list[str]:
    """Say which photographs these are, and what the paired comparisons found."""
    first = result.files[0]
    half = f", {result.half} half" if result.half else ""
    said = [
        f"own source: {first.own.data}, {first.own.shown}; other source: {result.source}{half}, "
        f"{first.elsewhere.judgement.shown}",
        *result.left_out.sentences(),
    ]
    for conversion in (FLOAT, INT8) if len(result.recipes) == 2 else ():
        for where in SOURCES:
            found, against = new_against_old(result, conversion, where), " against ".join(result.recipes)
            said.append(f"{against}, {conversion}, {where}: {found}, {found.verdict}")
    for recipe in result.recipes:
        for where in SOURCES:
            change = int8_change(result, recipe, where)
            more = f"{100 * change.log_loss_increase:+.1f} %"
            said.append(f"int8 against float32, {recipe}, {where}: {change.paired}; log loss {more}")
    return said
