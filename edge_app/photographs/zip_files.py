"""Unpacking a ZIP file that somebody else made: pictures only, into one folder only, of a bounded size.

Every entry is judged before the first byte is written. `unpacked` takes a ZIP file where a folder is expected: it lies
in the user's cache from then on, under the hash of its bytes.
"""

from __future__ import annotations

import lzma
import os
import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from edge_app.common.atomic_files import atomic_folder
from edge_app.common.errors import DataError, OutputError
from edge_app.common.progress import Progress
from edge_app.common.user_cache import cache_folder
from edge_app.photographs.decoder import is_image_name
from edge_app.photographs.splits import file_sha256

MAX_EXPANSION = 20
"""Unpacked size over packed size, at most: photographs hardly shrink, bitmaps shrink a few times."""

MAX_FILES = 1_000_000

_GIGABYTE = 1e9
_NAME_DIGITS = 16  # of the hash, in the name of the cache's folder
_ENCRYPTED = 0x1
_MOST_FOLDERS, _LONGEST_PATH, _SHOWN = 64, 1024, 40
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True)
class Entry:
    """A picture of the archive and the place where it goes, relative to the folder of photographs."""

    info: zipfile.ZipInfo
    path: str


@dataclass(frozen=True)
class ExtractionPlan:
    """What unpacking would do.

    Attributes:
        entries: the pictures.
        left_out: names of the other files.
    """

    entries: tuple[Entry, ...]
    left_out: tuple[str, ...]

    @property
    def unpacked_bytes(self) -> int:
        """How much room the pictures need; `zipfile` never writes more than an entry says."""
        return sum(entry.info.file_size for entry in self.entries)


def unpacked(photographs: Path) -> Path:
    """Return a folder of photographs; a ZIP file is unpacked into the user's cache, once.

    Args:
        photographs: a folder, which is returned as it is, or a ZIP file.

    Raises:
        DataError: the ZIP file is damaged, holds no pictures, or something in it is meant to do harm.
        OutputError: the disk of the cache has no room, or cannot be written.
    """
    if not photographs.is_file() or not (photographs.suffix.lower() == ".zip" or zipfile.is_zipfile(photographs)):
        return photographs
    try:
        digest = file_sha256(photographs)
    except OSError as error:
        raise DataError(f"`{photographs}` cannot be read: {(error.strerror or str(error)).lower()}") from error
    place = cache_folder() / "photographs" / digest[:_NAME_DIGITS] / photographs.stem
    if place.is_dir():
        print(f"{photographs} is unpacked in {place}", flush=True)
        return place
    plan = plan_extraction(photographs)
    refuse_full_disk(place, plan.unpacked_bytes, "unpack")
    with atomic_folder(place) as temporary:
        extract(photographs, plan, temporary)
    print(f"{photographs} was unpacked into {place}; delete that folder when you no longer need it", flush=True)
    return place


def refuse_full_disk(out: Path, needed_bytes: int, purpose: str) -> None:
    """Look before writing for a quarter of an hour.

    Raises:
        OutputError: the disk of `out` has too little room.
    """
    place = next(folder for folder in out.resolve().parents if folder.is_dir())
    free = shutil.disk_usage(place).free
    if free < needed_bytes:
        raise OutputError(
            f"`{place}` has {free / _GIGABYTE:.2f} GB free and {needed_bytes / _GIGABYTE:.2f} GB are needed to "
            f"{purpose} the photographs; free some space, or choose a folder on another disk"
        )


def plan_extraction(path: Path) -> ExtractionPlan:
    """Read the directory of an archive and judge every entry.

    The folders that all pictures have in common are dropped: `PetImages/Cat/1.jpg` goes to `Cat/1.jpg`.

    Raises:
        DataError: it is no ZIP file, holds no pictures, or something in it is meant to do harm.
    """
    with damage_told(path), zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
    for info in infos:
        refuse_harm(path, info)
    pictures = [info for info in infos if is_image_name(Path(info.filename.replace("\\", "/")))]
    if not pictures:
        raise DataError(f"`{path.name}` holds no pictures ({len(infos):,} other files); choose another archive")
    _refuse_bomb(path, pictures)
    places = _without_common_folders([info.filename.replace("\\", "/") for info in pictures])  # Windows' own archives
    _refuse_doubles(path, places)
    entries = tuple(Entry(info, place) for info, place in zip(pictures, places, strict=True))
    kept = {info.filename for info in pictures}
    return ExtractionPlan(entries, tuple(sorted(info.filename for info in infos if info.filename not in kept)))


def extract(path: Path, plan: ExtractionPlan, folder: Path) -> None:
    """Write the pictures of a plan below an existing folder; a picture that is damaged inside is written as it is.

    Raises:
        DataError: the archive is damaged.
        OSError: the system refused to write.
    """
    with (
        damage_told(path),
        zipfile.ZipFile(path) as archive,
        Progress("unpacking", len(plan.entries)) as progress,
    ):
        for entry in plan.entries:
            place = folder / entry.path
            place.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry.info) as source, place.open("xb") as target:
                shutil.copyfileobj(source, target)
            progress.step()


_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    IndexError,
    NotImplementedError,
    ValueError,
)


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """Tell in a sentence what `zipfile` raises of an archive that is damaged, or packed in a way that it does not know.

    Raises:
        DataError: so it is.
        OSError: the system refused.
    """
    try:
        yield
    except _DAMAGE as error:
        why = str(error) or type(error).__name__
        raise DataError(f"`{path.name}` is not a valid ZIP file ({why}); choose another archive") from error
    except OSError as error:
        if error.errno is not None:  # the system's; without a number it is bz2's
            raise
        raise DataError(f"`{path.name}` is not a valid ZIP file ({error}); choose another archive") from error


def refuse_harm(path: Path, info: zipfile.ZipInfo) -> None:
    """Refuse the archive for one entry that honest archives do not have.

    Raises:
        DataError: see the sentences.
    """
    name = PurePosixPath(info.orig_filename.replace("\\", "/"))
    if name.is_absolute() or _DRIVE.match(str(name)) or ".." in name.parts or "\0" in str(name):
        raise DataError(
            f"`{path.name}` holds {info.orig_filename!r}, which is outside the archive's folder; nothing was unpacked"
        )
    if len(name.parts) > _MOST_FOLDERS or len(os.fsencode(str(name))) > _LONGEST_PATH:
        raise DataError(
            f"`{path.name}` holds a path of {len(str(name)):,} letters and {len(name.parts) - 1:,} folders, "
            f"{str(name)[:_SHOWN]!r}…, as no archive of photographs does; nothing was unpacked"
        )
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise DataError(f"`{path.name}` holds {info.filename!r}, a link or device; nothing was unpacked")
    if info.flag_bits & _ENCRYPTED:
        raise DataError(f"`{path.name}` is encrypted ({info.filename!r}); unpack it by hand and give the folder")


def _refuse_bomb(path: Path, pictures: Sequence[zipfile.ZipInfo]) -> None:
    unpacked, packed = sum(info.file_size for info in pictures), path.stat().st_size
    if unpacked > MAX_EXPANSION * packed or len(pictures) > MAX_FILES:
        raise DataError(
            f"`{path.name}` would expand from {packed:,} to {unpacked:,} bytes in {len(pictures):,} files, as no "
            f"archive of photographs does (limits: {MAX_EXPANSION} times and {MAX_FILES:,}); nothing was unpacked"
        )


def _refuse_doubles(path: Path, places: Sequence[str]) -> None:
    """Two entries in one place: which one is meant?"""
    seen: set[str] = set()
    for place in places:
        if place in seen:
            raise DataError(f"`{path.name}` holds {place!r} twice; nothing was unpacked")
        seen.add(place)
    for place in places:
        as_folder = next((str(above) for above in PurePosixPath(place).parents if str(above) in seen), None)
        if as_folder is not None:
            raise DataError(f"`{path.name}` holds {as_folder!r} as a file and as a folder; nothing was unpacked")


def _without_common_folders(names: Sequence[str]) -> list[str]:
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    first, last = min(folders), max(folders)
    common = 0
    while common < len(first) and first[common] == last[common]:
        common += 1
    return ["/".join(PurePosixPath(name).parts[common:]) for name in names]
