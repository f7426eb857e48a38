"""What is seen of a photograph while it is decoded, and what is wrong with a folder of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_app.photographs.decoder import Image
from train.data.file_kinds import extension_says, kind_of
from train.data.perceptual_hash import MOST_MATCHES, matches, thumbnail
from train.data.splits import SplitFile

SMALLEST_SIDE = 64
"""Shorter sides than this, in pixels, leave a network little to see."""

LARGEST_ASPECT = 3.0
"""Width over height (or the reverse) from which squashing to a square distorts more than photographs usually are."""

BLANK_CONTRAST = 4.0
"""Standard deviation of the 32×32 grey levels below which nothing is shown; of 8,840 photographs the least had 12.9."""


@dataclass(frozen=True)
class Suspect:
    """A file and what is wrong with it, in a few words."""

    file: SplitFile
    reason: str


@dataclass(frozen=True)
class NearPair:
    """Two files that differ but show the same photograph.

    Attributes:
        first: earlier by path.
        second: later by path.
        bits: in which their perceptual hashes differ, of 64.
        correlation: of their thumbnails.
        mirrored: whether one is the other's mirror image.
    """

    first: SplitFile
    second: SplitFile
    bits: int
    correlation: float
    mirrored: bool

    @property
    def straddles(self) -> bool:
        """Whether they are in two splits, so that a model is tested on what it has learned."""
        return self.first.split != self.second.split

    @property
    def contradicts(self) -> bool:
        """Whether they have two labels."""
        return self.first.label != self.second.label


@dataclass(frozen=True, eq=False)
class Look:
    """What was seen of one file.

    Attributes:
        file: which one.
        fault: why it cannot be decoded; empty: it can.
        kind: that its first bytes say, see `kind_of`.
        width: in pixels.
        height: in pixels.
        thumbnail: (32, 32) uint8 grey; None for a file with a fault.
    """

    file: SplitFile
    fault: str = ""
    kind: str = ""
    width: int = 0
    height: int = 0
    thumbnail: npt.NDArray[np.uint8] | None = None


class Looks:
    """Collects what is seen of photographs, from several threads; augmented copies are passed over."""

    def __init__(self) -> None:
        self._by_path: dict[str, Look] = {}

    def add(self, file: SplitFile, encoded: bytes, frame_bgr: Image) -> None:
        """Look at a decoded photograph: 0.1 ms at 200×200 pixels."""
        if not file.copy_of:
            height, width = frame_bgr.shape[:2]
            self._by_path[file.path] = Look(file, "", kind_of(encoded), width, height, thumbnail(frame_bgr))

    def add_broken(self, file: SplitFile, fault: str) -> None:
        """Note a file that cannot be decoded."""
        if not file.copy_of:
            self._by_path[file.path] = Look(file, fault)

    def by_path(self) -> list[Look]:
        """Return all, in order of path."""
        return [self._by_path[path] for path in sorted(self._by_path)]


@dataclass
class Findings:
    """What is wrong with single files; every list is in the order in which they were looked at."""

    files: list[SplitFile] = field(default_factory=list)
    corrupt: list[Suspect] = field(default_factory=list)
    misnamed: list[Suspect] = field(default_factory=list)
    tiny: list[Suspect] = field(default_factory=list)
    elongated: list[Suspect] = field(default_factory=list)
    blank: list[Suspect] = field(default_factory=list)
    thumbnails: list[npt.NDArray[np.uint8]] = field(default_factory=list)  # one per file


def sort_out(looks: Iterable[Look], smallest_side: int = SMALLEST_SIDE) -> Findings:
    """Say of every file what is wrong with it.

    Args:
        looks: at all files.
        smallest_side: see `SMALLEST_SIDE`.
    """
    found = Findings()
    for look in looks:
        _sort_in(look, found, smallest_side)
    return found


def copies(files: Sequence[SplitFile]) -> tuple[tuple[SplitFile, ...], ...]:
    """Return the groups of files that are the same byte for byte."""
    groups: defaultdict[str, list[SplitFile]] = defaultdict(list)
    for file in files:
        groups[file.sha256].append(file)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def near_pairs(found: Findings) -> tuple[tuple[NearPair, ...], bool]:
    """Compare one of each group of copies; blank pictures resemble each other and say nothing.

    Returns:
        the pairs, and whether there are more than were listed.
    """
    blank = {suspect.file.sha256 for suspect in found.blank}
    first_of: dict[str, int] = {}
    for place, file in enumerate(found.files):
        if file.sha256 not in blank:
            first_of.setdefault(file.sha256, place)
    places = list(first_of.values())
    if not places:
        return (), False
    listed = matches(np.stack([found.thumbnails[place] for place in places]))
    files = [found.files[place] for place in places]
    pairs = (
        NearPair(files[match.first], files[match.second], match.bits, match.correlation, match.mirrored)
        for match in listed
    )
    return tuple(pairs), len(listed) >= MOST_MATCHES


def _sort_in(look: Look, found: Findings, smallest_side: int) -> None:
    file, width, height = look.file, look.width, look.height
    if look.thumbnail is None:
        found.corrupt.append(Suspect(file, look.fault))
        return
    found.files.append(file)
    found.thumbnails.append(look.thumbnail)
    if look.kind and look.kind != extension_says(file.path):
        found.misnamed.append(Suspect(file, f"{look.kind} named {Path(file.path).suffix}"))
    if min(width, height) < smallest_side:
        found.tiny.append(Suspect(file, f"{width}×{height} pixels"))
    if max(width, height) > LARGEST_ASPECT * min(width, height):
        found.elongated.append(Suspect(file, f"{width}×{height} pixels"))
    contrast = float(look.thumbnail.std())
    if contrast < BLANK_CONTRAST:
        found.blank.append(Suspect(file, f"contrast {contrast:.1f} of 255"))
