"""Promises of `fieldlens deploy` that need no board."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any, cast

import pytest

from edge_app.__main__ import main
from edge_app.common.errors import RemoteError
from edge_app.model.starter import STARTER
from edge_app.remote.connection import Connection
from edge_app.remote.deploy import Service, deploy
from tests.edge_app.remote.test_board import PI


def test_a_board_that_stops_services_at_logout_is_refused_before_anything_is_sent() -> None:
    calls = []

    class Refusing:
        def call(self, name: str, *_: object) -> dict[str, Any]:
            calls.append(name)
            if name == "linger":
                raise RemoteError("the board would stop the service when you log out")
            return asdict(replace(PI, lingers=False))

    with pytest.raises(RemoteError, match="when you log out"):
        deploy(cast("Connection", Refusing()), Service((STARTER,), ()), False, print, 1.0)
    assert calls == ["look", "linger"]


def test_a_board_that_is_refused_is_asked_for_nothing() -> None:
    class Small:
        def call(self, name: str, *_: object) -> dict[str, Any]:
            assert name == "look"
            return asdict(replace(PI, lingers=False, free_bytes=1_000_000))

    with pytest.raises(RemoteError, match="1 MB of disk left"):
        deploy(cast("Connection", Small()), Service((STARTER,), ()), False, print, 1.0)


def test_ctrl_c_is_told_and_no_success(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(_connection: Connection) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("edge_app.remote.deploy.look", interrupt)
    assert main(["deploy", "pi@board", "--list"]) == 130
    assert "interrupted: a step that the board has begun goes on there" in capsys.readouterr().err
