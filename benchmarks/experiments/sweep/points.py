"""What a sweep can train: recipe × width × input size, named `mobilenet_v2-1.0-160`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from edge_app.common.errors import UsageError
from train.models.pretrained_weights import cached_path
from train.models.registry import architecture_of, can_get_weights, recipes
from train.recipes import Recipe

SWEPT = tuple(recipe for recipe in recipes().values() if architecture_of(recipe).channels)
"""Recipes whose width can be changed."""

_NAME = re.compile(r"(?P<recipe>[a-z][a-z0-9_]*)-(?P<width>\d+(?:\.\d+)?)-(?P<px>\d+)")
_CHANNELS = 8  # filters are multiples of it, as MobileNetV2's are: kernels of the runtime work on eight at a time


@dataclass(frozen=True)
class Point:
    """One network to train.

    Attributes:
        recipe: name of the recipe of training.
        width: multiplier of its channels.
        input_px: width and height of the picture.
    """

    recipe: str
    width: float
    input_px: int

    def __post_init__(self) -> None:
        if self.recipe not in (recipe.name for recipe in SWEPT):
            names = ", ".join(recipe.name for recipe in SWEPT)
            raise UsageError(f"`{self.recipe}` has no width to sweep; choose one of {names}")
        if not 0.05 <= self.width <= 4:
            raise UsageError(f"the width of `{self.name}` must be from 0.05 to 4")
        if not 32 <= self.input_px <= 2048:
            raise UsageError(f"the size of `{self.name}` must be from 32 to 2048 px")

    @property
    def name(self) -> str:
        """On the command line, and of its folders."""
        return f"{self.recipe}-{self.width}-{self.input_px}"

    @property
    def base(self) -> Recipe:
        """The recipe as it is without the point's width and size."""
        return recipes()[self.recipe]

    @property
    def options(self) -> tuple[str, ...]:
        """Of `fieldlens train fit`."""
        scaled = architecture_of(self.base).channels
        channels = ("--width", str(self.width))
        if scaled == "filters":
            channels = ("--filters", ",".join(map(str, self.filters)))
        return ("--recipe", self.recipe, *channels, "--image-size", str(self.input_px))

    @property
    def filters(self) -> tuple[int, ...]:
        """Of the blocks of a network that is made of such."""
        return scaled_filters(self.base.filters, self.width)

    @property
    def scaled(self) -> Recipe:
        """The recipe with the point's width and size, as far as ImageNet weights go by them."""
        return replace(self.base, input_size=self.input_px, width=self.width)


GRID = (
    *(Point("mobilenet_v2_small", width, px) for width in (0.35, 0.5) for px in (96, 128, 160, 192, 224)),
    *(Point("mobilenet_v2", width, px) for width in (0.75, 1.0) for px in (96, 128, 160, 192, 224)),
    *(Point("custom_cnn", width, px) for width in (0.5, 1.0, 1.5) for px in (64, 96, 112)),
)
"""MobileNetV2 at the widths and sizes of its paper, each with the recipe that is meant for it; the custom CNN."""

GOAL = (
    *(Point("mobilenet_v2_small", 0.35, px) for px in (128, 160, 192, 224)),
    *(Point("mobilenet_v2", 1.0, px) for px in (128, 160, 192)),
)
"""What may reach 97 % within 1 ms and 1 MB, and 98 % within 2.5 ms and 2.7 MB; meant for --teacher."""

PRESETS = {"grid": GRID, "goal": GOAL}
"""By name."""


def scaled_filters(filters: Sequence[int], width: float) -> tuple[int, ...]:
    """Multiply filters by a width; each becomes a multiple of 8, at least 8."""
    return tuple(max(_CHANNELS, round(number * width / _CHANNELS) * _CHANNELS) for number in filters)


def parse_point(name: str) -> Point:
    """Read a name as `Point.name` writes it.

    Raises:
        UsageError: it is none.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise UsageError(
            f"`{name}` is no point; write RECIPE-WIDTH-PX, as in mobilenet_v2-1.0-160, a pattern such as "
            f"custom_cnn-*-64, or {' or '.join(PRESETS)}"
        )
    return Point(match["recipe"], float(match["width"]), int(match["px"]))


def parse_points(text: str) -> tuple[tuple[Point, ...], frozenset[Point]]:
    """Read what `--points` says.

    Args:
        text: names of presets, patterns over all presets, and points, with commas.

    Returns:
        the points, each once; and those of them that were named one by one.

    Raises:
        UsageError: a word means nothing, or there is none.
    """
    chosen: dict[Point, bool] = {}
    for word in filter(None, (part.strip() for part in text.split(","))):
        if word in PRESETS:
            found, named = PRESETS[word], False
        elif any(sign in word for sign in "*?["):
            found, named = tuple(point for point in (*GRID, *GOAL) if fnmatchcase(point.name, word)), False
            if not found:
                raise UsageError(f"no point of the grid is called `{word}`; see --dry-run for their names")
        else:
            found, named = (parse_point(word),), True
        for point in found:
            chosen[point] = chosen.get(point, False) or named
    if not chosen:
        raise UsageError(f"--points names none; try --points {next(iter(PRESETS))}")
    return tuple(chosen), frozenset(point for point, named in chosen.items() if named)


def with_weights(
    points: Sequence[Point], named: frozenset[Point], available: Callable[[Recipe], bool] = can_get_weights
) -> tuple[tuple[Point, ...], tuple[str, ...]]:
    """Leave out points of a grid whose ImageNet weights are not to be had.

    Args:
        points: all.
        named: those that the user named one by one: these must not vanish.
        available: whether ImageNet weights for a recipe are to be had.

    Returns:
        the others, and a sentence where some are left out.

    Raises:
        UsageError: a named point has no weights, or none has.
    """
    pretrained = [point for point in points if architecture_of(point.base).weights]
    # One question per width: the server has all sizes of it, and in the cache one file is enough for all.
    questions = {(point.base.architecture, point.width): point.scaled for point in pretrained}
    there = {question: available(recipe) for question, recipe in questions.items()}
    lacking = [point for point in pretrained if not there[point.base.architecture, point.width]]
    if not lacking:
        return tuple(points), ()
    widths = ", ".join(f"{width:g}" for width in sorted({point.width for point in lacking}))
    files = architecture_of(lacking[0].base).weights
    assert files is not None  # or it would lack none
    file = files.names(lacking[0].scaled)[-1]
    reason = (
        f"no ImageNet weights for width {widths}: neither in `{cached_path(file).parent}` nor from their server; put "
        f"such as `{file}` there"
    )
    if named & set(lacking) or len(lacking) == len(points):
        raise UsageError(f"`{next(iter(named & set(lacking)), lacking[0]).name}` cannot be trained: {reason}")
    kept = tuple(point for point in points if point not in lacking)
    return kept, (f"points left out, {len(lacking)} of them: {reason}",)
