"""Promises of the one place that knows the runtime."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge_app.common.errors import MissingDependencyError, ModelFileError
from edge_app.common.native_stderr import SHOW_VARIABLE, quiet_native_stderr
from edge_app.model import runtime
from tests.models import UINT8

ROOT = Path(__file__).parent.parent.parent.parent


def test_the_runtime_greets_nobody_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    runtime.load_interpreter(UINT8, 1)
    assert capfd.readouterr().err == ""


def test_silence_ends_with_its_block_and_with_an_exception(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="fault"), quiet_native_stderr():
        os.write(2, b"chatter")
        raise ValueError("fault")
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


def test_silence_can_be_switched_off(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SHOW_VARIABLE, "1")
    with quiet_native_stderr():
        os.write(2, b"chatter")
    assert capfd.readouterr().err == "chatter"


def test_a_model_that_the_runtime_refuses_is_one_sentence(tmp_path: Path) -> None:
    """A whole model of another schema version: the runtime says no; what is damaged must not get that far."""
    content = bytearray((UINT8).read_bytes())
    table = int.from_bytes(content[:4], "little")
    fields = table - int.from_bytes(content[table : table + 4], "little", signed=True)
    version = table + int.from_bytes(content[fields + 4 : fields + 6], "little")
    assert content[version] == 3
    content[version] = 99
    path = tmp_path / "newer.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="cannot run"):
        runtime.load_interpreter(path, 1)


def test_no_runtime_at_all_names_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ai_edge_litert", "ai_edge_litert.interpreter", "tflite_runtime", "tflite_runtime.interpreter"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingDependencyError, match="pip install ai-edge-litert"):
        runtime.load_interpreter(Path("any.tflite"), 1)


def test_the_older_runtime_serves_where_the_newer_is_missing() -> None:
    """`make test-tflite-runtime` has the older one; elsewhere the newer one plays its part, by the same interface."""
    code = (
        "import sys, types\n"
        "try:\n"
        "    import ai_edge_litert.interpreter as newer\n"
        "    sys.modules['tflite_runtime'] = types.ModuleType('tflite_runtime')\n"
        "    sys.modules['tflite_runtime.interpreter'] = newer\n"
        "    sys.modules['ai_edge_litert.interpreter'] = None\n"
        "except ImportError:\n"
        "    pass\n"
        "from edge_app import Classifier\n"
        "print(Classifier(sys.argv[1], 1).card.input_size)\n"
    )
    command = [sys.executable, "-c", code, str(UINT8)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.stdout.strip() == "224×224", told.stderr


def test_default_threads_are_the_usable_cores_but_not_many() -> None:
    assert 1 <= runtime.default_threads() <= runtime.MAX_DEFAULT_THREADS
