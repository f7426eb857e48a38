"""A model that does not come back from a picture ends a measurement, and the doctor, in a sentence and with code 1."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.places import REPOSITORY

INT8 = REPOSITORY / "edge_app/model/starter/cats-dogs-int8.tflite"

PREPARE = """
import sys, time
from types import SimpleNamespace
import edge_app.live.watchdog as watchdog
from edge_app.model.classifier import Classifier

watchdog.TIME_LIMIT_S, watchdog._PERIOD_S = 0.3, 0.05
built = Classifier.__init__

def hanging(self, *words, **named):
    built(self, *words, **named)
    real = self.interpreter
    self.interpreter = SimpleNamespace(
        invoke=lambda: time.sleep(600), tensor=real.tensor,
        get_input_details=real.get_input_details, get_output_details=real.get_output_details)

Classifier.__init__ = hanging
"""
ROUND = """
from benchmarks.measure.protocol.options import BenchmarkCase
from benchmarks.measure.protocol.rounds import RoundRequest, measure_round
from pathlib import Path
measure_round(RoundRequest((BenchmarkCase(Path(sys.argv[1]), 1),), 1, 0.0, (0,)))
"""
BARE = """
from pathlib import Path
from benchmarks.measure.live.throughput import _bare
_bare(Path(sys.argv[1]), 1, 1)
"""
FRESH = """
from pathlib import Path
from benchmarks.measure.protocol.cold_start import _be_fresh_process
import json
Path(sys.argv[3], "how.json").write_text(json.dumps(
    {"values": None, "mean": (), "std": (), "size": None, "blue_first": False, "labels": None}))
_be_fresh_process(sys.argv[1], sys.argv[2], 1, sys.argv[3] + "/how.json")
"""
OPERATORS = """
import benchmarks.measure.operators.times as times
loaded = times.load_interpreter

class Hanging:
    def __init__(self, real):
        self.real = real
    def __getattr__(self, name):
        return getattr(self.real, name)
    def invoke(self):
        time.sleep(600)

times.load_interpreter = lambda *words, **named: Hanging(loaded(*words, **named))
"""
VIEWERS = """
from benchmarks.measure.live.viewers import measure_viewers
from pathlib import Path
measure_viewers(Path(sys.argv[1]), Path(sys.argv[3], "viewers.json"), 1, 1.0, 1, 1)
"""
COMMAND = """
from {program}.__main__ import main
raise SystemExit(main({words}))
"""


def photographs(folder: Path) -> Path:
    """Write a balanced folder of noise, as the doctor wants it; return its first picture."""
    draw = np.random.default_rng(0)
    for label in ("cat", "dog"):
        (folder / label).mkdir(parents=True)
        for number in range(20):
            cv2.imwrite(str(folder / label / f"{number}.png"), draw.integers(0, 255, (32, 32, 3), np.uint8))
    return folder / "cat" / "0.png"


@pytest.mark.parametrize(
    "what", ["round", "bare", "cold start", "sustained", "doctor", "accuracy", "operators", "viewers"]
)
def test_a_model_that_hangs_ends_it(what: str, tmp_path: Path) -> None:
    picture = photographs(tmp_path / "photos")
    code = {
        "round": ROUND,
        "bare": BARE,
        "cold start": FRESH,
        "sustained": COMMAND.format(
            program="benchmarks", words=["sustained", str(INT8), "--for", "1m", "--out", str(tmp_path / "out")]
        ),
        "doctor": COMMAND.format(
            program="convert", words=["doctor", str(INT8), "--photos", str(tmp_path / "photos"), "--all-photos"]
        ),
        "operators": OPERATORS
        + COMMAND.format(program="benchmarks", words=["operators", str(INT8), "--out", str(tmp_path / "out")]),
        "viewers": VIEWERS,
        "accuracy": """
from pathlib import Path
from benchmarks.measure.protocol import measure
measure._uninterrupted = lambda measured, *_: measured.rounds.append(None) or True
measure.measure([Path(sys.argv[1])], Path(sys.argv[3], "photos"), True)
""",
    }[what]
    done = subprocess.run(
        [sys.executable, "-c", PREPARE + code, str(INT8), str(picture), str(tmp_path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"error: `{INT8}` works on one picture for more than 0.3 s"), (
        done.stderr
    )
    assert "Traceback" not in done.stderr
