"""Promises of `benchmarks browser`: fair turns, a ratio with its interval, sentences for what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.browser.runtimes import (
    FLOATS,
    INTEGERS,
    ONE_THREAD,
    PLAIN,
    SERVED,
    BrowserOptions,
    PageLoad,
    result,
    turns,
)


def test_runtimes_take_turns_in_every_round() -> None:
    order = turns(20, seed=1)
    rounds = [order[place : place + 2] for place in range(0, 40, 2)]
    assert all(set(one) == {INTEGERS, FLOATS} for one in rounds)
    assert {one[0] for one in rounds} == {INTEGERS, FLOATS}  # neither is always the first


def page_load(runtime: str, served: str, invoke_s: float) -> PageLoad:
    threads = 2 if runtime == INTEGERS and served != ONE_THREAD else 1
    return PageLoad(runtime, served, served != ONE_THREAD, threads, (0.002,), (0.001,), (invoke_s, invoke_s), (0, 1))


def test_the_ratio_says_how_many_times_faster_integers_are() -> None:
    loads = [page_load(INTEGERS, served, 0.010) for served in SERVED for _ in range(3)]
    loads += [page_load(FLOATS, ONE_THREAD, invoke_s) for invoke_s in (0.020, 0.025, 0.030)]
    loads += [page_load(FLOATS, served, 0.010) for served in SERVED if served != ONE_THREAD for _ in range(3)]
    content = result(loads, BrowserOptions(loads=3))
    one_thread = content["faster"][ONE_THREAD]
    assert one_thread["value"] == pytest.approx(2.5)
    assert 2.0 <= one_thread["low"] < 2.5 < one_thread["high"] <= 3.0 + 1e-9
    threads = {INTEGERS: 2, FLOATS: 1}
    assert content["faster"][PLAIN] == {"value": 1.0, "low": 1.0, "high": 1.0, "threads": threads}
    assert len(content["loads"]) == 18
    assert content["loads"][0]["invoke_s"] == (0.010, 0.010)


def test_bad_input_is_one_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = ["--photos", str(tmp_path), "--out", str(tmp_path / "out.json")]
    assert main(["experiment", "browser", str(tmp_path / "web"), *out]) == 1
    assert "is no bundle for the browser (no bundle.json); run: fieldlens convert web" in capfd.readouterr().err
    assert main(["experiment", "browser", str(tmp_path / "web"), *out, "--loads", "1"]) == 2
    assert "an interval needs 2 page loads" in capfd.readouterr().err
    assert not (tmp_path / "out.json").exists()
