"""Promises of the service on a board: one deploy at a time, no half environment, no long wait for what has ended."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest

from edge_app.remote.agent import service
from edge_app.remote.agent.base import Fault, alone, prepare

NOTHING = io.BytesIO()
GIVEN = {"id": "abc", "extra": "edge-headless", "system_site": False, "wheels": []}


def test_a_full_disk_is_told_and_freed_of_the_half_environment(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(folder: Path, _given: object) -> None:
        folder.mkdir()
        with (root / "state" / "install.log").open("wb") as log:
            command = "echo ERROR: Could not install packages: No space left on device; exit 1"
            service._finish(["/bin/sh", "-c", command], log)

    monkeypatch.setattr(service, "_make", fill)
    with pytest.raises(Fault, match="its disk is full: free some space there") as caught:
        service.environment(GIVEN, NOTHING)
    assert "--carry" not in str(caught.value)
    assert list((root / "environments").iterdir()) == []


def test_an_environment_that_an_interrupted_deploy_still_makes_is_waited_for(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare()
    monkeypatch.setattr(service, "_make", lambda *_: pytest.fail("it was made twice"))
    with alone(wait=False):
        second = threading.Thread(target=service.environment, args=(GIVEN, NOTHING))
        second.start()
        (root / "environments" / "abc").mkdir()
        (root / "environments" / "abc" / "complete").touch()
    second.join()
    assert (root / "environments" / "abc" / "complete").exists()


def test_another_deploy_is_refused_meanwhile(root: Path) -> None:
    prepare()
    with alone(wait=False), pytest.raises(Fault, match="another deploy to this board is under way"):
        service.start({}, NOTHING)


@pytest.mark.usefixtures("root")
def test_a_release_that_ends_again_and_again_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "manager", lambda: "system")
    monkeypatch.setattr(service, "ends_again_and_again", lambda _kind: True)
    assert service._no_label(1e9) == "the service ended at once"
