"""Promises of the calibration experiment: strangers judge what a few fitted, and bytes are read as in the app."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.calibration import rounded_scores
from benchmarks.publish.calibrations import worst_change, worst_mean, worst_rounding
from benchmarks.results.calibration import CalibrationResult, RoundedScores, Trial, score_rows, trial_rows
from benchmarks.results.envelope import read_result
from edge_app.demo.drawn_pets import write_drawings


def test_rows_and_values_by_hand() -> None:
    losses = (0.99, 1.02, 1.0)
    trials = [Trial(800, "chosen", 15, seed, 1.1 if loss != 1 else 1.0, loss, 1.0) for seed, loss in enumerate(losses)]
    trials += [Trial(800, "last", 15, 0, 1.2, 0.9, 1.0)]
    assert trial_rows(trials) == [
        ("800", "chosen", "15", "+0.33 %", "+2.00 %", "2 of 3"),
        ("800", "last", "15", "−10.00 %", "−10.00 %", "1 of 1"),
    ]
    payload = {"trials": [vars(one) for one in trials]}
    (worst,), (mean,) = worst_change(payload), worst_mean(payload)
    assert worst.value == pytest.approx(0.02)
    assert worst.note.startswith("1 of 4 sets beyond it; the worst: head of 800 photographs, chosen epoch, 15")
    assert mean.value == pytest.approx(0.01 / 3)
    assert mean.note.endswith("−2.25 % over all")


def test_scores_of_bytes_by_hand() -> None:
    probabilities, targets = np.array([[0.999, 0.001], [0.75, 0.25]]), np.array([1, 0])
    found = rounded_scores(probabilities, targets, learned=200)
    assert found.real == pytest.approx((-np.log(0.001) - np.log(0.75)) / 2)
    assert found.stored == pytest.approx((-np.log(1e-7) - np.log(0.75)) / 2, rel=1e-6)
    assert found.read == pytest.approx((-np.log(0.5 / 255.5) - np.log(0.75)) / 2, rel=1e-6)
    assert found.zeros == 0.25
    assert score_rows([RoundedScores(200, 0.5, 0.6, 0.49, 0.25)]) == [
        ("200", "0.5000", "0.6000 (+20.00 %)", "0.4900 (−2.00 %)", "25 %")
    ]
    (value,) = worst_rounding({"rounded": [vars(found), vars(RoundedScores(800, 0.5, 0.6, 0.49, 0.25))]})
    assert value.value == pytest.approx(-0.02)
    assert value.note == "worst of 2 heads; +20.0 % with zeros as stored"


def test_every_simulated_set_is_judged_and_the_result_is_written(
    tmp_path: Path, wide_weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_drawings(tmp_path / "pets", 100, size=40)
    out = tmp_path / "calibration.json"
    words = ["experiment", "calibration", "--photos", str(tmp_path / "pets"), "--weights", str(wide_weights)]
    assert main([*words, "--learned", "20", "30", "--draws", "2", "--out", str(out)]) == 0
    result = read_result(out, CalibrationResult)
    assert [(one.learned, one.epoch, one.photographs, one.seed) for one in result.trials] == [
        (learned, epoch, 15, seed) for learned in (20, 30) for seed in (0, 1) for epoch in ("last", "early", "chosen")
    ]
    for one in result.trials:
        assert (one.log_loss == one.log_loss_at_1) is (one.temperature == 1.0)
    assert [one.learned for one in result.rounded] == [20, 30]
    told = capsys.readouterr().out
    assert "8 bits as read" in told
    assert "of 2 |" in told
    assert main([*words, "--learned", "90", "--draws", "2", "--out", str(tmp_path / "other.json")]) == 1
    assert "has 100 photographs, too few to learn, fit and judge" in capsys.readouterr().err
    assert main([*words, "--learned", "1", "--out", str(tmp_path / "other.json")]) == 2
    assert json.loads(out.read_text())["kind"] == "calibration"
