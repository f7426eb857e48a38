"""One cv2 wheel, and the right one for the machine."""

from __future__ import annotations

import importlib
import os
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


def lacking(monkeypatch: pytest.MonkeyPatch, *libraries: str) -> None:
    """Let the loader of the system find all libraries but these."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(opencv_wheel, "_loads", lambda library: library not in libraries)


# Debian 12 needs all of them; installing one after the other was how people found out.
@pytest.mark.parametrize("library", ["libxcb.so.1", "libGL.so.1", "libgthread-2.0.so.0", "libSM.so.6"])
def test_without_any_one_of_its_libraries_the_headless_wheel_is_chosen(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking(monkeypatch, library)
    assert opencv_wheel.suitable_extra() == "edge-headless"


def test_with_all_libraries_the_wheel_with_windows_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking(monkeypatch)
    assert opencv_wheel.suitable_extra() == "edge"


@pytest.mark.parametrize(("wheel", "extra"), [("opencv-python-headless", "edge-headless"), ("opencv-python", "edge")])
def test_the_wheel_that_is_there_stays_the_only_one(
    wheel: str, extra: str, only_site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """README's first block installs the headless one; `make demo` then adds the train extra to the same environment."""
    lacking(monkeypatch, *(["libxcb.so.1"] if extra == "edge" else []))
    install(only_site, wheel)
    assert opencv_wheel.extra_to_install() == extra


def test_a_library_that_no_machine_has_does_not_load() -> None:
    assert not opencv_wheel._loads("libnone-of-that-name.so.1")


# As the wheels do: a second import finds what the first left behind, prints, and tells of something else.
BROKEN_CV2 = """
import sys
if hasattr(sys, "OpenCV_LOADER"):
    print(sys.path)
    raise ImportError('ERROR: recursion is detected during loading of "cv2" binary extensions.')
sys.OpenCV_LOADER = True
raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")
"""


def break_cv2(folder: Path) -> None:
    (folder / "cv2").mkdir()
    (folder / "cv2" / "__init__.py").write_text(BROKEN_CV2)


@pytest.fixture
def failed_import(only_site: Path, monkeypatch: pytest.MonkeyPatch) -> ImportError:
    """What `import cv2` raises on a machine that lacks a library."""
    break_cv2(only_site)
    monkeypatch.delitem(sys.modules, "cv2", raising=False)
    monkeypatch.setattr(sys, "OpenCV_LOADER", True, raising=False)  # so that it is removed again
    monkeypatch.delattr(sys, "OpenCV_LOADER")
    with pytest.raises(ImportError) as fault:
        importlib.import_module("cv2")
    monkeypatch.setattr(sys, "OpenCV_LOADER", True, raising=False)
    return fault.value


def test_missing_libraries_are_one_sentence_with_both_ways_out(
    only_site: Path, failed_import: ImportError, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(only_site, "opencv-python")
    lacking(monkeypatch, "libGL.so.1", "libgthread-2.0.so.0", "libglib-2.0.so.0")
    assert opencv_wheel.why_cv2_fails(failed_import) == (
        "OpenCV cannot be loaded: this system lacks libGL.so.1 and 2 more libraries; without a screen run: "
        "pip uninstall -y opencv-python && pip install opencv-python-headless; with one: "
        "sudo apt install libgl1 libglib2.0-0"
    )


def test_a_wheel_that_fails_for_another_reason_is_to_be_installed_again(
    only_site: Path, failed_import: ImportError, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(only_site, "opencv-python-headless")
    lacking(monkeypatch, "libGL.so.1")
    told = opencv_wheel.why_cv2_fails(failed_import)
    assert told is not None
    assert "(libGL.so.1: cannot open shared object file: No such file or directory)" in told
    assert told.endswith("run: pip install --force-reinstall --no-deps opencv-python-headless")


def test_an_environment_without_cv2_is_told_which_wheel(only_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lacking(monkeypatch, "libxcb.so.1")
    error = ModuleNotFoundError("No module named 'cv2'", name="cv2")
    told = opencv_wheel.why_cv2_fails(error)
    assert told == "OpenCV is not installed; run: pip install opencv-python-headless"


def test_an_error_of_another_import_is_not_blamed_on_opencv() -> None:
    assert opencv_wheel.why_cv2_fails(ModuleNotFoundError("No module named 'tomato'", name="tomato")) is None


FROM_PYTHON = "from edge_app.common.errors import MissingDependencyError\ntry:\n    from edge_app import Classifier\n"
FROM_PYTHON += "except MissingDependencyError as error:\n    raise SystemExit(f'error: {error}')"


@pytest.mark.parametrize(
    "words",
    [
        ("-m", "edge_app", "--source", "demo"),
        ("-m", "edge_app.fieldlens", "app", "--source", "demo"),
        ("-m", "train", "photos", "--out", "run"),
        ("-m", "convert", "run"),
        ("-m", "benchmarks", "x.tflite", "--photos", "photos"),
        ("-c", FROM_PYTHON),
    ],
    ids=["edge_app", "fieldlens", "train", "convert", "benchmarks", "python"],
)
def test_a_cv2_that_cannot_be_loaded_ends_in_one_sentence(words: tuple[str, ...], tmp_path: Path) -> None:
    break_cv2(tmp_path)
    if words[1] == "edge_app.fieldlens":  # the console command is installed, not a module
        words = ("-c", f"import sys; from edge_app.fieldlens import main; sys.exit(main({list(words[2:])}))")
    done = subprocess.run(
        [sys.executable, *words],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{PROGRAM.parents[2]}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: OpenCV cannot be loaded")
    assert done.stderr.count("\n") == 1


def test_the_doctor_runs_without_opencv_and_says_once_what_to_do(tmp_path: Path) -> None:
    break_cv2(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "edge_app", "doctor"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{PROGRAM.parents[2]}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert lines["opencv"].startswith("PROBLEM: OpenCV cannot be loaded")
    assert lines["int8"] == lines["cameras"] == "not known: it needs OpenCV"
    assert "PROBLEM" not in lines["runtime"]


def test_it_runs_before_anything_is_installed() -> None:
    done = subprocess.run([sys.executable, "-S", str(PROGRAM)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("edge", "edge-headless")
