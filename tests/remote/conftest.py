"""Two boards for all tests here; the environment is installed once, on the first one."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.experiments.remote.loopback import LoopbackBoard, loopback_boards


@pytest.fixture(scope="session")
def two_boards() -> Iterator[list[LoopbackBoard]]:
    with (
        tempfile.TemporaryDirectory(prefix="boards-", dir="/tmp") as folder,
        loopback_boards(Path(folder), ["first", "second"]) as boards,
    ):
        yield boards


@pytest.fixture(scope="session")
def installed(two_boards: list[LoopbackBoard]) -> list[LoopbackBoard]:
    """Both with the environment that fits; the second has a copy of the first one's."""
    from edge_app.remote.connection import Connection
    from edge_app.remote.deploy import look, prepare_environment

    first, second = two_boards
    with tempfile.TemporaryDirectory() as folder, Connection(first.name, first.config) as connection:
        prepare_environment(connection, look(connection), False, print, Path(folder))
    subprocess.run(["cp", "-a", str(first.root), str(second.root)], check=True)
    return two_boards
