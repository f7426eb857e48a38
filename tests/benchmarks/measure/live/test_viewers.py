"""Promises of `fieldlens bench experiment viewers`: real viewers, both ways of feeding, every number kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.measure.live.owner_process import GIVEN_UP_S
from benchmarks.measure.live.viewers import turns
from tests.models import INT8

pytest.importorskip("aiohttp", reason="the extra web is optional")


def test_blocks_with_and_without_viewers_alternate_and_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmarks.measure.live.viewers._WARM_S", 1.5)
    model, out = str(INT8), tmp_path / "viewers.json"
    words = [
        "experiment",
        "viewers",
        model,
        "--out",
        str(out),
        "--viewers",
        "2",
        "--pairs",
        "1",
        "--seconds",
        "1",
        "--threads",
        "1",
    ]
    assert main(words) == 0
    result = json.loads(out.read_text())["payload"]
    order = [(block["fed"], block["viewers"]) for block in result["blocks"]]
    assert order == [(fed, count) for fed in ("camera", "always ready") for count in (0, 2)]
    for block in result["blocks"]:
        assert block["frames"] == len(block["latencies_s"]) > 0
        assert block["pictures"] == 0 or block["viewers"] == 2
    assert sum(block["pictures"] for block in result["blocks"]) > 0
    assert "| always ready | 2 viewers  |" in capsys.readouterr().out
    assert main(words) == 1
    assert "exists already" in capsys.readouterr().err


def test_blocks_take_turns() -> None:
    assert turns(10, 3) == [0, 10, 10, 0, 0, 10]


def test_impossible_numbers_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "viewers", "model.tflite", "--out", str(tmp_path / "o.json"), "--viewers", "0"]) == 2
    assert "must be above 0" in capsys.readouterr().err


def test_connections_that_never_ask_are_held_and_the_owner_opens_the_page(tmp_path: Path) -> None:
    out = tmp_path / "viewers.json"
    words = f"experiment viewers {INT8} --out {out} --viewers 1 --idle 300 --pairs 1 --seconds 2 --threads 1"
    assert main(words.split()) == 0
    for block in json.loads(out.read_text())["payload"]["blocks"]:
        if block["viewers"]:
            assert block["idle"] == 300
            assert block["idle_opened"] >= 300
            assert block["page_s"]
            assert max(block["page_s"]) < GIVEN_UP_S
        else:
            assert block["idle"] == block["idle_opened"] == 0
            assert block["page_s"] == []
