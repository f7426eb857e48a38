"""Inspecting photographs while they are decoded: corrupt, misnamed, tiny, elongated, blank and duplicate files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from edge_app.photographs.decoder import Image
from edge_app.photographs.perceptual_hash import MOST_MATCHES, matches
from edge_app.photographs.thumbnails import thumbnail
from train.data.splits import SplitFile

SMALLEST_SIDE = 64
"""Shorter sides than this, in pixels, leave a network little to see."""

LARGEST_ASPECT = 3.0
"""Width over height (or the reverse) from which squashing to a square distorts more than photographs usually are."""

BLANK_CONTRAST = 4.0
"""Standard deviation of the 32×32 grey levels below which nothing is shown; of 8,840 photographs the least had 12.9."""

_BY_EXTENSION = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jfif": "JPEG",
    ".png": "PNG",
    ".bmp": "BMP",
    ".webp": "WebP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".ppm": "PNM",
    ".pgm": "PNM",
}

_STARTS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"BM", "BMP"),
)

_HEIF_BRANDS = (b"heic", b"heix", b"mif1", b"msf1")


@dataclass(frozen=True)
class FlaggedFile:
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
    def crosses_splits(self) -> bool:
        """Whether they are in two splits, so that a model is tested on what it has learned."""
        return self.first.split != self.second.split

    @property
    def conflicts(self) -> bool:
        """Whether they have two labels."""
        return self.first.label != self.second.label


@dataclass(frozen=True, eq=False)
class InspectedFile:
    """What decoding showed of one file.

    Attributes:
        file: which one.
        fault: why it cannot be decoded; empty: it can.
        kind: that its first bytes say, see `kind_by_content`.
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


class PhotographInspector:
    """Collects what decoding shows of photographs, from several threads; augmented copies are skipped."""

    def __init__(self) -> None:
        self._by_path: dict[str, InspectedFile] = {}

    def add(self, file: SplitFile, encoded: bytes, frame_bgr: Image) -> None:
        """Inspect a decoded photograph: 0.1 ms at 200×200 pixels."""
        if not file.copy_of:
            height, width = frame_bgr.shape[:2]
            self._by_path[file.path] = InspectedFile(
                file, "", kind_by_content(encoded), width, height, thumbnail(frame_bgr)
            )

    def add_broken(self, file: SplitFile, fault: str) -> None:
        """Note a file that cannot be decoded."""
        if not file.copy_of:
            self._by_path[file.path] = InspectedFile(file, fault)

    def by_path(self) -> list[InspectedFile]:
        """Return all, in order of path."""
        return [self._by_path[path] for path in sorted(self._by_path)]


@dataclass
class InspectionResult:
    """What is wrong with single files; every list is in the order in which they were looked at."""

    files: list[SplitFile] = field(default_factory=list)
    corrupt: list[FlaggedFile] = field(default_factory=list)
    misnamed: list[FlaggedFile] = field(default_factory=list)
    tiny: list[FlaggedFile] = field(default_factory=list)
    elongated: list[FlaggedFile] = field(default_factory=list)
    blank: list[FlaggedFile] = field(default_factory=list)
    thumbnails: list[npt.NDArray[np.uint8]] = field(default_factory=list)  # one per file


def flag_files(inspected: Iterable[InspectedFile], smallest_side: int = SMALLEST_SIDE) -> InspectionResult:
    """Check every file.

    Args:
        inspected: all files.
        smallest_side: see `SMALLEST_SIDE`.
    """
    found = InspectionResult()
    for one in inspected:
        _flag(one, found, smallest_side)
    return found


def copies(files: Sequence[SplitFile]) -> tuple[tuple[SplitFile, ...], ...]:
    """Return the groups of files that are the same byte for byte."""
    groups: defaultdict[str, list[SplitFile]] = defaultdict(list)
    for file in files:
        groups[file.sha256].append(file)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def near_pairs(found: InspectionResult) -> tuple[tuple[NearPair, ...], bool]:
    """Compare one of each group of copies; blank pictures resemble each other and say nothing.

    Returns:
        the pairs, and whether there are more than were listed.
    """
    blank = {flagged.file.sha256 for flagged in found.blank}
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


def _flag(inspected: InspectedFile, found: InspectionResult, smallest_side: int) -> None:
    file, width, height = inspected.file, inspected.width, inspected.height
    if inspected.thumbnail is None:
        found.corrupt.append(FlaggedFile(file, inspected.fault))
        return
    found.files.append(file)
    found.thumbnails.append(inspected.thumbnail)
    if inspected.kind and inspected.kind != kind_by_extension(file.path):
        found.misnamed.append(FlaggedFile(file, f"{inspected.kind} named {Path(file.path).suffix}"))
    if min(width, height) < smallest_side:
        found.tiny.append(FlaggedFile(file, f"{width}×{height} pixels"))
    if max(width, height) > LARGEST_ASPECT * min(width, height):
        found.elongated.append(FlaggedFile(file, f"{width}×{height} pixels"))
    contrast = float(inspected.thumbnail.std())
    if contrast < BLANK_CONTRAST:
        found.blank.append(FlaggedFile(file, f"contrast {contrast:.1f} of 255"))


def kind_by_content(content: bytes) -> str:
    """Return the kind that the first bytes say: JPEG, PNG, GIF, WebP, TIFF, BMP, PNM, AVIF, HEIC, or an empty text.

    Signatures: the format's specifications (ITU-T T.81, ISO 15948, GIF89a, TIFF 6.0, RFC 9649, Netpbm, ISO 14496-12).
    """
    for start, kind in _STARTS:
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WebP"
    if content[:1] == b"P" and content[1:2] in b"123456" and content[2:3].isspace():
        return "PNM"
    if content[4:8] == b"ftyp":
        return "AVIF" if content[8:12] in (b"avif", b"avis") else "HEIC" if content[8:12] in _HEIF_BRANDS else ""
    return ""


def kind_by_extension(path: str) -> str:
    """Return the kind that the name says; an empty text for a name that says none."""
    return _BY_EXTENSION.get(PurePosixPath(path).suffix.lower(), "")
