"""A screen for these tests (Xvfb, openbox), and hands for its keyboard (xdotool, by the XTEST extension)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from PIL import ImageGrab

from edge_app.photographs.decoder import Image

_PATIENCE_S = 60.0
_Found = TypeVar("_Found")


@dataclass(frozen=True)
class Window:
    """A program with its window on the screen.

    Attributes:
        display: of the screen.
        folder: where the program was started.
        process: the program.
    """

    display: str
    folder: Path
    process: subprocess.Popen[str]

    def activate(self) -> None:
        """Wait for the window and give the keyboard to it."""

        def shown() -> str:
            assert self.process.poll() is None, "the program has ended before its window was there"
            return self._do("search", "--onlyvisible", "--name", "FieldLens", check=False)

        self._do("windowactivate", "--sync", wait_for(shown).split()[0])

    def down(self, key: str) -> None:
        """Press a key and keep it down: the server repeats it."""
        self._do("keydown", key)

    def up(self, key: str) -> None:
        """Let a key go."""
        self._do("keyup", key)

    def key(self, key: str) -> None:
        """Press a key and let it go."""
        self._do("key", key)

    def picture(self) -> Image:
        """Return what is in the window, (height, width, 3) uint8 RGB."""
        told = self._do("search", "--onlyvisible", "--name", "FieldLens", "getwindowgeometry", "--shell")
        place = dict(line.split("=") for line in told.splitlines())
        left, top, width, height = (int(place[name]) for name in ("X", "Y", "WIDTH", "HEIGHT"))
        return np.asarray(ImageGrab.grab((left, top, left + width, top + height), xdisplay=self.display).convert("RGB"))

    def ended(self) -> tuple[int, str]:
        """Wait for the end of the program; return its exit code and what it has printed."""
        told, _ = self.process.communicate(timeout=_PATIENCE_S)
        return self.process.returncode, told

    def _do(self, *words: str, check: bool = True) -> str:
        command = ["xdotool", *words]
        env = {**os.environ, "DISPLAY": self.display}
        return subprocess.run(command, env=env, check=check, stdout=subprocess.PIPE, text=True).stdout.strip()


def wait_for(found: Callable[[], _Found]) -> _Found:
    """Ask again and again until something is found; return it."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while not (answer := found()):
        assert time.monotonic() < deadline_s, "it did not come"
        time.sleep(0.05)
    return answer


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """The name of a screen that nobody sees, with a window manager."""
    assert shutil.which("Xvfb"), "`make test-window` installs it"
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x1024x24", "-noreset"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number
        manager = subprocess.Popen(["openbox"], env={**os.environ, "DISPLAY": f":{number}"}, stderr=subprocess.DEVNULL)
        yield f":{number}"
        manager.terminate()
        manager.wait()
        server.terminate()


@pytest.fixture
def start(display: str, tmp_path: Path) -> Iterator[Callable[..., Window]]:
    """Start `python -m edge_app` with words of the command line; what still runs at the end of a test is ended."""
    programs: list[subprocess.Popen[str]] = []

    def started(*words: str) -> Window:
        env = {**os.environ, "DISPLAY": display, "PYTHONPATH": os.pathsep.join(sys.path)}
        env.pop("WAYLAND_DISPLAY", None)
        command = [sys.executable, "-m", "edge_app", *words]
        programs.append(subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True))
        window = Window(display, tmp_path, programs[-1])
        window.activate()
        return window

    yield started
    for program in programs:
        program.terminate()
        program.communicate(timeout=_PATIENCE_S)
