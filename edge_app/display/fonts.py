"""Scripts that OpenCV cannot draw, by Pillow and the fonts of the system; both may be missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge_app.photographs.decoder import Image

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_FOLDERS = {
    "linux": ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts"),
    "darwin": ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    "win32": ("C:/Windows/Fonts",),
}
_FC_LIST_LIMIT_S = 10
_UNASSIGNED = "\U000e0ffe"  # in no font: shows what a font draws where it has nothing


def pillow_is_there() -> bool:
    """Tell whether Pillow can draw text."""
    try:
        from PIL import features
    except ImportError:
        return False
    return bool(features.check("freetype2"))


@lru_cache(maxsize=64)
def font_file_for(characters: str) -> Path | None:
    """Return a font of the system that has all these characters; None where there is none.

    Args:
        characters: without spaces.
    """
    # one letter of each script is asked for, so that fontconfig runs once per script and not once per label
    scripts = {unicodedata.name(character, "?").split(" ")[0]: character for character in sorted(characters)}
    for path in _candidates("".join(sorted(scripts.values()))):
        if _has_all(path, characters):
            return path
    return None


def draw_with_pillow(text: str, size_px: int, font_file: Path) -> Image:
    """Return the coverage of a line of text, (height, width) uint8; letters are joined where the script joins them."""
    mask, (left, top) = _font(font_file, size_px).getmask2(text, mode="L")
    width, height = mask.size
    ink: Image = np.array(mask, np.uint8).reshape(height, width)
    return np.pad(ink, ((max(0, top), 0), (max(0, left), 0)))


@lru_cache(maxsize=16)
def _font(path: Path, size_px: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(path), size_px)


@lru_cache(maxsize=64)
def _candidates(characters: str) -> tuple[Path, ...]:
    """Ask fontconfig where it is installed; otherwise look through the folders of the system."""
    if shutil.which("fc-list") is not None:
        wanted = " ".join(f"{ord(character):x}" for character in sorted(set(characters)))
        command = ["fc-list", f":charset={wanted}", "--format=%{file}\n"]
        try:
            told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_FC_LIST_LIMIT_S)
        except subprocess.TimeoutExpired:
            return ()
        return _plain_first(Path(line) for line in set(told.stdout.splitlines()))
    folders = [Path(folder).expanduser() for folder in _FOLDERS.get(sys.platform, _FOLDERS["linux"])]
    files = (path for folder in folders if folder.is_dir() for path in folder.rglob("*"))
    return _plain_first(path for path in files if path.suffix.lower() in (".ttf", ".otf", ".ttc"))


def _plain_first(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Upright fonts of usual weight before bold and slanted ones, the same order every time."""

    def unusual(path: Path) -> int:
        name = path.stem.lower()
        return sum(word in name for word in ("bold", "italic", "oblique", "light", "thin", "black", "serif", "mono"))

    return tuple(sorted(paths, key=lambda path: (unusual(path), path.name)))


def _has_all(path: Path, characters: str) -> bool:
    try:
        font = _font(path, 32)
        nothing = bytes(font.getmask(_UNASSIGNED))
        return all(bytes(font.getmask(character)) != nothing for character in characters)
    except (OSError, ValueError):  # a font that FreeType cannot read
        return False
