"""Promises of a page with buttons: they act, for whoever may see the page, and for no page of another site."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from edge_app.web.link import ServerSettings
from edge_app.web.sink import WebSink

TOKEN = "a token for tests"


class Recorded:
    """Stands in for a lesson: keeps what was pressed."""

    def __init__(self) -> None:
        self.acts: list[str] = []

    def state(self) -> dict[str, Any]:
        return {"acts": self.acts}

    def act(self, what: str) -> None:
        self.acts.append(what)


@contextlib.contextmanager
def page(token: str | None = None) -> Iterator[tuple[WebSink, Recorded]]:
    recorded = Recorded()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("edge_app.web.sink.ServerSettings", partial(ServerSettings, wrong_token_s=0.02))
        with WebSink(port=0, token=token, buttons=recorded) as sink:
            yield sink, recorded


def post(sink: WebSink, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """As a browser posts from the page itself, but for the headers that a test gives."""
    connection = http.client.HTTPConnection("127.0.0.1", sink.port, timeout=30)
    with contextlib.closing(connection):
        connection.request("POST", path, body, {"Origin": f"http://127.0.0.1:{sink.port}", **headers})
        response = connection.getresponse()
        return response.status, response.read()


def test_a_button_acts_and_is_answered_with_the_new_state() -> None:
    with page() as (sink, recorded):
        assert [post(sink, f"/act/{what}")[0] for what in ("hold/0", "hold/12", "release")] == [200, 200, 200]
        status, answer = post(sink, "/act/undo")
        assert status == 200
        assert json.loads(answer)["teaching"] == {"acts": ["hold/0", "hold/12", "release", "undo"]}
        assert recorded.acts == ["hold/0", "hold/12", "release", "undo"]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/act/undo", {"Origin": "http://evil.example"}, 403),
        ("/act/undo", {"Origin": "null"}, 403),
        ("/act/undo", {"Host": "evil.example", "Origin": "http://evil.example"}, 403),
        ("/act/UNDO", {}, 404),
        ("/act/hold/1/2", {}, 404),
        ("/act/hold/0%0Aundo", {}, 404),
        ("/act/" + 80 * "a", {}, 404),
        ("/state.json", {}, 405),
        ("/", {}, 405),
    ],
)
def test_nothing_else_acts(path: str, headers: dict[str, str], status: int) -> None:
    with page() as (sink, recorded):
        assert post(sink, path, **headers)[0] == status
        assert recorded.acts == []


def test_whoever_lacks_the_token_does_not_act() -> None:
    with page(TOKEN) as (sink, recorded):
        assert post(sink, "/act/undo")[0] == 401
        assert post(sink, "/act/undo", Authorization="Bearer another token")[0] == 401
        assert recorded.acts == []
        assert post(sink, "/act/undo", Authorization=f"Bearer {TOKEN}")[0] == 200
        assert recorded.acts == ["undo"]


def test_a_button_sends_no_more_than_its_name() -> None:
    with page() as (sink, recorded):
        assert post(sink, "/act/undo", b"{}")[0] == 413
        assert recorded.acts == []


def test_a_page_without_buttons_answers_no_post() -> None:
    with WebSink(port=0) as sink:
        assert post(sink, "/act/undo")[0] == 405
