"""Promises of `benchmarks browser` on a real page: raw times of both runtimes, however the page is served."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from benchmarks.experiments.browser.runtimes import ONE_THREAD, SERVED
from tests.conftest import Chain

ROOT = Path(__file__).parent.parent.parent


def test_both_runtimes_are_measured_and_kept_raw(web: Path, chain: Chain, tmp_path: Path) -> None:
    """In a process of its own: Playwright allows one driver per thread, and the other tests have it."""
    out = tmp_path / "browser.json"
    options = ["--photos", str(chain.drawings), "--loads", "2", "--photographs", "4", "--warm-up", "2"]
    command = [sys.executable, "-m", "benchmarks", "experiment", "browser", str(web), *options, "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{ONE_THREAD}: litert is" in done.stdout
    content = json.loads(out.read_text())["payload"]
    assert "Chrome" in content["browser"]
    kinds = Counter((load["runtime"], load["served"]) for load in content["loads"])
    assert kinds == {(runtime, served): 2 for runtime in ("litert", "tfjs-wasm") for served in SERVED}
    for load in content["loads"]:
        assert load["isolated"] is (load["served"] != ONE_THREAD)
        assert load["threads"] == 1 or load["isolated"]
        assert len(load["invoke_s"]) == len(load["decode_s"]) == 4
        assert min(load["invoke_s"]) > 0.0
