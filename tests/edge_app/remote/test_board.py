"""Which install fits a board, and which words are a host."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge_app.common.errors import RemoteError, UsageError
from edge_app.remote.agent.base import Fault, inside
from edge_app.remote.agent.systemd import unit_text
from edge_app.remote.board import Board
from edge_app.remote.connection import checked_host

PI = Board(
    board="Raspberry Pi 4 Model B Rev 1.4",
    architecture="aarch64",
    python="3.11",
    libc="glibc",
    libc_version="2.36",
    memory_bytes=4 << 30,
    free_bytes=20 << 30,
    cameras=["/dev/video0"],
    picamera=True,
    venv=True,
    manager="user",
    lingers=True,
    current=None,
    releases={},
    environments=[],
    running=False,
    label="",
    address="",
    jobs={},
)


@pytest.mark.parametrize("host", ["pi@raspberrypi.local", "board", "10.0.0.7", "pi@[fe80::1]", "ssh://pi@board:2222"])
def test_a_host_is_what_ssh_takes(host: str) -> None:
    assert checked_host(host) == host


@pytest.mark.parametrize(
    "host",
    [
        "",
        "-oProxyCommand=touch x",
        "pi@-oProxyCommand=x",
        "a b",
        "a;touch x",
        "$(touch x)",
        "`x`",
        "a\nb",
        "pi@",
        "a'b",
        "../x",
    ],
)
def test_what_could_be_an_option_or_a_command_is_no_host(host: str) -> None:
    with pytest.raises(UsageError, match="is no host"):
        checked_host(host)


def test_the_runtime_that_fits_is_chosen_and_what_fits_nothing_is_refused() -> None:
    assert PI.extra() == "edge-headless,web"
    assert replace(PI, architecture="armv7l").extra() == "edge-tflite-runtime,web"
    for unfit, why in (
        (replace(PI, architecture="armv7l", python="3.13"), "Python 3.11 only"),
        (replace(PI, libc="other", libc_version=""), "not glibc"),
        (replace(PI, libc_version="2.24"), "2.27 is needed"),
        (replace(PI, architecture="mips"), "no runtime for `mips`"),
    ):
        with pytest.raises(RemoteError, match=why):
            unfit.extra()


def test_a_board_without_venv_or_space_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(RemoteError, match="apt install python3-venv"):
        replace(PI, venv=False).refuse_to_install()
    with pytest.raises(RemoteError, match="100 MB of disk left; 500 are needed"):
        replace(PI, free_bytes=100_000_000).refuse_to_install()
    PI.refuse_to_install()


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "/etc/passwd", "a\0b"])
def test_no_name_leads_out_of_our_folder(name: str) -> None:
    with pytest.raises(Fault, match="no name of a file"):
        inside("files", name)


def test_the_unit_starts_again_and_starts_with_the_board() -> None:
    lines = unit_text("user").splitlines()
    assert "Restart=always" in lines
    assert "WantedBy=default.target" in lines
    assert any(line.startswith("ExecStart=/bin/sh ") and line.endswith('/.fieldlens/current/start"') for line in lines)
    assert "WantedBy=multi-user.target" in unit_text("system").splitlines()
