"""What lies below a folder of photographs: pictures, and files that nobody reads, which are counted and said."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from edge_app.common.errors import DataError
from edge_app.photographs.augmented_manifest import MANIFEST_NAME
from edge_app.photographs.decoder import is_image_name

NO_ENDING, NO_FILE = "without an ending", "broken links or special files"

_OF_SYSTEMS = ("thumbs.db", "desktop.ini", "__macosx")  # and hidden ones
_OURS = (MANIFEST_NAME, "groups.csv", "augmented.html", "notice.txt", "collected.jsonl", "reviewed.jsonl")
_ADVICE: Mapping[tuple[str, ...], str] = {
    (".heic", ".heif", ".avif"): (
        "HEIC and AVIF are not read; make JPEGs of them with `heif-convert NAME.heic NAME.jpg` (Debian: "
        "libheif-examples), and choose “Most Compatible” in the iPhone's camera settings for new ones"
    ),
    (".gif",): "a GIF may hold many frames; save those that you want as PNG: `ffmpeg -i NAME.gif NAME_frame_%03d.png`",
    (".mp4", ".mov", ".avi", ".mkv", ".webm"): (
        "videos are not read; save frames of them: `ffmpeg -i NAME.mp4 -vf fps=1 NAME_frame_%04d.jpg`"
    ),
}


@dataclass(frozen=True)
class Contents:
    """What was found, all relative to the folder, with forward slashes, and sorted.

    Attributes:
        pictures: by their names.
        others: files that nobody reads; hidden ones, and those of systems and of ours, are none.
        folders: hidden ones are left out.
        not_files: others that have the name of a picture and are no files.
    """

    pictures: tuple[str, ...]
    others: tuple[str, ...]
    folders: tuple[str, ...]
    not_files: frozenset[str] = frozenset()

    def unread(self, below: str = "") -> dict[str, int]:
        """Count the files that nobody reads by their endings, the most frequent first.

        Args:
            below: only those in this folder.
        """
        start = f"{below}/" if below else ""
        counts = Counter(self._ending(path) for path in self.others if path.startswith(start))
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def _ending(self, path: str) -> str:
        return NO_FILE if path in self.not_files else PurePosixPath(path).suffix.lower() or NO_ENDING


def contents_below(root: Path) -> Contents:
    """Find all files and folders below a folder; links to folders are followed, each folder once.

    Raises:
        DataError: the system refused.
    """
    pictures, others, folders, not_files = [], [], [], set()
    try:
        for folder, inside, names in _walk(root):
            below = Path(folder).relative_to(root)
            folders += [(below / name).as_posix() for name in inside]
            for name in names:
                path = (below / name).as_posix()
                if not is_image_name(Path(name)):
                    others.append(path)
                elif Path(folder, name).is_file():
                    pictures.append(path)
                else:
                    others.append(path)
                    not_files.add(path)
    except OSError as error:
        where = error.filename or root
        raise DataError(f"`{where}` cannot be read: {(error.strerror or str(error)).lower()}; check it") from error
    return Contents(tuple(sorted(pictures)), tuple(sorted(others)), tuple(sorted(folders)), frozenset(not_files))


def pictures_below(root: Path) -> list[str]:
    """Return all picture files below a folder, sorted, relative to it; hidden files and folders are left out.

    Raises:
        DataError: the system refused.
    """
    return list(contents_below(root).pictures)


def count_words(unread: Mapping[str, int]) -> str:
    """Return counts by ending in words: `20 .heic, 1 .txt`."""
    return ", ".join(f"{count:,} {ending}" for ending, count in unread.items())


def advice_on(endings: Iterable[str]) -> list[str]:
    """Say how pictures with these endings can be read after all."""
    there = set(endings)
    return [sentence for kinds, sentence in _ADVICE.items() if there & set(kinds)]


def _walk(root: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield each folder, the folders in it, and its files; a link to a folder elsewhere is followed once."""
    real_root = os.path.realpath(root)
    seen = {real_root}
    for folder, folders, names in os.walk(root, onerror=_raise, followlinks=True):
        followed = []
        for name in sorted(folders):
            path = Path(folder, name)
            real = os.path.realpath(path)
            walked_anyway = path.is_symlink() and Path(real).is_relative_to(real_root)
            if real not in seen and not walked_anyway and _is_seen(name):
                seen.add(real)
                followed.append(name)
        folders[:] = followed
        yield folder, followed, [name for name in names if _is_seen(name)]


def _is_seen(name: str) -> bool:
    return not name.startswith(".") and name.lower() not in (*_OF_SYSTEMS, *_OURS)


def _raise(error: OSError) -> None:
    """A folder that cannot be read must not look like one without pictures: a class would vanish."""
    raise error
