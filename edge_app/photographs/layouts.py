"""What the path of a photograph says: its class, and the split where the folders give one.

A split is given where all folders of one level are called like splits: `train/cats`, `val/cats` or `cats/train`,
`cats/val`, in any letters. They must share classes, so that a class of toys called `train` beside `bus` and `car` stays
one. `train/` alone gives no split: its photographs are split like those of any folder.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from edge_app.photographs.splits import Split

Layout = Literal["folder per class", "flat names"]

SPLIT_OF_NAME: Mapping[str, Split] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing", "test1", "eval", "evaluation"), "test"),  # Kaggle's test1 has no labels
}
"""Names of folders, in small letters, as Keras, Ultralytics, Roboflow, Hugging Face and Kaggle write them."""

_FLAT_NAME = re.compile(r"(?P<label>[^.]+)\.\d+$")  # of the stem


@dataclass(frozen=True)
class Place:
    """What the path of a photograph says: its label, and the name of the folder that gives its split, or empty."""

    label: str
    part: str = ""


@dataclass(frozen=True)
class Reading:
    """How the paths of a folder are read.

    Attributes:
        layout: how they say what is what.
        places: by path; those that say no label are missing.
        given: split of each folder that gives one, by its name; empty: none is given.
    """

    layout: Layout
    places: Mapping[str, Place]
    given: Mapping[str, Split] = field(default_factory=dict)

    def given_split(self, path: str) -> Split | None:
        """Return the split that the folders give to a photograph; None: they give none."""
        return self.given.get(self.places[path].part)


def read_layout(paths: Sequence[str], origin_of: Callable[[str], str] = str) -> Reading:
    """Recognise how paths say what is what.

    Args:
        paths: of pictures, relative to their folder, with forward slashes.
        origin_of: path of the photograph that a path is an augmented copy of, or the path itself.
    """
    for read in (_splits_of_classes, _classes_of_splits):
        places = read(paths, origin_of)
        if places:
            by_folder = any(path.count("/") > 1 for path in places)
            given = _given(place.part for place in places.values())
            return Reading("folder per class" if by_folder else "flat names", places, given)
    return _one_level(paths, origin_of)


def flat_label(path: str) -> str | None:
    """Return the label in Kaggle's names (`cat` of `cat.12.jpg`); None: there is none."""
    match = _FLAT_NAME.match(Path(path).stem)
    return composed(match["label"]) if match else None


def composed(name: str) -> str:
    """Return a name as most systems write it: macOS writes é as e and an accent (NFD), which would be another class."""
    return unicodedata.normalize("NFC", name)


def split_of_name(name: str) -> Split | None:
    """Return the split that a folder is called after; None: it is not called like one."""
    return SPLIT_OF_NAME.get(name.casefold())


def _one_level(paths: Sequence[str], origin_of: Callable[[str], str], depth: int = 0) -> Reading:
    """Read a folder per class, or flat names where there are no folders, so many folders further down."""
    in_folders = {path: Place(composed(path.split("/")[depth])) for path in paths if path.count("/") > depth}
    if in_folders:
        return Reading("folder per class", in_folders)
    labels = {path: flat_label(origin_of(path)) for path in paths}
    return Reading("flat names", {path: Place(label) for path, label in labels.items() if label is not None})


def _splits_of_classes(paths: Sequence[str], origin_of: Callable[[str], str]) -> dict[str, Place]:
    """Read `train/cats/1.jpg` and `train/cat.1.jpg`; empty: it is another layout."""
    below: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        part, _, rest = path.partition("/")
        if rest:
            below[part].append(path)
    if not below or any(split_of_name(part) is None for part in below):
        return {}
    places: dict[str, Place] = {}
    for part, inside in below.items():
        reading = _one_level(inside, origin_of, depth=1)
        places |= {path: Place(place.label, part) for path, place in reading.places.items()}
    return places if _belong_together(_sets((place.part, place.label) for place in places.values())) else {}


def _classes_of_splits(paths: Sequence[str], _origin_of: Callable[[str], str]) -> dict[str, Place]:
    """Read `cats/train/1.jpg`; empty: it is another layout."""
    deep = [path for path in paths if path.count("/") > 1]
    places = {path: Place(composed(path.split("/")[0]), path.split("/")[1]) for path in deep}
    parts = _sets((place.label, place.part) for place in places.values())
    with_pictures = {composed(path.split("/")[0]) for path in paths if "/" in path}
    if any(split_of_name(place.part) is None for place in places.values()) or with_pictures != set(parts):
        return {}
    return places if len(parts) > 1 and _belong_together(parts) else {}


def _sets(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        found[one].add(other.casefold())
    return dict(found)


def _belong_together(sets: Mapping[str, Collection[str]]) -> bool:
    """Tell whether each of several folders has something in common with another one; one folder needs two things."""
    if len(sets) == 1:
        return all(len(inside) > 1 for inside in sets.values())
    return bool(sets) and all(
        any(set(inside) & set(sets[other]) for other in sets if other != name) for name, inside in sets.items()
    )


def _given(parts: Iterable[str]) -> dict[str, Split]:
    """Return the split of each folder; what is called validation tests where nothing else does."""
    given = {part: SPLIT_OF_NAME[part.casefold()] for part in sorted(set(parts))}
    if set(given.values()) == {"train"}:
        return {}
    if "test" not in given.values():
        return {part: "test" if split == "validation" else split for part, split in given.items()}
    return given
