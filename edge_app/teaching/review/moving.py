"""Putting frames where the decisions say: renamed, never written anew, and never over another file."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from edge_app.common.atomic_files import to_disk
from edge_app.common.errors import OutputError
from edge_app.model.card import NEITHER
from edge_app.photographs.decoder import is_image_name
from edge_app.photographs.splits import sha256_of
from edge_app.sinks.collect import folder_name
from edge_app.teaching.review.log import DELETED, Decision, Move


def target_folder(path: str, decision: Decision) -> str | None:
    """Return the folder that a frame goes to, relative to that of all; None: it stays.

    Args:
        path: of the frame; its first folder is that of its class.
        decision: about it.
    """
    own = path.split("/")[0]
    if decision.say == "right":
        return None
    folder = {"neither": folder_name(NEITHER), "delete": f"{DELETED}/{own}"}.get(decision.say, decision.folder)
    return None if folder == own else folder


def plan(root: Path, decisions: Mapping[str, Decision]) -> tuple[list[Move], list[str]]:
    """Choose a free name for every frame that moves.

    Args:
        root: folder of the frames.
        decisions: the last one about each frame, by its path.

    Returns:
        moves, and a sentence about each frame that is not as it was when it was looked at.
    """
    moves: dict[str, Move] = {}
    changed: list[str] = []
    for path, decision in sorted(decisions.items()):
        folder = target_folder(path, decision)
        if folder is None:
            continue
        if not _is_as_seen(root / path, decision.files[path]):
            changed.append(f"`{path}` stays: it has changed or gone since it was looked at")
            continue
        to = _free_path(root, folder, path, moves)
        moves[to] = Move(path, to, decision.files[path])
    return list(moves.values()), changed


def plan_restoring(root: Path) -> list[Move]:
    """Choose a place for everything that was deleted: where its class is."""
    moves: dict[str, Move] = {}
    for path in _pictures_below(root / DELETED):
        inside = path.relative_to(root / DELETED)
        if len(inside.parts) > 1:
            name = path.relative_to(root).as_posix()
            to = _free_path(root, inside.parts[0], name, moves)
            moves[to] = Move(name, to, sha256_of(path.read_bytes()))
    return list(moves.values())


def plan_back(root: Path, applied: Sequence[Move]) -> tuple[list[Move], list[str]]:
    """Turn moves around: each frame goes where it was, or beside what lies there now.

    Args:
        root: folder of the frames.
        applied: the moves as they came out.

    Returns:
        moves, and a sentence about each frame that is not where they left it.
    """
    moves: dict[str, Move] = {}
    gone: list[str] = []
    for move in applied:
        if not _is_as_seen(root / move.to, move.sha256):
            gone.append(f"`{move.to}` stays: it has changed or gone since it was moved there")
            continue
        to = _free_path(root, _folder_of(move.file), move.file, moves)
        moves[to] = Move(move.to, to, move.sha256)
    return list(moves.values()), gone


def refuse_links(root: Path, moves: Sequence[Move]) -> None:
    """Refuse folders that are not what their path says: moving through a link would leave the folder of the frames.

    Raises:
        OutputError: a folder of the moves is a link or a file, or its path leads out of `root`.
    """
    for folder in sorted(_folders_of(moves)):
        parts = PurePosixPath(folder).parts
        if PurePosixPath(folder).is_absolute() or ".." in parts or not parts:
            raise OutputError(f"`{folder}` is no folder inside `{root}`; nothing was moved")
        for depth in range(1, len(parts) + 1):
            inside = root.joinpath(*parts[:depth])
            if inside.is_symlink() or (inside.exists() and not inside.is_dir()):
                what = "a link, which may lead out of it" if inside.is_symlink() else "a file"
                raise OutputError(f"`{inside}` is no folder in `{root}` but {what}; nothing was moved")


def carry_out(root: Path, moves: Sequence[Move]) -> list[Move]:
    """Move files, and wait until their names are on the disk; what has been moved already is passed over.

    Args:
        root: folder of the frames.
        moves: as planned; after a run that was killed some of them are done.

    Returns:
        the moves as they came out: a name that was taken meanwhile gets a number.

    Raises:
        OutputError: a folder is a link, or leads out of `root`.
        OSError: the system refused.
    """
    refuse_links(root, moves)
    done = [_carried_out(root, move) for move in moves]
    for folder in _folders_of(done):
        if (root / folder).is_dir():
            to_disk(root / folder)
    return done


def _carried_out(root: Path, move: Move) -> Move:
    source = root / move.file
    if not source.is_file() or source.is_symlink():  # a run that was killed has moved it
        return move
    (root / move.to).parent.mkdir(parents=True, exist_ok=True)
    while not _reserved(root / move.to):
        move = replace(move, to=_free_path(root, _folder_of(move.to), move.to, ()))
    try:
        source.replace(root / move.to)
    except OSError:  # such as another disk that is mounted there
        (root / move.to).unlink()
        raise
    return move


def _reserved(target: Path) -> bool:
    """Make an empty file of this name, or find one that a killed run has made; False: the name is taken.

    A rename would silently replace another file; it may replace this one.
    """
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    except FileExistsError:
        return target.is_file() and not target.is_symlink() and target.stat().st_size == 0
    return True


def _free_path(root: Path, folder: str, path: str, taken: Collection[str]) -> str:
    name = PurePosixPath(path)
    for number in range(1, len(taken) + 1_000_000):
        free = f"{folder}/{name.stem}{f'-{number}' if number > 1 else ''}{name.suffix}"
        if free not in taken and not os.path.lexists(root / free):
            return free
    raise OutputError(f"no name like `{name.name}` is free in `{root / folder}`; move some of its files away")


def _is_as_seen(path: Path, sha256: str) -> bool:
    try:
        return not path.is_symlink() and sha256_of(path.read_bytes()) == sha256
    except OSError:
        return False


def _folder_of(path: str) -> str:
    return PurePosixPath(path).parent.as_posix()


def _folders_of(moves: Sequence[Move]) -> set[str]:
    return {_folder_of(path) for move in moves for path in (move.file, move.to)}


def _pictures_below(folder: Path) -> Iterator[Path]:
    for inside, folders, names in os.walk(folder):  # links to folders are not followed
        folders.sort()
        paths = (Path(inside, name) for name in sorted(names))
        yield from (path for path in paths if is_image_name(path) and not path.is_symlink())
