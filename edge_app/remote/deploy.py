"""Bring models and what runs them to a board, and start the service there; what is there already stays."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_app.common.errors import RemoteError, UsageError
from edge_app.photographs.splits import file_sha256
from edge_app.remote.board import Board
from edge_app.remote.connection import Connection, Sent
from edge_app.remote.wheels import fetch_wheels, pack_ourselves

Say = Callable[[str], None]


@dataclass(frozen=True)
class Service:
    """What is to run.

    Attributes:
        models: files.
        options: of `fieldlens app run`.
        web: port of the page; None: no page.
    """

    models: tuple[Path, ...]
    options: tuple[str, ...]
    web: int | None = None

    def __post_init__(self) -> None:
        names = [model.name for model in self.models]
        if len(set(names)) < len(names):
            raise UsageError(f"two models have the same name ({', '.join(names)}); rename one")


def look(connection: Connection) -> Board:
    """Return what the board is.

    Raises:
        RemoteError: see `Connection.call`.
    """
    return Board.seen(connection.call("look"))


def deploy(connection: Connection, service: Service, carry: bool, say: Say, wait_s: float) -> tuple[str, str]:
    """Deploy; nothing is sent, made or restarted that is right already.

    Args:
        connection: to the board.
        service: that is to run there.
        carry: take the packages that the board needs from here, instead of from its own index.
        say: is told every step.
        wait_s: for the first label.

    Returns:
        the first label with its score, and the address of the page ("": there is none).

    Raises:
        RemoteError: of every kind; the board then runs what it ran before.
    """
    board = look(connection)
    say(str(board))
    board.extra()
    if not board.environments:
        board.refuse_to_install()
    if board.manager == "user" and not board.lingers:
        connection.call("linger")
    files = [Sent(model, sha256_of(model)) for model in service.models]
    with tempfile.TemporaryDirectory() as folder:
        environment = prepare_environment(connection, board, carry, say, Path(folder))
    send(connection, files, say)
    manifest = {
        "environment": environment,
        "models": [{"name": file.path.name, "sha256": file.sha256} for file in files],
        "options": list(service.options),
        "web": service.web,
    }
    name = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()[:12]
    if board.current == name and board.running and board.label:
        say(f"release {name} runs already, with a label; nothing is changed")
        return board.label, board.address
    say(f"starting release {name}, and waiting for a label")
    started = connection.call("start", {"id": name, "manifest": manifest, "wait_s": wait_s})
    return started["label"], started["address"]


def prepare_environment(connection: Connection, board: Board, carry: bool, say: Say, folder: Path) -> str:
    """Make the environment for the FieldLens that runs here, unless the board has it; return its name.

    Args:
        connection: to the board.
        board: as it was seen.
        carry: see `deploy`.
        say: is told what is done.
        folder: empty, for wheels.

    Raises:
        RemoteError: nothing fits the board, or the installation failed.
    """
    extra, wheel = board.extra(), pack_ourselves(folder)
    facts = [sha256_of(wheel), extra, board.python, board.architecture, board.picamera]
    name = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]
    if name in board.environments:
        return name
    board.refuse_to_install()
    others = []
    if carry:
        say("fetching the packages that fit the board")
        others = [folder / name for name in fetch_wheels(wheel, extra, board.machine) if name != wheel.name]
    wheels = [Sent(path, sha256_of(path)) for path in (wheel, *others)]
    send(connection, wheels, say)
    say(f"making the environment {name} with `{extra}`; this takes a minute or more")
    given = [{"name": file.path.name, "sha256": file.sha256} for file in wheels]
    connection.call("environment", {"id": name, "extra": extra, "system_site": board.picamera, "wheels": given})
    return name


def send(connection: Connection, files: Sequence[Sent], say: Say) -> None:
    """Send the files that the board lacks.

    Raises:
        RemoteError: see `Connection.call`.
    """
    lacking = set(connection.call("missing", {"files": [file.sha256 for file in files]}))
    wanted = list({file.sha256: file for file in files if file.sha256 in lacking}.values())
    if not wanted:
        return
    sizes = [file.path.stat().st_size for file in wanted]
    say(f"sending {len(wanted)} {'file' if len(wanted) == 1 else 'files'}, {sum(sizes) / 1e6:,.1f} MB")
    given = [{"sha256": file.sha256, "size_bytes": size} for file, size in zip(wanted, sizes, strict=True)]
    connection.call("store", {"files": given}, wanted)


def listing(board: Board) -> list[str]:
    """Return a line per release, and what runs."""
    keeper = {"system": "systemd", "user": "systemd, as this user", "none": "no systemd: it ends with the board"}
    state = f"runs ({keeper[board.manager]}), first label {board.label or 'not yet'}" if board.running else "stopped"
    lines = [
        f"{'*' if name == board.current else ' '} {name}  {', '.join(model['name'] for model in manifest['models'])}"
        f"  {' '.join(manifest['options'])}"
        for name, manifest in board.releases.items()
    ]
    if not lines:
        return ["nothing is deployed"]
    return [*lines, f"  {state}", *([f"  {board.address}"] if board.address else []), *_jobs(board)]


def _jobs(board: Board) -> list[str]:
    return [f"  measurement {name}: {state}" for name, state in board.jobs.items()]


def sha256_of(path: Path) -> str:
    """Return the hash of a file's bytes.

    Raises:
        RemoteError: it cannot be read.
    """
    try:
        return file_sha256(path)
    except OSError as error:
        raise RemoteError(f"`{path}` cannot be read ({error.strerror}); name a file") from error
