"""Promises of the experiment on few photographs: others judge, peers have the same folds, `train` says the same."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.few.draws import Featured, Wanted, drawn, judge
from benchmarks.experiments.few.peers import AS_IT_COMES, BY_LOG_LOSS, CONVERGED
from benchmarks.results.envelope import read_result
from benchmarks.results.few import FewPhotographs, FewRun
from edge_app.model.card import Size
from edge_app.teaching.head import cross_validate
from tests.edge_app.teaching.clouds import clouds
from tests.pictures import write_photographs
from train.evaluation.cross_validation import evaluate_cross_validation


def _featured(per_class: int, apart: float = 0.4) -> Featured:
    features, targets = clouds(per_class, width=30, apart=apart)
    return Featured(features, targets, tuple(map(str, range(len(targets)))), ("a", "b", "c"), "")


def test_draws_have_as_many_of_each_class_and_larger_ones_contain_smaller_ones() -> None:
    targets = np.arange(90) % 3
    small, large = (drawn(targets, 3, count, seed=7) for count in (4, 20))
    assert np.bincount(targets[small]).tolist() == [4, 4, 4]
    assert np.bincount(targets[large]).tolist() == [20, 20, 20]
    assert set(small) < set(large)
    assert set(drawn(targets, 3, 4, seed=8)) != set(small)


def test_others_judge_and_the_converged_peer_is_the_same_kind_of_head() -> None:
    draw, statement = judge(_featured(60), Wanted(20, 3, with_peers=True))
    assert draw is not None
    assert (draw.others, statement.others) == (120, 120)
    assert set(draw.peers) == {AS_IT_COMES, BY_LOG_LOSS, CONVERGED}
    assert draw.ours.accuracy == statement.judged
    assert draw.peers[CONVERGED].accuracy == pytest.approx(draw.ours.accuracy, abs=0.03)
    assert draw.peers[CONVERGED].log_loss == pytest.approx(draw.ours.log_loss, abs=0.05)


def test_the_statement_is_the_one_of_train() -> None:
    photographs = _featured(20)
    learned = drawn(photographs.targets, 3, 8, seed=1)
    features, targets = photographs.features[learned], photographs.targets[learned]
    groups = [photographs.groups[place] for place in learned]
    stated = evaluate_cross_validation(cross_validate(features, targets, 3, groups), targets, 3, "", groups)
    draw, statement = judge(photographs, Wanted(8, 1, with_peers=False))
    assert draw is None
    accuracy = stated.test.accuracy
    assert (statement.stated, statement.low, statement.high) == (accuracy.top1, accuracy.low, accuracy.high)


def test_the_command_writes_what_it_measured(
    wide_weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photographs = write_photographs(tmp_path / "pets", 7, ("cat", "dog"), Size(64, 64))
    words = ["experiment", "few", "--photos", str(photographs), "--weights", str(wide_weights)]
    out = tmp_path / "few" / "pets.json"
    counts = ["--per-class", "3", "5", "--draws", "2", "--coverage-draws", "3"]
    assert main([*words, *counts, "--out", str(out)]) == 0
    result = read_result(out, FewPhotographs)
    assert [(one.per_class, one.seed, one.others) for one in result.draws] == [
        (3, 0, 8),
        (3, 1, 8),
        (5, 0, 4),
        (5, 1, 4),
    ]
    assert [one.seed for one in result.statements] == [0, 1, 2, 0, 1, 2]
    assert (result.folder, result.labels, result.photographs) == ("pets", ("cat", "dog"), 14)
    assert out.with_suffix(".png").stat().st_size > 10_000
    assert "LogisticRegressionCV as it comes" in capsys.readouterr().out

    run = tmp_path / "few" / "run.json"
    assert main([*words, "--time-run", "5", "--out", str(run)]) == 0
    timed = read_result(run, FewRun)
    assert (timed.per_class, timed.photographs) == (5, 10)
    assert timed.duration_s > sum(timed.timings_s[stage] for stage in ("reading", "head")) > 0.0
    assert "cross-validation on 10 photographs of pets" in timed.stated


def test_what_is_missing_or_too_small_is_said(
    wide_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    photographs = write_photographs(tmp_path / "pets", 3, ("cat", "dog"), Size(64, 64))
    words = ["experiment", "few", "--photos", str(photographs), "--weights", str(wide_weights)]
    out = ["--out", str(tmp_path / "few.json")]
    assert main([*words, "--per-class", "3", *out]) == 1
    assert "`cat` has 3 photographs, and 3 per class are to be drawn" in capsys.readouterr().err
    assert main([*words, "--per-class", "1", *out]) == 2
    assert main([*words, "--two-commands", "1", *out]) == 2
    assert main([*words, "--two-commands", "3", *out]) == 1
    assert "`cat` has 3 photographs, and 3 per class are to be drawn" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    assert main([*words, "--per-class", "2", *out]) == 1
    assert "scikit-learn is not installed; pip install 'scikit-learn>=1.5'" in capsys.readouterr().err
    assert not (tmp_path / "few.json").exists()
