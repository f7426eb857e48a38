"""Promises of `fieldlens review`, through its command line and over HTTP: who gets in, and what a kill leaves."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from edge_app.__main__ import main
from tests.edge_app.teaching.review.field import files_of, write_field

TOKEN = "a token for tests"


@pytest.fixture
def field(tmp_path: Path) -> Path:
    return write_field(tmp_path / "field")


class Page:
    """A page that is served, and its process."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port = process, port

    def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        """Ask with the token, as the page itself does; return status and body."""
        own = f"http://127.0.0.1:{self.port}"
        sent = {"Authorization": f"Bearer {TOKEN}", "Origin": own, **headers}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            text = body if body is None or isinstance(body, bytes) else json.dumps(body)
            connection.request("GET" if body is None else "POST", path, text, sent)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def told(self, path: str, body: Any = None) -> Any:
        status, answer = self.ask(path, body)
        assert status == 200, answer
        return json.loads(answer)


@contextmanager
def reviewing(field: Path, *words: str) -> Iterator[Page]:
    """The program, until the test is done with it."""
    command = [sys.executable, "-m", "edge_app", "review", str(field), "--port", "0", "--by", "anna", *words]
    environment = {**os.environ, "FIELDLENS_WEB_TOKEN": TOKEN}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if address := re.search(r"http://127\.0\.0\.1:(\d+)/\?token=", line):
                    yield Page(process, int(address[1]))
                    return
            pytest.fail("the program printed no address")
        finally:
            process.kill()


def test_what_was_said_survives_a_kill_and_is_applied_by_the_next_program(field: Path) -> None:
    before = files_of(field)
    with reviewing(field) as page:
        shown = page.told("/frames.json")
        first = [one["path"] for one in shown["list"]].index("cat/20261120-100000.jpg")
        said = page.told("/decide", {"version": 0, "numbers": [first], "say": "class", "folder": "dog"})
        assert said == {"decided": 1, "moves": 1, "deletes": 0}
        page.process.send_signal(signal.SIGKILL)
        page.process.wait(10)
    with reviewing(field) as page:
        assert page.told("/frames.json")["list"][first]["say"] == "class"
        assert page.told("/undo", {"version": 0})["undone"] == {str(first): {"say": "", "to": ""}}
        page.told("/decide", {"version": 0, "numbers": [first], "say": "delete", "folder": ""})
        assert files_of(field) == before
        assert page.told("/apply", {"version": 0, "moved": 0, "deleted": 1})["deleted"] == 1
        assert len(page.told("/frames.json")["list"]) == 15
    assert not (field / "cat" / "20261120-100000.jpg").exists()
    assert main(["review", str(field), "--restore"]) == 0
    assert files_of(field) == before


def test_the_page_its_pictures_and_its_changes_need_the_token_and_its_own_page(field: Path) -> None:
    decision = {"version": 0, "numbers": [0], "say": "delete", "folder": ""}
    with reviewing(field) as page:
        for path in ("/", "/page.js", "/page.css", "/frames.json", "/state.json", "/thumbnail/0/0", "/picture/0/15"):
            assert page.ask(path)[0] == 200
            assert page.ask(path, Authorization="")[0] == 401
            assert page.ask(path, Host="evil.example")[0] == 403
        assert page.ask("/decide", decision, Authorization="Bearer wrong")[0] in (401, 429)
        assert page.ask("/decide", decision, Origin="http://evil.example")[0] == 403
        assert page.ask("/decide", decision, Host="evil.example", Origin="http://evil.example")[0] == 403
        assert page.ask("/decide", b"")[0] == 400
        assert page.ask("/decide")[0] == 405
        assert page.told("/state.json")["decided"] == 0


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/decide", b"{", 400),
        ("/decide", b"[1]", 400),
        ("/decide", {"version": 0, "numbers": [0], "say": "buy", "folder": ""}, 400),
        ("/decide", {"version": 0, "numbers": [], "say": "right", "folder": ""}, 400),
        ("/decide", {"version": 0, "numbers": [True], "say": "right", "folder": ""}, 400),
        ("/decide", {"version": 0, "numbers": ["0"], "say": "right", "folder": ""}, 400),
        ("/decide", {"version": 1, "numbers": [0], "say": "right", "folder": ""}, 409),
        ("/decide", {"version": 0, "numbers": [0], "say": "class", "folder": "../.."}, 409),
        ("/apply", {"version": 0, "moved": 5, "deleted": 0}, 409),
        ("/undo", {}, 400),
        ("/picture/0/16", None, 409),
        ("/picture/7/0", None, 409),
        ("/picture/0/..%2f..%2fsecret", None, 404),
        ("/explanation/0/0", None, 409),
        ("/picture/0/9999999999", None, 404),
    ],
)
def test_what_no_page_asks_for_changes_nothing(page_of_all: Page, path: str, body: Any, status: int) -> None:
    assert page_of_all.ask(path, body)[0] == status
    assert page_of_all.told("/state.json")["decided"] == 0


@pytest.fixture(scope="module")
def page_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One page for those that change nothing."""
    with reviewing(write_field(tmp_path_factory.mktemp("all") / "field")) as page:
        yield page


def test_two_programs_never_review_one_folder(field: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with reviewing(field):
        assert main(["review", str(field), "--port", "0"]) == 1
    assert "is being written by another run" in capfd.readouterr().err


def test_ctrl_c_ends_it_and_says_what_waits(field: Path) -> None:
    with reviewing(field) as page:
        page.told("/decide", {"version": 0, "numbers": [0, 1], "say": "right", "folder": ""})
        page.process.send_signal(signal.SIGINT)
        assert page.process.stderr is not None
        assert "2 decisions wait in" in page.process.stderr.read()
        assert page.process.wait(20) == 0
    assert [path.name for path in field.iterdir() if path.suffix in (".lock", ".part")] == []


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["nowhere"], 1, "does not exist; give the folder of"),
        (["FIELD", "--address", "example.org"], 2, "is not an IP address"),
        (["FIELD", "--model", "no.tflite"], 1, "no.tflite"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(
    words: list[str], code: int, sentence: str, field: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", *(str(field) if word == "FIELD" else word for word in words)]) == code
    assert sentence in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["review", str(field), "--port", "70000"])
    assert "a port number up to 65535 is needed, received `70000`" in capsys.readouterr().err
