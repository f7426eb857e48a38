"""Promises of the migration: no number is lost, what is none of ours stays, and a second time nothing changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.results import migrate
from benchmarks.results.device import Device
from benchmarks.results.envelope import KINDS, read_envelope, read_result
from benchmarks.results.latency import LatencyResult
from benchmarks.results.live import Soak, Viewers
from benchmarks.results.operators import OperatorProfile
from benchmarks.results.sustained import Sustained
from benchmarks.results.sweep.result import Sweep
from edge_app.common.errors import ResultError

RESULTS = Path(__file__).parents[3] / "results"

DEVICE = {
    "board": None, "cpu": "AMD EPYC", "cores": 2, "memory_bytes": 25276514304, "system": "Linux 6 x86_64",
    "python": "3.11.7", "runtime": "ai-edge-litert 2.3.0", "opencv": "opencv-python 5.0.0.93", "governor": None,
    "temperature_c": None, "throttled": None, "load": 3.77,
}  # fmt: skip
FILE = {"file": "a.tflite", "sha256": "83", "size_bytes": 2710000}
HEAD = {"schema_version": 1, "date": "2026-11-25T04:55:38+00:00", "device": DEVICE}

VERSION_1 = HEAD | {
    "threads": 2,
    "files": [
        FILE | {
            "input_size": "224×224", "input_dtype": "uint8", "load_s": 0.0131, "first_invoke_s": 0.0042,
            "start_to_label_s": [0.21, 0.19], "peak_memory_bytes": 78000000, "invoke_s": [0.002, 0.0021],
            "frame_to_label_s": [0.0023, 0.0024], "accuracy_note": "",
        }
    ],
}  # fmt: skip
OPERATORS = HEAD | FILE | {
    "method": "cut", "rounds": 5, "threads": 1, "xnnpack": True, "invoke_s": [0.0041], "empty_s": [0.0005],
    "same_scores": True, "sum_s": 0.001, "ratio": 0.24, "fast_ratio": 0.25, "doubts": ["busy"],
    "operators": [
        {"kind": "ADD", "name": "x", "shape": [1, 4], "macs": None, "delegated": True, "delegated_alone": True,
         "run_s": [0.0015], "time_s": 0.001},
    ],
}  # fmt: skip
SUSTAINED = HEAD | {
    "kind": "sustained", "threads": 2, "asked_s": 60.0, "turn_s": 1.0, "partial": False, "files": [FILE],
    "turns": {"file": [0, 0], "at_s": [0.1, 1.2], "runs": [400, 401], "median_s": [0.002, 0.0021],
              "p90_s": [0.003, 0.0031], "sampled_s": [[0.002], [0.0022]]},
    "readings": {"at_s": [0.0, 1.1], "temperature_c": [None, 50.5], "clock_hz": [None, None], "throttled": [None, None],
                 "throttle_count": [None, 3], "other_cores": [None, 0.25]},
}  # fmt: skip
SOAK = HEAD | {
    "file": "a.tflite", "sha256": "83", "growth_bytes": 937984, "fps": 30.0, "recoveries_s": [0.31], "exit_code": 0,
    "samples": [{"at_s": 6.3e-06, "resident_bytes": 80000000, "threads": 9, "frames": 1}], "told": ["camera is back"],
}  # fmt: skip
VIEWERS = HEAD | {
    "model": "a.tflite", "threads": None,
    "blocks": [{"fed": "camera", "viewers": 2, "frames": 1, "duration_s": 1.5, "latencies_s": [0.0123456789],
                "pictures": 4, "crowd_cpu_s": 0.07}],
}  # fmt: skip
OLD: dict[str, tuple[dict[str, Any], type[Any]]] = {
    "latency": (VERSION_1, LatencyResult),
    "operators": (OPERATORS, OperatorProfile),
    "sustained": (SUSTAINED, Sustained),
    "soak": (SOAK, Soak),
    "viewers": (VIEWERS, Viewers),
}


def written(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for item in value for number in numbers(item)]
    return [float(value)] if isinstance(value, int | float) and not isinstance(value, bool) else []


@pytest.mark.parametrize("kind", OLD)
def test_an_old_result_becomes_one_of_today_with_every_number(kind: str, tmp_path: Path) -> None:
    content, record = OLD[kind]
    path = written(tmp_path / "old.json", content)
    assert migrate.main([str(path)]) == 0
    found = read_envelope(path)
    assert (found.kind, found.date, found.device) == (kind, content["date"], DEVICE)
    kept = numbers(dict(found.payload))
    assert all(number in kept for number in numbers({**content, "schema_version": None, "device": None}))
    assert isinstance(read_result(path, record).device, Device)
    once = path.read_text()
    assert migrate.main([str(path)]) == 0
    assert path.read_text() == once


def test_what_follows_from_the_numbers_is_told_apart(tmp_path: Path) -> None:
    path = written(tmp_path / "operators.json", OPERATORS)
    migrate.main([str(path)])
    derived = {"sum_s": 0.001, "ratio": 0.24, "fast_ratio": 0.25, "warnings": ["busy"], "time_s": [0.001]}
    assert read_envelope(path).payload["derived"] == derived


def test_a_sweep_gets_the_device_of_the_latencies_that_it_rests_on(tmp_path: Path) -> None:
    sweep = {
        "schema_version": 1, "kind": "sweep", "date": "2026-11-28T05:28:01+00:00", "threads": 1, "photographs": "p",
        "device": "AMD EPYC, 2 cores, ai-edge-litert 2.3.0, Python 3.11.7", "command": "python", "files": [],
        "notes": [], "complete": True,
    }  # fmt: skip
    written(tmp_path / "latency" / "result.json", VERSION_1)
    path = written(tmp_path / "sweep.json", sweep)
    assert migrate.main([str(tmp_path)]) == 0
    assert str(read_result(path, Sweep).device) == sweep["device"]


def test_a_file_that_would_lose_a_number_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "soak.json", SOAK)
    before = path.read_text()
    monkeypatch.setitem(migrate._CHANGES, "soak", lambda payload: payload.pop("samples") and {})
    with pytest.raises(ResultError, match=r"would lose 4 numbers .* left as it is"):
        migrate.migrate(path)
    assert path.read_text() == before


def test_run_folders_and_foreign_files_are_left_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = written(tmp_path / "pets" / "run.json", {"name": "pets", "weights_sha256": "ab"})
    foreign = written(tmp_path / "pie.json", {"recipe": "apple pie"})
    assert migrate.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.count("left as it is") == 2
    assert json.loads(run.read_text()) == {"name": "pets", "weights_sha256": "ab"}
    assert json.loads(foreign.read_text()) == {"recipe": "apple pie"}


def test_days_that_were_kept_beside_the_runs_move_into_them(tmp_path: Path) -> None:
    about = {"run": "pets", "committed": "2026-11-24", "machine": "AMD EPYC, 2 cores"}
    written(tmp_path / "undated.json", {"why": "", "runs": {"ab": about}})
    run = written(tmp_path / "pets" / "run.json", {"weights_sha256": "ab", "device": {"machine": "x86_64"}})
    other = written(tmp_path / "cnn" / "run.json", {"weights_sha256": "cd"})
    assert migrate.main([str(tmp_path)]) == 0
    content = json.loads(run.read_text())
    assert content["date"] == "2026-11-24"
    assert content["device"] == {"board": None, "cpu": "AMD EPYC", "cores": 2, "machine": "x86_64"}
    assert json.loads(other.read_text()) == {"weights_sha256": "cd"}
    assert not (tmp_path / "undated.json").exists()


def test_all_committed_results_have_an_envelope() -> None:
    files = [path for path in RESULTS.rglob("*.json") if path.name not in migrate._RUN_FILES]
    kinds = {read_envelope(path).kind for path in files}
    assert len(files) > 30
    assert kinds <= set(KINDS)
    assert {"latency", "sweep", "operators", "peers", "live", "training", "paper", "arm64"} <= kinds
