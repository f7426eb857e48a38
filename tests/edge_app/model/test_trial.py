"""The first opening of an unknown file: in a process of its own, whose death is a sentence, and only once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_app import Classifier
from edge_app.common.errors import ModelFileError
from edge_app.common.user_cache import cache_folder
from edge_app.model import threads as thread_choice
from edge_app.model import trial as probe
from edge_app.model import trial_process
from edge_app.model.trial import CACHE_FILE, require_trial_run
from tests.models import UINT8

ROOT = Path(__file__).parent.parent.parent.parent

pytestmark = pytest.mark.usefixtures("fresh_cache")


@pytest.fixture
def model() -> Path:
    return UINT8


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "other.tflite"
    path.write_bytes(b"other bytes")
    return path


def child_does(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the child do this instead of opening the file."""
    monkeypatch.setattr(probe, "_START", code)


def remembered() -> int:
    path = cache_folder() / CACHE_FILE
    return len(json.loads(path.read_text())) if path.exists() else 0


def test_a_good_file_is_tried_once(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_trial_run(model)
    assert remembered() == 1
    child_does("raise SystemExit(9)", monkeypatch)
    require_trial_run(model)


def test_without_accelerators_it_is_tried_again(model: Path) -> None:
    require_trial_run(model)
    require_trial_run(model, plain=True)
    assert remembered() == 2


def test_another_release_of_the_runtime_tries_again(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_trial_run(model)
    monkeypatch.setattr(probe, "runtime_release", lambda: "ai_edge_litert-99.0")
    child_does("raise SystemExit(9)", monkeypatch)
    with pytest.raises(ModelFileError, match="ended with code 9"):
        require_trial_run(model)


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGKILL"])
def test_a_crash_is_one_sentence_and_not_remembered(name: str, other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child_does(f"import os, signal; os.kill(os.getpid(), signal.{name})", monkeypatch)
    for _ in range(2):
        with pytest.raises(ModelFileError, match=rf"^`.*other.tflite` crashes .* was ended by {name}.*again$"):
            require_trial_run(other)
    assert remembered() == 0


def test_a_crash_after_the_verdict_counts(other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child_does('print(\'{"good": true, "reason": ""}\', flush=True); import os; os.abort()', monkeypatch)
    with pytest.raises(ModelFileError, match="SIGABRT"):
        require_trial_run(other)


def test_a_file_that_hangs_is_ended(other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child_does("import time; time.sleep(60)", monkeypatch)
    begin_s = time.monotonic()
    with pytest.raises(ModelFileError, match=r"did not run within 0\.3 s"):
        require_trial_run(other, time_limit_s=0.3)
    assert time.monotonic() - begin_s < 10.0


@pytest.mark.parametrize("said", ["", "nothing", "[]", "{}"])
def test_a_child_that_is_none_is_told(said: str, other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child_does(f"print({said!r})", monkeypatch)
    with pytest.raises(ModelFileError, match="did not answer; start the app with the Python"):
        require_trial_run(other)


def test_no_process_at_all_is_told(other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(other.parent / "no-python"))
    with pytest.raises(ModelFileError, match="could not be tried in a separate process: no such file"):
        require_trial_run(other)


def test_what_the_runtime_refuses_is_its_own_sentence(tmp_path: Path) -> None:
    path = tmp_path / "noise.tflite"
    path.write_bytes(b"\x10\0\0\0TFL3" + bytes(100))
    with pytest.raises(ModelFileError, match=r"noise\.tflite"):
        require_trial_run(path)


def test_the_classifier_tries_a_file_before_it_opens_it(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child_does("import os; os.abort()", monkeypatch)
    monkeypatch.setattr("edge_app.model.classifier.load_interpreter", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(ModelFileError, match="crashes"):
        Classifier(model)


def test_threads_are_not_measured_before_the_trial(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child_does("import os; os.abort()", monkeypatch)
    monkeypatch.setattr(thread_choice, "load_interpreter", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(ModelFileError, match="crashes"):
        thread_choice.choose_threads(model, print)


def test_a_file_of_our_own_is_trusted_when_it_is_said(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child_does("import os; os.abort()", monkeypatch)
    assert Classifier(model, 1, trusted=True).card.labels
    assert remembered() == 0


def test_a_cache_that_cannot_be_written_does_no_harm(model: Path, other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(other))
    require_trial_run(model)


def test_the_child_imports_the_runtime_and_nothing_of_the_app(model: Path) -> None:
    code = (
        "import sys\n"
        "from edge_app.model.trial_process import main\n"
        "main(sys.argv[1:])\n"
        "print(sorted(name for name in sys.modules if name.startswith(('edge_app.', 'cv2', 'tensorflow'))))\n"
    )
    command = [sys.executable, "-c", code, str(model)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert json.loads(said[0]) == {"good": True, "reason": ""}
    common = [
        "edge_app.common",
        *(f"edge_app.common.{name}" for name in ("errors", "lazy_names", "native_stderr", "process_memory")),
    ]
    names = ["any_size", "direct_input", "flatbuffer", "flatbuffer_edit", "runtime", "trial_process"]
    assert said[1] == str([*common, "edge_app.model", *(f"edge_app.model.{name}" for name in names)])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_the_child_may_not_take_all_memory_nor_run_for_ever(model: Path) -> None:
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from edge_app.model import trial_process\n"
        "trial_process._limit(Path(sys.argv[1]))\n"
        "print(resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_CORE)[0])\n"
        "try:\n"
        "    bytearray(6 << 30)\n"
        "except MemoryError:\n"
        "    print('no memory')\n"
    )
    command = [sys.executable, "-c", code, str(model)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.split("\n")[0] == f"{trial_process.CPU_S} 0"
    if sys.platform == "linux":  # macOS has the limit and does not keep it
        assert "no memory" in said


class WithoutMemory:
    """An interpreter whose tensors have none, as a damaged file may leave it."""

    def get_input_details(self) -> list[dict[str, int]]:
        return [{"index": 0}]

    get_output_details = get_input_details

    def tensor(self, _index: int) -> Callable[[], None]:
        def view() -> None:
            raise ValueError("Tensor data is null")

        return view


def test_what_the_runtime_raises_at_a_run_is_a_sentence(
    other: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trial_process, "_limit", lambda _path: None)  # it would bind this process
    monkeypatch.setattr(trial_process, "load_interpreter", lambda *_: WithoutMemory())
    trial_process.main([str(other)])
    verdict = json.loads(capsys.readouterr().out)
    assert not verdict["good"]
    assert "cannot be run on a picture: Tensor data is null; convert or download it again" in verdict["reason"]


def test_a_file_that_takes_far_more_memory_than_its_weights_explain_is_a_sentence(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial_process, "RESIDENT_BYTES", 0)
    with pytest.raises(ModelFileError, match=r"takes [\d,]+ MB of memory, where [\d,]+ MB are allowed to a file of"):
        trial_process._refuse_large(model)
