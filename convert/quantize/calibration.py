"""Calibration data: which photographs the ranges of 8-bit integers are measured on, and whether they will do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from convert.quantize.recipes import ConversionRecipe
from convert.run_folder import RunFolder, interleave_classes, read_input_image
from convert.settings import CALIBRATION_PHOTOGRAPHS, ConversionSettings
from edge_app.common.errors import DataError, RunFolderError
from edge_app.common.progress import Progress
from edge_app.photographs.augmented_manifest import is_copy_name
from edge_app.photographs.contents import pictures_below
from edge_app.photographs.decoder import Image

UNLABELLED = ""
"""Stands for the label of photographs whose folder says none."""

_FEW = 100  # with fewer, one odd photograph decides a range
_SMALL_CLASS = 0.1  # of an even share
_LOW_CONTRAST = 16.0  # standard deviation of all values; photographs have 50 to 70, fog and night 20
_DARK = 8  # values divided by 255 before saving, or 10 bits in a file of 16, end below this
_REFERENCE_PHOTOGRAPHS = 60  # of training, that frames of another source are held against
_FAR = 3.0  # standard deviations of the means of the training photographs

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class CalibrationFacts:
    """What the calibration photographs are like.

    Attributes:
        source: where they come from.
        photographs: how many.
        unreadable: files that could not be read and were passed over.
        per_label: photographs by label; `UNLABELLED` where the folder says none.
        low: 1st percentile of all values, 0..255.
        high: 99th percentile.
        mean: of all values.
        contrast: their standard deviation.
        warnings: a sentence for each doubt.
    """

    source: str
    photographs: int
    unreadable: int
    per_label: Mapping[str, int]
    low: float
    high: float
    mean: float
    contrast: float
    warnings: tuple[str, ...]

    @property
    def range_coverage(self) -> float:
        """Share of the range from black to white between the 1st and the 99th percentile, 0..1."""
        return (self.high - self.low) / 255.0

    def __str__(self) -> str:
        classes = ", ".join(f"{count:,} {label or 'without a label'}" for label, count in self.per_label.items())
        return (
            f"{self.photographs:,} photographs from {self.source} ({classes}); pixel values {self.low:.0f} to "
            f"{self.high:.0f} (1st to 99th percentile, {self.range_coverage:.0%} of the range), mean {self.mean:.0f}, "
            f"standard deviation {self.contrast:.0f}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return {**asdict(self), "range_coverage": self.range_coverage}


@dataclass(frozen=True, eq=False)
class Calibration:
    """Pictures to calibrate on.

    Attributes:
        images_rgb: (photographs, height, width, 3) uint8 RGB.
        facts: what they are like.
    """

    images_rgb: Images
    facts: CalibrationFacts


def read_calibration(
    run: RunFolder, settings: ConversionSettings, recipes: Sequence[ConversionRecipe]
) -> Calibration | None:
    """Read what the settings say, and print what it is like; None: no recipe is calibrated.

    Raises:
        RunFolderError: not one training photograph can be read.
        DataError: the folder for calibration cannot be used.
    """
    if not any(recipe.calibrated for recipe in recipes):
        return None
    count = settings.calibration_photographs
    found = from_training(run, count) if settings.calibration is None else from_folder(run, settings.calibration, count)
    print(f"calibrating on {found.facts}", flush=True)
    for sentence in found.facts.warnings:
        print(f"warning: {sentence}", flush=True)
    return found


def from_training(run: RunFolder, count: int = CALIBRATION_PHOTOGRAPHS) -> Calibration:
    """Read training photographs, the classes in turn; augmented copies are passed over.

    Raises:
        RunFolderError: not one of them can be read.
    """
    originals = interleave_classes(
        [item for item in run.splits["train"] if not is_copy_name(item.path.name)], len(run.labels)
    )
    images, labels, unreadable = _read(run, ((item.path, run.labels[item.target]) for item in originals), count)
    if not images:
        raise RunFolderError(
            f"none of the training photographs of `{run.path}` can be read; give their folder with --photos"
        )
    images_rgb = np.stack(images)
    facts = facts_of(images_rgb, labels, run.labels, f"the training split of {run.data}", unreadable)
    return Calibration(images_rgb, facts)


def from_folder(run: RunFolder, folder: Path, count: int = CALIBRATION_PHOTOGRAPHS) -> Calibration:
    """Read any photographs, as a device has collected them: flat, or a folder per label.

    Raises:
        DataError: there are none, or not one can be read.
    """
    refuse_no_folder(folder)
    paths = [path for path in pictures_below(folder) if not is_copy_name(Path(path).name)]
    if not paths:
        raise DataError(f"`{folder}` holds no pictures; give a folder of photographs with --calibration")
    images, labels, unreadable = _read(run, ((folder / path, _label_of(path)) for path in _spread(paths)), count)
    if not images:
        raise DataError(f"none of the {len(paths):,} pictures in `{folder}` can be read; give others")
    images_rgb = np.stack(images)
    facts = facts_of(images_rgb, labels, run.labels, f"`{folder}`", unreadable, _training_images(run))
    return Calibration(images_rgb, facts)


def refuse_no_folder(folder: Path) -> None:
    """Refuse what cannot be a folder of photographs.

    Raises:
        DataError: there is no such folder.
    """
    if not folder.is_dir():
        raise DataError(f"`{folder}` is not a folder; give a folder of photographs with --calibration")


def facts_of(
    images_rgb: Images,
    labels: Sequence[str],
    all_labels: Sequence[str],
    source: str,
    unreadable: int = 0,
    training_rgb: Images | None = None,
) -> CalibrationFacts:
    """Measure what calibration photographs are like, and doubt them where there is reason.

    Args:
        images_rgb: (photographs, height, width, 3) uint8.
        labels: of each; `UNLABELLED` where there is none.
        all_labels: of the run.
        source: what to call them.
        unreadable: files that were passed over.
        training_rgb: (photographs, height, width, 3) uint8 of training, to hold them against; None: they are these.
    """
    per_label = dict(sorted(Counter(labels).items()))
    low, high = np.percentile(images_rgb, [1, 99])
    mean, contrast = float(images_rgb.mean()), float(images_rgb.std())
    warnings = [
        *_doubts_of_number(per_label, all_labels),
        *_doubts_of_values(float(high), contrast),
        *_doubts_of_drift(images_rgb, training_rgb),
    ]
    return CalibrationFacts(
        source, len(images_rgb), unreadable, per_label, float(low), float(high), mean, contrast, tuple(warnings)
    )


def _doubts_of_number(per_label: Mapping[str, int], all_labels: Sequence[str]) -> Iterable[str]:
    total = sum(per_label.values())
    if total < _FEW:
        yield f"only {total:,} calibration photographs: a single odd one can decide a range; use {_FEW} to 500"
    named = {label: per_label.get(label, 0) for label in all_labels}
    if not any(named.values()):
        return  # no labels at all, as a device collects them: nothing can be said
    if sum(count > 0 for count in named.values()) == 1:
        label = max(named, key=lambda name: named[name])
        yield f"all calibration photographs show one class ({label}): ranges for the others were not measured"
        return
    for label, count in named.items():
        if count < _SMALL_CLASS * total / len(all_labels):
            yield f"{count:,} of {total:,} calibration photographs show {label}: add some"


def _doubts_of_values(high: float, contrast: float) -> Iterable[str]:
    if high <= _DARK:
        yield (
            f"99 % of the pixel values of the calibration photographs are at most {high:.0f} of 255, as if "
            "they had been normalized before saving; save pictures with the full range 0..255"
        )
    elif contrast < _LOW_CONTRAST:
        yield (
            f"the calibration photographs have little contrast (standard deviation {contrast:.0f} of 255 where "
            "photographs have 50 to 70): ranges may be too narrow"
        )


def _doubts_of_drift(images_rgb: Images, training_rgb: Images | None) -> Iterable[str]:
    """Say so where the network is calibrated on pictures unlike those that it was trained on."""
    if training_rgb is None:
        return
    means, expected = images_rgb.mean(axis=(1, 2, 3)), training_rgb.mean(axis=(1, 2, 3))
    middle, spread = float(expected.mean()), max(1.0, float(expected.std()))
    outside = float((np.abs(means - middle) > _FAR * spread).mean())
    if outside > _SMALL_CLASS:
        yield (
            f"{outside:.0%} of the calibration photographs are outside the brightness range of the training "
            f"photographs (mean value {means.mean():.0f}, in training {middle:.0f} ± {spread:.0f}): check the camera, "
            "or train on such pictures"
        )


def _read(run: RunFolder, files: Iterable[tuple[Path, str]], count: int) -> tuple[list[Image], list[str], int]:
    images: list[Image] = []
    labels: list[str] = []
    unreadable = 0
    with Progress("reading calibration photographs", count) as progress:
        for path, label in files:
            if len(images) == count:
                break
            image = read_input_image(run, path)
            if image is None:
                unreadable += 1
                continue
            images.append(image)
            labels.append(label)
            progress.step()
    return images, labels, unreadable


def _training_images(run: RunFolder) -> Images | None:
    chosen = interleave_classes(run.splits["train"], len(run.labels))[:_REFERENCE_PHOTOGRAPHS]
    images = [image for item in chosen if (image := read_input_image(run, item.path)) is not None]
    return np.stack(images) if images else None


def _label_of(path: str) -> str:
    return path.split("/", 1)[0] if "/" in path else UNLABELLED


def _spread(paths: Sequence[str]) -> list[str]:
    """Order paths so that every beginning has files from all over: frames that follow each other look alike.

    Steps of the golden ratio of the length; every number that has no divisor in common with it visits each file once.
    """
    count = len(paths)
    step = max(1, round(count * 0.618034))
    while np.gcd(step, count) != 1:
        step += 1
    return [paths[place * step % count] for place in range(count)]
