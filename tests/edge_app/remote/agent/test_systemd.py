"""Promises about systemd: a service outlives the login, or the deploy is refused; removing takes all of it back."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from edge_app.remote.agent import systemd
from edge_app.remote.agent.base import Fault
from tests.edge_app.remote.agent.conftest import Pretend

NOTHING = io.BytesIO()


@pytest.fixture
def lingering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "linger"
    folder.mkdir()
    monkeypatch.setattr(systemd, "_LINGERING", folder)
    monkeypatch.setattr(systemd, "_user", lambda: "pi")
    return folder


def test_a_service_that_would_end_with_the_last_login_is_refused(root: Path, lingering: Path, pretend: Pretend) -> None:
    pretend("loginctl", "exit 1")
    with pytest.raises(Fault, match="run there once: sudo loginctl enable-linger pi"):
        systemd.linger({}, NOTHING)
    assert not systemd.lingers()
    assert not root.exists()


def test_what_was_asked_of_the_system_is_taken_back(root: Path, lingering: Path, pretend: Pretend) -> None:
    pretend("loginctl", f'[ "$1" = enable-linger ] && : >{lingering}/pi || rm {lingering}/pi')
    pretend("systemctl", "exit 0")
    systemd.linger({}, NOTHING)
    assert systemd.lingers()
    systemd.install_unit("user")
    unit = root.parent / ".config" / "systemd" / "user" / systemd.UNIT
    assert unit.read_text() == systemd.unit_text("user")
    assert systemd.remove_unit("user") == [str(unit)]
    assert list(root.parent.iterdir()) == [root]
    assert not systemd.lingers()


def test_what_others_asked_of_the_system_stays(root: Path, lingering: Path, pretend: Pretend) -> None:
    pretend("loginctl", "exit 1")
    pretend("systemctl", "exit 0")
    (lingering / "pi").touch()
    systemd.install_unit("user")
    other = root.parent / ".config" / "systemd" / "user" / "mine.service"
    other.touch()
    systemd.remove_unit("user")
    assert systemd.lingers()
    assert [path.name for path in other.parent.iterdir()] == ["mine.service"]


@pytest.mark.parametrize(
    ("state", "restarts", "ends"),
    [("running", 5, False), ("auto-restart", 0, False), ("auto-restart", 1, True)],
    ids=["it runs", "its first end", "it ended twice"],
)
def test_a_service_has_two_tries(state: str, restarts: int, ends: bool, pretend: Pretend) -> None:
    pretend("systemctl", f"echo NRestarts={restarts}; echo SubState={state}")
    assert systemd.ends_again_and_again("system") is ends
