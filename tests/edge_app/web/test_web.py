"""Promises of --web, over real HTTP: picture, labels, health; who may see; what stalls is cut; nobody costs nothing."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.common.errors import MissingDependencyError, OutputError, UsageError
from edge_app.display.display_frame import DisplayFrame
from edge_app.live.frame_classifier import ClassifiedFrame
from edge_app.model.classifier import Classifier
from edge_app.sources.frames import Frame
from edge_app.web import server_process
from edge_app.web.address import TOKEN_VARIABLE
from edge_app.web.link import ServerSettings
from edge_app.web.server_process import PreviewState, ServerProcess
from edge_app.web.sink import WebSink
from tests.edge_app.display.display_examples import display_example, frame_bgr
from tests.models import COLOURS, FOLDER

SYMMETRIC = FOLDER / "strangers" / "symmetric.tflite"

pytest.importorskip("aiohttp", reason="the extra web is optional: pip install '.[web]'")

TOKEN = "a token for tests"


@pytest.fixture(scope="module")
def page() -> Iterator[WebSink]:
    """A page on this machine, without a token."""
    with WebSink(port=0) as sink:
        yield sink


@pytest.fixture(scope="module")
def guarded() -> Iterator[WebSink]:
    """A page with a token, in a hurry to say that another is wrong."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("edge_app.web.sink.ServerSettings", partial(ServerSettings, wrong_token_s=0.02))
        with WebSink(port=0, token=TOKEN) as sink:
            sink.consume(display_example())
            yield sink


def get(page: WebSink, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.headers, response.read()


@contextlib.contextmanager
def opened(page: WebSink, path: str) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", path)
        with contextlib.closing(connection.getresponse()) as response:
            yield response


def next_picture(stream: http.client.HTTPResponse) -> np.ndarray:
    while not (line := stream.readline()).startswith(b"Content-Length"):
        assert line, "the stream ended"
    length = int(line.split(b":")[1])
    assert stream.readline() == b"\r\n"
    picture = cv2.imdecode(np.frombuffer(stream.read(length), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture


def eventually(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happens():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_the_page_and_its_files_come_from_here_and_nowhere_else(page: WebSink) -> None:
    for path, kind in (("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")):
        status, headers, body = get(page, path)
        assert status == 200
        assert headers["Content-Type"].startswith(kind)
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert b"http://" not in body
        assert b"https://" not in body
    assert get(page, "/../server.py")[0] == 404


def test_the_state_is_the_newest_result_with_a_short_history(page: WebSink) -> None:
    for number, label in enumerate(["cat", "dog", "dog", "neither"]):
        page.consume(display_example(label, ((label, 0.75), ("owl", 0.25)), number=number))
    time.sleep(0.25)  # one answer serves all who ask within 0.2 s
    state = json.loads(get(page, "/state.json")[2])
    assert state["label"] == "neither"
    assert state["neither"] is True
    assert state["top"] == [["neither", 0.75], ["owl", 0.25]]
    assert state["frame"] == 3
    assert state["model"] == "pets.tflite"
    assert [change["label"] for change in state["history"]][:3] == ["neither", "dog", "cat"]
    assert state["times_ms"]["model"] == 2.9
    assert state["dropped"] == 4


def test_the_stream_shows_the_newest_frame_with_or_without_labels(page: WebSink) -> None:
    first, second = frame_bgr(1, 320, 240), frame_bgr(2, 320, 240)
    page.consume(display_example(image_bgr=first))
    with opened(page, "/picture.mjpg") as plain, opened(page, "/stream.mjpg") as labelled:
        assert np.abs(next_picture(plain).astype(int) - first).mean() < 12
        lower = np.abs(next_picture(labelled).astype(int) - first)[200:].mean()
        assert lower > 40  # the panel is there
        page.consume(display_example(image_bgr=second))
        eventually(lambda: bool(np.abs(next_picture(plain).astype(int) - second).mean() < 12))


def test_a_late_viewer_sees_a_picture_though_no_new_frame_comes(page: WebSink) -> None:
    page.consume(display_example(image_bgr=frame_bgr(3, 320, 240)))
    for _ in range(2):
        with opened(page, "/picture.mjpg") as stream:
            assert next_picture(stream).shape == (240, 320, 3)


def test_a_large_frame_is_made_smaller_for_browsers(page: WebSink) -> None:
    page.consume(display_example(image_bgr=frame_bgr(4, 1920, 1080)))
    with opened(page, "/stream.mjpg") as stream:
        picture = next_picture(stream)
        while picture.shape[1] < 1000:  # the one before it may come first
            picture = next_picture(stream)
        assert picture.shape == (720, 1280, 3)


def real_frame(path: Path, bgr: tuple[int, int, int]) -> DisplayFrame:
    """A square of a colour in the lower left, classified."""
    image = np.full((240, 320, 3), 100, np.uint8)
    image[120:, :160] = bgr
    classifier = Classifier(path, 1, COLOURS, trusted=True)
    classified = ClassifiedFrame(Frame(image, "test", 0, 0.0), image, None, classifier.classify(image), classifier)
    return DisplayFrame(classified, display_example().overlay)


def test_the_newest_frame_is_explained_when_somebody_asks(page: WebSink) -> None:
    for label, bgr in (("blue", (255, 0, 0)), ("red", (0, 0, 255))):
        page.consume(real_frame(SYMMETRIC, bgr))
        time.sleep(0.25)  # one answer serves all who ask within 0.2 s
        status, _, body = get(page, "/explained.json")
        assert status == 200
        found = json.loads(body)
        assert found["label"] == label
        assert found["sentences"][0].startswith(f"{label} ")
        assert np.array(found["map"])[4:, :3].min() > 0.0
        assert not found["nothing_matters"]
        encoded = base64.b64decode(found["picture"].removeprefix("data:image/jpeg;base64,"))
        heat = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
        assert heat is not None
        assert heat[300, 100, 2] > heat[300, 100, 0] + 60  # warm where the square is


def test_what_cannot_be_explained_is_a_sentence(
    page: WebSink, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "gone.tflite"
    path.write_bytes(SYMMETRIC.read_bytes())
    page.consume(real_frame(path, (255, 0, 0)))
    path.unlink()
    time.sleep(0.25)
    status, _, body = get(page, "/explained.json")
    assert status == 409
    assert b"cannot be explained" in body
    assert f"not explained: `{path}`" in capsys.readouterr().err


def test_events_keep_coming(page: WebSink) -> None:
    page.consume(display_example("cat"))
    with opened(page, "/events") as stream:
        lines = [stream.readline() for _ in range(4)]
    assert lines[1] == lines[3] == b"\n"
    assert all("history" in json.loads(line.removeprefix(b"data: ")) for line in lines[::2])


def test_health_is_503_until_frames_come_and_again_when_they_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    state = PreviewState()
    assert state.health() == (False, {"status": "no frames", "silent_s": 0.0})
    state.publish(display_example())
    assert state.health()[0]
    monkeypatch.setattr("edge_app.web.server_process.STALE_S", 0.0)
    assert not state.health()[0]


def test_health_is_told_over_http_without_a_token(guarded: WebSink) -> None:
    status, _, body = get(guarded, "/health")
    assert status == 200
    assert json.loads(body)["status"] == "ok"


@pytest.mark.parametrize(
    "path", ["/", "/state.json", "/stream.mjpg", "/picture.mjpg", "/events", "/page.js", "/explained.json"]
)
def test_without_the_token_nothing_is_seen(guarded: WebSink, path: str) -> None:
    assert get(guarded, path)[0] == 401
    assert get(guarded, path, Authorization="Bearer another token")[0] == 401
    assert get(guarded, f"{path}?token=wrong")[0] == 401


def test_the_token_of_the_address_becomes_a_cookie_and_leaves_the_address(guarded: WebSink) -> None:
    address = guarded.url.partition(str(guarded.port))[2]
    status, headers, _ = get(guarded, address)
    assert status == 303
    assert headers["Location"] == "/"
    assert "HttpOnly" in headers["Set-Cookie"]
    assert "SameSite=Strict" in headers["Set-Cookie"]
    cookie = headers["Set-Cookie"].split(";")[0]
    assert get(guarded, "/", Cookie=cookie)[0] == 200
    assert get(guarded, "/state.json", Authorization=f"Bearer {TOKEN}")[0] == 200


def test_another_site_cannot_point_its_name_at_this_machine(page: WebSink) -> None:
    assert get(page, "/state.json", Host="evil.example")[0] == 403
    assert get(page, "/state.json", Host=f"localhost:{page.port}")[0] == 200


def test_a_viewer_that_stalls_is_cut_and_the_others_go_on() -> None:
    state = PreviewState()
    server = ServerProcess(state, ServerSettings("127.0.0.1", 0, None, stall_s=0.5))
    try:
        with socket.socket() as stalled:
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stalled.connect(("127.0.0.1", server.settings.port))
            stalled.sendall(b"GET /picture.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n")  # and never reads
            noise = np.random.default_rng(0)
            connection = http.client.HTTPConnection("127.0.0.1", server.settings.port, timeout=30)
            connection.request("GET", "/picture.mjpg")
            reading = connection.getresponse()

            def was_cut() -> bool:
                state.publish(display_example(image_bgr=noise.integers(0, 256, (480, 640, 3), dtype=np.uint8)))
                next_picture(reading)
                return _peer_is_gone(stalled)

            eventually(was_cut)
            state.publish(display_example(image_bgr=frame_bgr(1, 320, 240)))
            assert next_picture(reading).size
            reading.close()
            connection.close()
    finally:
        server.stop()


def _peer_is_gone(connection: socket.socket) -> bool:
    """An aborted connection answers what is written to it with an error."""
    try:
        connection.send(b"\r\n")
        time.sleep(0.02)
        connection.send(b"\r\n")
    except OSError:
        return True
    return False


def test_nobody_watching_costs_no_encoding(page: WebSink) -> None:
    server = page._server
    assert server is not None
    eventually(lambda: _asks_for_nothing(server, page))


def _asks_for_nothing(server: ServerProcess, page: WebSink) -> bool:
    """A frame that was posted is still not fetched half a second later."""
    display_frame = display_example()
    page.consume(display_frame)
    time.sleep(0.5)
    return server._sent is not display_frame


def test_a_server_that_dies_is_started_again_at_its_port(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(server_process, "_PAUSE_S", 0.05)
    with WebSink(port=0) as sink:
        sink.consume(display_example())
        assert sink._server is not None
        port, first = sink.port, sink._server.process_id
        os.kill(first, signal.SIGKILL)
        eventually(lambda: sink._server is not None and sink._server.process_id != first)
        assert sink.port == port
        assert get(sink, "/health")[0] == 200
    assert "the web server ended" in capsys.readouterr().err


def test_the_server_ends_with_the_sink() -> None:
    with WebSink(port=0) as sink:
        assert sink._server is not None
        process = sink._server._process
        assert process.poll() is None
    assert process.returncode == 0


def test_the_server_ends_quietly_when_the_classifier_is_killed(capfd: pytest.CaptureFixture[str]) -> None:
    server = ServerProcess(PreviewState(), ServerSettings("127.0.0.1", 0, None))
    process = server._process
    server._stopping.set()
    assert process.stdin is not None
    process.stdin.close()  # what the system does to the pipes of a process that is gone
    assert process.wait(30) == 0
    server.stop()
    assert capfd.readouterr().err == ""


def test_a_port_in_use_is_one_sentence(page: WebSink) -> None:
    with pytest.raises(OutputError, match=rf"port {page.port}: .*in use.*; try another port"), WebSink(port=page.port):
        raise AssertionError("it was opened")


def test_other_addresses_get_a_token_and_this_machine_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    assert WebSink("127.0.0.1").token is None
    assert WebSink("::1").token is None
    first, second = WebSink("0.0.0.0").token, WebSink("0.0.0.0").token
    assert first is not None
    assert len(first) >= 16
    assert first != second
    monkeypatch.setenv(TOKEN_VARIABLE, "from the environment")
    assert WebSink("192.168.1.5").token == "from the environment"


@pytest.mark.parametrize(
    ("address", "token", "sentence"),
    [("my house", None, "is not an IP address"), ("0.0.0.0", "short", "has 5 characters")],
)
def test_what_cannot_be_meant_is_one_sentence(address: str, token: str | None, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        WebSink(address, token=token)


def test_a_missing_extra_is_the_line_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_app.web.address.find_spec", lambda _name: None)
    with pytest.raises(MissingDependencyError, match="run: pip install 'aiohttp"):
        WebSink()
