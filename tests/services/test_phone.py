"""Promises of `fieldlens phone`: https with a certificate for its address, nothing but the bundle, and a clean end."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.__main__ import main
from edge_app.common.errors import DataError, UsageError
from edge_app.verbs.phone import find_bundle
from edge_app.web.address import lan_address
from edge_app.web.certificate import self_signed
from edge_app.web.link import is_loopback


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A folder like that of `fieldlens convert web`, with things in it that are nobody's business."""
    web = tmp_path / "models" / "web"
    (web / "runtime").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html><p>the page")
    (web / "bundle.json").write_text(json.dumps({"name": "zwölf {x}"}))
    (web / "zwölf {x}.tflite").write_bytes(b"TFL3")
    (web / "runtime" / "run.wasm").write_bytes(b"\0asm")
    (web / "notes.md").write_text("mine")
    (tmp_path / "secret.json").write_text("{}")
    (web / "link.json").symlink_to(tmp_path / "secret.json")
    return web


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """The program; its port, and what it has said until its address was there."""
    command = [sys.executable, "-m", "edge_app", "phone", str(folder), "--port", "0", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stderr is not None
            said = ""
            while "fingerprint" not in said and "SHA-256" not in said:
                line = running.stderr.readline()
                assert line, said
                said += line
            found = re.search(r"open https://[\d.]+:(\d+)/", said)
            assert found is not None, said
            yield running, int(found[1]), said
        finally:
            running.kill()


def get(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, http.client.HTTPMessage, bytes]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=30)
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


def test_the_bundle_and_nothing_else_is_served(bundle: Path) -> None:
    with serving(bundle.parent) as (_, port, said):
        assert get(port, "/")[2] == b"<!doctype html><p>the page"
        status, headers, content = get(port, "/runtime/run.wasm")
        assert (status, headers["Content-Type"], content) == (200, "application/wasm", b"\0asm")
        assert get(port, "/zw%C3%B6lf%20%7Bx%7D.tflite")[2] == b"TFL3"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"  # threads without a service worker
        assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
        for path in (
            "/notes.md",
            "/link.json",
            "/../secret.json",
            "/..%2f..%2fsecret.json",
            "/runtime/",
            "//etc/passwd",
        ):
            assert get(port, path)[0] == 404, path
        assert get(port, "/", host="evil.example")[0] == 403  # another site's name for this machine
    assert "the browser will warn: nobody but this machine has signed the certificate" in said
    assert "token" not in said  # only this machine can open it


def test_plain_http_and_noise_do_not_end_it(bundle: Path) -> None:
    with serving(bundle) as (_, port, _):
        for noise in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\xff\xff", b""):
            with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
                plain.sendall(noise)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=30)) as line:
            line.sendall(b"DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"405" in line.recv(100)
        assert get(port, "/")[0] == 200


def test_a_certificate_is_a_leaf_for_its_address_alone(tmp_path: Path) -> None:
    made = self_signed("192.168.1.20", tmp_path)
    words = ["openssl", "x509", "-in", str(made.file), "-noout", "-text", "-fingerprint", "-sha256"]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "IP Address:192.168.1.20" in told
    assert "CA:FALSE" in told
    assert "TLS Web Server Authentication" in told
    assert made.fingerprint in told
    assert made.key.stat().st_mode & 0o077 == 0


def test_who_trusts_the_certificate_is_sure_of_the_address(tmp_path: Path) -> None:
    made = self_signed("127.0.0.1", tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = ssl.create_default_context(cafile=str(made.file))
        near, far = socket.create_connection(listening.getsockname()), listening.accept()[0]
        code = f"""
import socket, ssl, sys
from pathlib import Path
from edge_app.web.address import lan_address
from edge_app.web.certificate import Certificate
context = Certificate(Path({str(made.file)!r}), Path({str(made.key)!r})).context()
context.wrap_socket(socket.socket(fileno={far.fileno()}), server_side=True).sendall(b"sure")
"""
        with subprocess.Popen([sys.executable, "-c", code], pass_fds=(far.fileno(),)) as server:
            far.close()
            with client.wrap_socket(near, server_hostname="127.0.0.1") as line:
                assert line.recv(10) == b"sure"
        assert server.returncode == 0


def test_it_ends_by_itself_and_leaves_no_key(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    with serving(bundle, "--idle-minutes", "0.02") as (running, _, _):
        assert running.stderr is not None
        assert "stopped: nobody has asked for anything for 0.02 minutes" in running.stderr.read()
        assert running.wait(60) == 0
    assert not list(place.iterdir())


def test_ctrl_c_ends_it_without_a_word_and_leaves_no_key(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    with serving(bundle) as (running, _, _):
        running.send_signal(signal.SIGINT)
        assert running.stderr is not None
        assert "Traceback" not in running.stderr.read()
        assert running.wait(60) == 0
    assert not list(place.iterdir())


def test_the_qr_code_is_the_address_with_its_token(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDLENS_WEB_TOKEN", "of the garden & house")
    with serving(bundle) as (running, port, said):
        address = re.search(r"open (https://\S+)", said)
        assert address is not None
        assert get(port, "/")[0] == 401
        status, headers, _ = get(port, address[1].partition(str(port))[2])
        assert (status, headers["Location"]) == (303, "/")
        running.send_signal(signal.SIGINT)
        assert running.stdout is not None
        printed = running.stdout.read()
    assert seen(printed) == address[1] == f"https://127.0.0.1:{port}/?token=of%20the%20garden%20%26%20house"


def seen(printed: str) -> str:
    """What a camera reads in blocks that a dark terminal shows, two rows of the code to a line."""
    lines = [line for line in printed.splitlines() if line]
    rows = [[mark in both for mark in line] for line in lines for both in ("█▀", "█▄")]
    image = np.kron(np.array(rows, np.uint8) * 255, np.ones((8, 8), np.uint8))
    return str(cv2.QRCodeDetector().detectAndDecode(image)[0])


def test_the_address_in_the_network_is_not_a_loopback_one() -> None:
    try:
        assert not is_loopback(lan_address())
    except UsageError as error:  # a machine without a network
        assert str(error) == "this machine is in no network; connect it, or give its address: --address IP"


def test_what_is_no_bundle_is_a_sentence(bundle: Path, tmp_path: Path) -> None:
    assert find_bundle(bundle) == find_bundle(bundle.parent) == bundle
    with pytest.raises(DataError, match="holds no page for browsers; make one: fieldlens convert web MODELS"):
        find_bundle(tmp_path)
    with pytest.raises(DataError, match="is no folder"):
        find_bundle(tmp_path / "gone")


def test_without_openssl_there_is_a_sentence(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert shutil.which("openssl") is None
    assert main(["phone", str(bundle)]) == 1
    assert "openssl, which makes the certificate, is not installed" in capfd.readouterr().err


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "phone.example", ""])
def test_an_address_must_be_one_of_this_machines(bundle: Path, address: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["phone", str(bundle), "--address", address]) == 2
    assert f"`{address}` is no IP address of this machine" in capfd.readouterr().err


def test_an_address_that_is_taken_is_a_sentence(bundle: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["phone", str(bundle), "--port", str(taken.getsockname()[1])]) == 1
    assert re.search(r"cannot listen on 127.0.0.1 port \d+: .*; try another one: --port 0", capfd.readouterr().err)
