"""Finding photographs that belong together: near copies, bursts, frames of one video; and writing it down for good."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from edge_app.photographs.decoder import read_encoded
from edge_app.photographs.folders import PhotographFolder
from edge_app.photographs.groups import MARK, GroupedFile, mark_in, read_manifest
from edge_app.photographs.splits import sha256_of
from train.data.loading import cuts_of_files, in_splits
from train.data.splits import SplitFile
from train.screening.capture import Shot, burst_of, shot_of, source_picture
from train.screening.screening import screen

BURST_S = 2.0
"""Photographs of one camera that follow each other within this time are a burst."""

Paths = tuple[str, ...]


@dataclass(frozen=True)
class Grouping:
    """What belongs together in a folder.

    Attributes:
        files: photographs that can be decoded, with the key and the split that they have from now on.
        found: sets of paths that belong together, by what says so.
        near_is_cut: whether there are more near copies than were compared.
        rows: the manifest, what is listed but gone included.
        listed: photographs that were in the manifest before.
        moved: photographs that were in another split before.
    """

    files: tuple[SplitFile, ...]
    found: Mapping[str, tuple[Paths, ...]]
    near_is_cut: bool
    rows: tuple[GroupedFile, ...]
    listed: int
    moved: int

    @property
    def sizes(self) -> list[int]:
        """Photographs of every group, the largest first."""
        members: defaultdict[str, int] = defaultdict(int)
        for file in self.files:
            members[file.key] += 1
        return sorted(members.values(), reverse=True)


def group_photographs(folder: PhotographFolder) -> Grouping:
    """Find what belongs together. Nothing is written, and the group of no listed photograph changes.

    Args:
        folder: of the photographs; augmented copies are in the group of their originals anyway.

    Raises:
        DataError: the manifest is damaged.
    """
    listed = read_manifest(folder.root)
    screened = screen(folder)
    marks, shots = _headers(folder.root, screened.files)
    paths = [file.path for file in screened.files]
    found = {
        "sessions (named in the file)": _alike(paths, lambda path: marks.get(path, "")),
        "videos and augmented pictures (by name)": _alike(paths, source_picture),
        "bursts (by name)": _alike(paths, burst_of),
        f"bursts (within {BURST_S:g} s of each other)": bursts(shots),
        "near copies": _joined(
            [
                *(tuple(file.path for file in group) for group in screened.copies),
                *((pair.first.path, pair.second.path) for pair in screened.near),
            ]
        ),
    }
    fixed = _fixed_groups(screened.files, marks, listed)
    keys = keys_of(screened.files, [group for groups in found.values() for group in groups], fixed)
    after = in_new_groups(screened.files, keys)
    rows = {row.path: row for row in listed}
    rows |= {file.path: GroupedFile(file.path, file.sha256, file.key) for file in after}
    known = {row.sha256 for row in listed} | {row.path for row in listed}
    return Grouping(
        files=tuple(after),
        found=found,
        near_is_cut=screened.near_is_cut,
        rows=tuple(rows.values()),
        listed=sum(file.sha256 in known or file.path in known for file in after),
        moved=sum(one.split != other.split for one, other in zip(screened.files, after, strict=True)),
    )


def keys_of(files: Sequence[SplitFile], together: Iterable[Paths], fixed: Mapping[str, str]) -> dict[str, str]:
    """Return the hash that decides for each path.

    What is fixed stays; the others of its group follow the first of them. Of a new group one photograph decides for
    all, chosen by chance alone (the hash of its hash is the smallest).

    Args:
        files: all photographs.
        together: paths that belong together.
        fixed: hashes that were decided before, by path.
    """
    sha256 = {file.path: file.sha256 for file in files}
    keys = dict(sha256)
    for group in _joined(together):
        decided = [fixed[path] for path in sorted(group) if path in fixed]
        leader = min((sha256[path] for path in group), key=lambda digest: sha256_of(digest.encode()))
        keys |= dict.fromkeys(group, decided[0] if decided else leader)
    return {**keys, **{path: key for path, key in fixed.items() if path in keys}}


def in_new_groups(files: Sequence[SplitFile], keys: Mapping[str, str]) -> list[SplitFile]:
    """Return the files with these keys, in the splits that follow."""
    grouped = [replace(file, key=keys[file.path]) for file in files]
    return in_splits(grouped, cuts_of_files(grouped))


def bursts(shots: Mapping[str, Shot]) -> tuple[Paths, ...]:
    """Return the paths of photographs that one camera took within `BURST_S` of each other.

    Args:
        shots: by path.
    """
    ordered = sorted(shots, key=lambda path: (shots[path].camera, shots[path].time_s, path))
    pairs = pairwise(ordered)
    return _joined(
        (one, other)
        for one, other in pairs
        if shots[one].camera == shots[other].camera and shots[other].time_s - shots[one].time_s <= BURST_S
    )


def _headers(root: Path, files: Iterable[SplitFile]) -> tuple[dict[str, str], dict[str, Shot]]:
    """The hash of its mark, and when it was taken, of each photograph that says so."""
    marks: dict[str, str] = {}
    shots: dict[str, Shot] = {}
    for file in files:
        content = read_encoded(root / file.path)
        if mark := mark_in(content):
            marks[file.path] = sha256_of(MARK + mark)
        if (shot := shot_of(content)) is not None:
            shots[file.path] = shot
    return marks, shots


def _fixed_groups(
    files: Iterable[SplitFile], marks: Mapping[str, str], listed: Sequence[GroupedFile]
) -> dict[str, str]:
    by_sha256 = {row.sha256: row.group for row in listed}
    by_path = {row.path: row.group for row in listed}
    found = {file.path: by_sha256.get(file.sha256) or by_path.get(file.path) or "" for file in files}
    return {path: group for path, group in (found | dict(marks)).items() if group}


def _alike(paths: Iterable[str], name_of: Callable[[str], str]) -> tuple[Paths, ...]:
    named: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        named[name_of(path)].append(path)
    return tuple(tuple(group) for name, group in named.items() if name and len(group) > 1)


def _joined(groups: Iterable[Paths]) -> tuple[Paths, ...]:
    """Join groups that share a path (union-find)."""
    leader: dict[str, str] = {}

    def leads(path: str) -> str:
        while leader.setdefault(path, path) != path:
            leader[path] = leader[leader[path]]
            path = leader[path]
        return path

    for group in groups:
        for path in group[1:]:
            leader[leads(path)] = leads(group[0])
    members: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(leader):
        members[leads(path)].append(path)
    return tuple(tuple(group) for group in members.values() if len(group) > 1)
