"""Promises of the fine-tuning experiment: strangers judge, all three learn from the same, and the folds may decide."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.experiments.few.draws import refuse_too_few
from benchmarks.experiments.tuning import Plan, TunedDraw, derived_from, learned_and_judges
from benchmarks.results.few import Judged
from edge_app.common.errors import DataError
from edge_app.demo.drawn_pets import write_drawings

TARGETS = np.repeat([0, 1], 20)


def test_no_photograph_both_trains_and_judges() -> None:
    learned, judges = learned_and_judges(TARGETS, 2, Plan(per_class=8, draws=1, decided=0, judges=10), seed=3)
    assert np.bincount(TARGETS[learned]).tolist() == [8, 8]
    assert len(judges) == 10
    assert not set(learned.tolist()) & set(judges.tolist())
    again, _ = learned_and_judges(TARGETS, 2, Plan(8, 1, 0, 10), seed=3)
    np.testing.assert_array_equal(learned, again)


def test_a_draw_that_leaves_no_judge_is_said() -> None:
    with pytest.raises(DataError, match="`cat` has 20 photographs, and 20 per class are to be drawn with others left"):
        refuse_too_few(("cat", "dog"), TARGETS, [20])


def test_gains_are_means_over_the_draws() -> None:
    def draw(tuned: float, loss: float) -> TunedDraw:
        return TunedDraw(0, 10, 10, Judged(0.8, 0.5), Judged(0.82, 0.4), Judged(tuned, loss), None, None, 1.0)

    gains = derived_from([draw(0.84, 0.4), draw(0.88, 0.2)])
    assert gains == pytest.approx(
        {
            "accuracy_over_scikit_learn": 0.06,
            "log_loss_over_scikit_learn": -0.2,
            "accuracy_over_head": 0.04,
            "log_loss_over_head": -0.1,
        }
    )


def test_all_three_are_judged_and_the_result_is_written(
    tmp_path: Path, narrow_weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_drawings(tmp_path / "pets", 100, size=40)
    out = tmp_path / "tuning.json"
    words = ["--weights", str(narrow_weights), "--image-size", "32", "--width", "0.35", "--epochs", "2"]
    plan = ["--of-each", "40", "--draws", "1", "--judges", "8"]
    assert main(["experiment", "tuning", "--photos", str(tmp_path / "pets"), *words, *plan, "--out", str(out)]) == 0
    content = json.loads(out.read_text())
    assert content["kind"] == "tuning"
    assert content["payload"]["recipe"]["epochs"] == 2
    (draw,) = content["payload"]["draws"]
    assert (draw["photographs"], draw["judges"], draw["decision"]) == (80, 8, None)
    assert draw["tuned"] != draw["head"]
    assert draw["head"]["log_loss"] == pytest.approx(draw["scikit_learn"]["log_loss"], abs=0.05)
    assert "fine-tuned" in capsys.readouterr().out
