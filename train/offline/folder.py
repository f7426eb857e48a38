"""A folder of photographs again, with augmented copies of those that train, and a manifest of what was done to each.

The originals are there byte for byte, so their splits are the same. Only training photographs have copies, and the
manifest lets every program of ours know them for copies: nothing of what trains can validate or test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge_app.common.atomic_files import atomic_folder
from edge_app.common.errors import DataError, OutputError, PhotographError, UsageError
from edge_app.common.outputs import held
from edge_app.common.progress import Progress
from edge_app.common.python_faces import as_path, described
from edge_app.photographs.augmented_manifest import MANIFEST_NAME, AugmentedCopy, copy_name, format_manifest
from edge_app.photographs.decoder import Image, read_photograph
from edge_app.photographs.folders import PhotographFolder, find_photographs
from edge_app.photographs.groups import GROUPS_NAME
from train.data.loading import hash_files
from train.data.splits import SplitFile
from train.data.thread_pool import in_threads
from train.offline.operations import apply_operations, draw_operations, generator_of
from train.offline.page import PAGE_NAME, write_page
from train.offline.settings import OfflineAugmentation
from train.offline.style import Painter

_JPEG_SIDE = 65_535  # pixels; the format has no room for more


@dataclass(frozen=True)
class CopyPlan:
    """What to make.

    Attributes:
        settings: what may happen to a copy.
        copies: per training photograph.
        seed: of everything random.
        quality: of the JPEG files, 1..100.
        painter: paints some of the copies in other styles, before everything else is done to them.
    """

    settings: OfflineAugmentation
    copies: int
    seed: int = 0
    quality: int = 95
    painter: Painter | None = None

    def __post_init__(self) -> None:
        bounds: tuple[tuple[str, Any, int, int], ...] = (
            ("--copies", self.copies, 1, 10_000),
            ("--seed", self.seed, 0, 2**31 - 1),
            ("--quality", self.quality, 1, 100),
        )
        for what, value, low, high in bounds:
            if not isinstance(value, int | np.integer):
                raise UsageError(f"{what} must be a whole number, received {described(value)}")
            if not low <= value <= high:
                raise UsageError(f"{what} must be from {low:,} to {high:,}, received {value:,}")


@dataclass(frozen=True)
class AugmentedFolder:
    """What came of it.

    Attributes:
        originals: files that are there as they were.
        copies: one entry of the manifest per new file.
        skipped: a sentence per photograph that has no copies because it is broken.
    """

    originals: int
    copies: tuple[AugmentedCopy, ...]
    skipped: tuple[str, ...]


def augment_folder(
    photographs: str | Path, out: str | Path, plan: CopyPlan, overwrite: bool = False
) -> AugmentedFolder:
    """Make the folder.

    Args:
        photographs: a folder per class, or flat names; it stays as it is.
        out: the folder to make; it appears when it is complete.
        plan: what to make.
        overwrite: whether an older one may be replaced.

    Raises:
        FieldLensError: the photographs or the output folder cannot be used.
    """
    photographs, out = as_path(photographs, "photographs"), as_path(out, "out")
    refuse_nested(photographs, out)
    folder = find_photographs(photographs)
    if any(file.origin for file in folder.files):
        raise DataError(f"`{photographs}` has augmented copies already; give the folder that they were made from")
    with held(out), atomic_folder(out, overwrite, MANIFEST_NAME) as temporary:
        files, unreadable = hash_files(folder)
        training = [file for file in files if file.split == "train"]
        if not training:
            raise DataError(f"`{photographs}` has too few pictures ({len(files)}): none of them trains; add more")
        _place_originals(folder, files, temporary)
        with suppress(FileNotFoundError):
            shutil.copyfile(folder.root / GROUPS_NAME, temporary / GROUPS_NAME)
        copies, broken = _make_copies(folder.root, training, temporary, plan)
        if not copies:
            raise DataError(f"`{photographs}` has no readable picture to train on; the first: {broken[0]}")
        (temporary / MANIFEST_NAME).write_bytes(format_manifest(copies))
        done = AugmentedFolder(len(files), tuple(copies), (*unreadable, *broken))
        labels = {file.path: file.label for file in training}
        write_page(temporary / PAGE_NAME, temporary, out.name, plan.seed, labels, done.copies, done.skipped)
    return done


def refuse_nested(photographs: Path, out: Path) -> None:
    """Keep the two folders apart: one inside the other would be taken for a part of it, or be replaced.

    Raises:
        OutputError: they are the same, or one is inside the other.
    """
    inner, outer = sorted((photographs.resolve(), out.resolve()), key=lambda path: -len(path.parts))
    if inner.is_relative_to(outer):
        raise OutputError(f"`{out}` and `{photographs}` are the same or inside one another; choose a folder beside it")


def _place_originals(folder: PhotographFolder, files: Sequence[SplitFile], out: Path) -> None:
    """Hard links take no room; where the file system has none, or it is another one, the bytes are copied."""
    with Progress("placing originals", len(files)) as progress:
        for file in files:
            source, place = (folder.root / file.path).resolve(), out / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, place)
            except OSError:
                shutil.copyfile(source, place)
            progress.step()


def _make_copies(
    root: Path, training: Sequence[SplitFile], out: Path, plan: CopyPlan
) -> tuple[list[AugmentedCopy], list[str]]:
    copies: list[AugmentedCopy] = []
    broken: list[str] = []
    with Progress("augmenting", len(training) * plan.copies) as progress:

        def augmented(file: SplitFile) -> list[AugmentedCopy] | str:
            return _augment_file(root, file, out, plan, lambda copy, detail: progress.reach(done + copy - 1, detail))

        done = 0
        for file, result in zip(training, _each(augmented, training, plan), strict=True):
            if isinstance(result, str):
                broken.append(result)
            else:
                copies += result
            done += plan.copies
            progress.reach(done, file.path)
    return copies, broken


def _each(
    function: Callable[[SplitFile], list[AugmentedCopy] | str], files: Sequence[SplitFile], plan: CopyPlan
) -> Iterator[list[AugmentedCopy] | str]:
    """TensorFlow paints on all cores by itself, and Ctrl-C need not wait for pictures that other threads are at."""
    return map(function, files) if plan.painter else in_threads(function, files)


def _augment_file(
    root: Path, file: SplitFile, out: Path, plan: CopyPlan, on_step: Callable[[int, str], None]
) -> list[AugmentedCopy] | str:
    """Make all copies of a photograph; a sentence, and none of them, if one cannot be made."""
    written: list[Path] = []
    try:
        image_bgr = read_photograph(root / file.path)
        made = []
        for number in range(1, plan.copies + 1):
            copy, encoded = _augment(image_bgr, file, number, plan, on_step)
            written.append(out / copy.file)
            written[-1].write_bytes(encoded)
            made.append(copy)
        return made
    except PhotographError as error:
        sentence = str(error) if str(root / file.path) in str(error) else f"`{root / file.path}`: {error}"
    except cv2.error as error:  # sizes beyond what OpenCV's operations take
        sentence = f"`{root / file.path}` cannot be changed: {str(error).strip().splitlines()[0]}"
    for path in written:
        with suppress(OSError):
            path.unlink(missing_ok=True)
    return sentence


def _augment(
    image_bgr: Image, file: SplitFile, number: int, plan: CopyPlan, on_step: Callable[[int, str], None]
) -> tuple[AugmentedCopy, bytes]:
    operations = draw_operations(plan.settings, generator_of(plan.seed, file.sha256, number))
    painting = plan.painter.draw(plan.seed, file.sha256, number) if plan.painter else None
    if plan.painter and painting:
        image_bgr = plan.painter.paint(image_bgr, painting, lambda detail: on_step(number, f"{file.path} {detail}"))
    encoded = encode_jpeg(apply_operations(image_bgr, operations), plan.quality)
    done = tuple(operation.to_json() for operation in ((painting,) if painting else ()) + operations)
    return AugmentedCopy(copy_name(file.path, number), file.path, file.sha256, plan.seed, number, done), encoded


def encode_jpeg(image_bgr: Image, quality: int) -> bytes:
    """Return a JPEG file.

    Raises:
        PhotographError: the format has no room for so many pixels.
    """
    height, width = image_bgr.shape[:2]
    if max(height, width) > _JPEG_SIDE:
        raise PhotographError(f"{width}×{height} pixels do not fit into a JPEG, {_JPEG_SIDE:,} per side do")
    return bytes(cv2.imencode(".jpg", image_bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])
