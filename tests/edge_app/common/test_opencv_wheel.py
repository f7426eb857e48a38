"""One cv2 wheel, and the right one for the machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edge_app.common import opencv_wheel
from edge_app.common.errors import MissingDependencyError

PROGRAM = Path(opencv_wheel.__file__)


def install(site: Path, *wheels: str) -> None:
    for wheel in wheels:
        folder = site / f"{wheel.replace('-', '_')}-5.0.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {wheel}\nVersion: 5.0.0\n")


@pytest.fixture
def only_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment in which nothing is installed."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    return tmp_path


def test_this_environment_has_exactly_one() -> None:
    assert len(opencv_wheel.installed_cv2_wheels()) == 1
    opencv_wheel.check_one_cv2_wheel()


def test_two_wheels_are_named(only_site: Path) -> None:
    install(only_site, "opencv-python", "opencv-python-headless")
    with pytest.raises(MissingDependencyError) as fault:
        opencv_wheel.check_one_cv2_wheel()
    assert "opencv-python 5.0.0, opencv-python-headless 5.0.0" in str(fault.value)
    assert "pip uninstall -y opencv-python opencv-python-headless && pip install opencv-python" in str(fault.value)


def test_no_wheel_gives_the_line_to_paste(only_site: Path) -> None:
    with pytest.raises(MissingDependencyError, match="pip install opencv-python"):
        opencv_wheel.check_one_cv2_wheel()


def test_without_libxcb_the_headless_wheel_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(opencv_wheel, "_NEEDED_LIBRARY", "libnone-of-that-name.so.1")
    assert opencv_wheel.suitable_extra() == "edge-headless"


def test_it_runs_before_anything_is_installed() -> None:
    done = subprocess.run([sys.executable, "-S", str(PROGRAM)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("edge", "edge-headless")
