"""Promises of `benchmarks browser`: fair turns, a ratio with its interval, sentences for what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.workstation.browser_latency import FLOATS, INTEGERS, PageLoad, Plan, result, turns


def test_runtimes_take_turns_in_every_round() -> None:
    order = turns(20, seed=1)
    rounds = [order[place : place + 2] for place in range(0, 40, 2)]
    assert all(set(one) == {INTEGERS, FLOATS} for one in rounds)
    assert {one[0] for one in rounds} == {INTEGERS, FLOATS}  # neither is always the first


def page_load(runtime: str, isolated: bool, invoke_s: float) -> PageLoad:
    return PageLoad(runtime, isolated, "one", (0.002,), (0.001,), (invoke_s, invoke_s), (0, 1))


def test_the_ratio_says_how_many_times_faster_integers_are() -> None:
    loads = [page_load(INTEGERS, isolated, 0.010) for isolated in (False, True) for _ in range(3)]
    loads += [page_load(FLOATS, False, 0.020), page_load(FLOATS, False, 0.025), page_load(FLOATS, False, 0.030)]
    loads += [page_load(FLOATS, True, 0.010)] * 3
    content = result(loads, Plan(loads=3))
    one_thread = content["faster"]["one thread"]
    assert one_thread["value"] == pytest.approx(2.5)
    assert 2.0 <= one_thread["low"] < 2.5 < one_thread["high"] <= 3.0 + 1e-9
    assert content["faster"]["threads"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert len(content["loads"]) == 12
    assert content["loads"][0]["invoke_s"] == (0.010, 0.010)


def test_bad_input_is_one_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = ["--photos", str(tmp_path), "--out", str(tmp_path / "out.json")]
    assert main(["browser", str(tmp_path / "web"), *out]) == 1
    assert "is no bundle for the browser (no bundle.json); run: python -m convert web" in capfd.readouterr().err
    assert main(["browser", str(tmp_path / "web"), *out, "--loads", "1"]) == 1
    assert "an interval needs 2 page loads" in capfd.readouterr().err
    assert not (tmp_path / "out.json").exists()
