"""Painting copies in the style of other pictures: which styles there are, and which one a copy gets.

How it is painted is the matter of a `Stylist`: `style_hub` runs a network that was trained for it (feed-forward, as in
conditional generative networks), `style_optimisation` searches for the pixels and needs nothing but a backbone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from edge_app.common.errors import DataError, PhotographError
from edge_app.photographs.decoder import IMAGE_SUFFIXES, Image, decode_photograph, is_image_name
from edge_app.photographs.splits import sha256_of
from train.offline.operation import Operation
from train.offline.operations import generator_of
from train.offline.settings import STYLE

_STYLE_SIDE = 1024  # longer side of styles in memory, pixels


@dataclass(frozen=True)
class StylePicture:
    """A picture whose style is taken.

    Attributes:
        name: of its file.
        sha256: of the file's bytes.
        image_bgr: (height, width, 3) uint8.
    """

    name: str
    sha256: str
    image_bgr: Image


class Stylist(Protocol):
    """A way to paint."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the manifest says about the way."""

    def paint(self, content_bgr: Image, style: StylePicture, on_step: Callable[[str], None], /) -> Image:
        """Return the content in the style, as (height, width, 3) uint8 BGR, perhaps smaller; tell what is being done.

        Raises:
            PhotographError: the content cannot be painted.
        """


@dataclass(frozen=True)
class Painter:
    """Paints some of the copies.

    Attributes:
        stylist: paints.
        styles: at least one.
        share: of copies that are painted, 0..1.
    """

    stylist: Stylist
    styles: tuple[StylePicture, ...]
    share: float = 1.0

    def draw(self, seed: int, origin_sha256: str, copy: int) -> Operation | None:
        """Draw the style of a copy; None: it keeps its own.

        The copies of a photograph go through the styles in an order of its own, so that none comes twice before all
        have come once.
        """
        if generator_of(seed, origin_sha256, copy).random() >= self.share:
            return None
        order = generator_of(seed, origin_sha256, 0).permutation(len(self.styles))
        style = self.styles[order[(copy - 1) % len(self.styles)]]
        return Operation(STYLE, {"style": style.name, "sha256": style.sha256, **self.stylist.settings})

    def paint(self, image_bgr: Image, operation: Operation, on_step: Callable[[str], None]) -> Image:
        """Do what was drawn."""
        style = next(style for style in self.styles if style.name == operation.parameters["style"])
        return self.stylist.paint(image_bgr, style, on_step)


def find_styles(folder: Path) -> tuple[tuple[StylePicture, ...], list[str]]:
    """Read all pictures of a folder.

    Returns:
        the readable ones, sorted by name, and a sentence per broken one.

    Raises:
        DataError: the folder holds none.
    """
    if not folder.is_dir():
        raise DataError(f"`{folder}` is not a folder; give --styles a folder with pictures of the styles")
    styles: list[StylePicture] = []
    broken: list[str] = []
    for path in sorted(path for path in folder.iterdir() if is_image_name(path)):
        try:
            content = path.read_bytes()
            image_bgr = shrink(decode_photograph(content, str(path)), _STYLE_SIDE)
        except PhotographError as error:
            broken.append(str(error))
        else:
            styles.append(StylePicture(path.name, sha256_of(content), image_bgr))
    if not styles:
        first = f" that can be read ({broken[0]})" if broken else f" ({', '.join(IMAGE_SUFFIXES)})"
        raise DataError(f"`{folder}` holds no pictures{first}; give --styles a folder with at least one")
    return tuple(styles), broken


def shrink(image: Image, side: int) -> Image:
    """Scale a picture down until its longer side is `side` pixels; smaller ones stay as they are."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
