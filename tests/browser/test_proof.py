"""Promises of the proof in a browser: it is written into the bundle, and a runtime that disagrees leaves no bundle."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from convert.web.proof import PROOF_FILE
from tests.conftest import Chain

STRICTER = """
import sys
from dataclasses import replace
import convert.web.proof as proof
from convert.__main__ import main
proof.INT8 = replace(proof.INT8, greatest_difference=-1.0)
raise SystemExit(main(sys.argv[1:]))
"""


def test_the_bundle_says_how_close_both_runtimes_are(web: Path) -> None:
    proof = json.loads((web / PROOF_FILE).read_text())
    assert set(proof) == {"tfjs-wasm", "litert"}
    graph = proof["tfjs-wasm"]["agreement"]
    assert graph["photographs"] >= 150
    assert graph["same_label"] == 1.0
    assert graph["largest_difference"] <= 1e-4
    assert proof["litert"]["agreement"]["same_label"] >= 0.95


def test_a_runtime_that_disagrees_leaves_nothing(chain: Chain, tmp_path: Path) -> None:
    words = ["web", str(chain.models), "--out", str(tmp_path / "web"), "--parity-photographs", "8"]
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", STRICTER, *words], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "the bundle was not written: litert in Chromium: probabilities differ by" in done.stderr
    assert list(tmp_path.iterdir()) == []
