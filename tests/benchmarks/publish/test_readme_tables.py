"""Promises of the README's tables: they are what the committed results say, and a verdict follows from its number."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.__main__ import main
from benchmarks.publish.readme.blocks import rewrite
from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.readme.goals import Goal, all_goals
from benchmarks.publish.readme.registry import all_rows
from benchmarks.publish.readme.tables import TABLES
from benchmarks.publish.readme.units import PERCENT
from edge_app.common.errors import ResultError, UsageError

ROOT = Path(__file__).parents[3]
RESULTS = ROOT / "results"
README = (ROOT / "docs/measured.md").read_text(encoding="utf-8")


def test_the_readme_says_what_the_results_say() -> None:
    made = rewrite(README, Committed(RESULTS), TABLES)
    assert made.stale == (), "run: python -m benchmarks experiment readme"
    assert made.text == README
    assert all(f"<!-- table: {name} -->" in README for name in TABLES)


def test_a_verdict_follows_from_the_number_in_the_file(tmp_path: Path) -> None:
    content = json.loads((RESULTS / "training/mobilenet_v2.json").read_text(encoding="utf-8"))
    path = tmp_path / "training/mobilenet_v2.json"
    path.parent.mkdir()
    verdicts = []
    for accuracy in (0.9889, 0.9890):
        for repeat in content["payload"]["repeats"]:
            repeat["test"]["accuracy"] = accuracy
        path.write_text(json.dumps(content), encoding="utf-8")
        (row,) = all_rows(Committed(tmp_path))
        assert row.measured.startswith(f"{100 * accuracy:.2f} %; 3 seeds")
        verdicts.append(row.verdict)
    assert verdicts == ["not reached", "reached"]


@given(limit=st.floats(-1e3, 1e3), distance=st.floats(1e-6, 1e3))
def test_a_limit_itself_is_reached_and_what_lies_beyond_is_not(limit: float, distance: float) -> None:
    least, most = Goal("a", 1, "least", limit, PERCENT), Goal("b", 1, "most", limit, PERCENT)
    assert least.verdict(limit) == most.verdict(limit) == "reached"
    assert (least.verdict(limit - distance), most.verdict(limit + distance)) == ("not reached", "not reached")
    assert (least.verdict(limit + distance), most.verdict(limit - distance)) == ("reached", "reached")


def test_nothing_that_may_be_judged_is_not_reached() -> None:
    assert {goal.verdict(None) for goal in all_goals()} == {"not reached"}


def test_every_goal_has_a_name_of_its_own() -> None:
    goals = all_goals()
    assert len({goal.what for goal in goals}) == len(goals)


def test_what_is_not_measured_has_no_row(tmp_path: Path) -> None:
    results = Committed(tmp_path)
    assert all_rows(results) == ()
    assert {table(results) for table in TABLES.values()} == {"Not measured yet."}


def test_a_result_without_the_number_of_its_row_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "soak.json").write_text('{"date": "2026-11-25", "fps": 30}', encoding="utf-8")
    with pytest.raises(ResultError, match=r"lacks what the row `soak_rows` tells \(KeyError: 'samples'\)"):
        all_rows(Committed(tmp_path))


def test_the_day_of_a_commit_is_told_as_one(tmp_path: Path) -> None:
    shutil.copytree(RESULTS / "small", tmp_path / "small")
    assert Committed(tmp_path).source("small/metrics.json").date == "by 2026-11-28"
    run = tmp_path / "small/run.json"
    content = json.loads(run.read_text(encoding="utf-8"))
    run.write_text(json.dumps({**content, "date": "2026-11-28T05:07:46+00:00"}), encoding="utf-8")
    assert Committed(tmp_path).source("small/metrics.json").date == "2026-11-28"
    run.write_text(json.dumps({**content, "date": "", "device": {}}), encoding="utf-8")
    source = Committed(tmp_path).source("small/metrics.json")
    assert (source.machine, source.date) == ("not recorded", "not recorded")


@given(st.text(alphabet="ab |\n<>-é"), st.text(alphabet="ab |\n"), st.text(alphabet="ab |\n<>-é"))
def test_only_blocks_change_and_a_second_time_nothing(before: str, inside: str, after: str) -> None:
    tables = {"one": lambda results: "| new |"}
    paper = f"{before}<!-- table: one -->{inside}<!-- end -->{after}"
    made = rewrite(paper, Committed(RESULTS), tables)
    assert made.text == f"{before}<!-- table: one -->\n| new |\n<!-- end -->{after}"
    assert rewrite(made.text, Committed(RESULTS), tables).stale == ()


@pytest.mark.parametrize(
    ("paper", "sentence"),
    [
        ("<!-- table: goals -->", "has no end"),
        ("<!-- table: goals --><!-- table: runs --><!-- end -->", "has no end"),
        ("<!-- end -->", "ends no table"),
        ("<!-- table: elves --><!-- end -->", "no table is called `elves`"),
    ],
)
def test_broken_blocks_are_told(paper: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        rewrite(paper, Committed(RESULTS), TABLES)


def test_check_tells_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paper = tmp_path / "paper.md"
    paper.write_text("<!-- table: runs -->\n98.9 %, I swear\n<!-- end -->\n", encoding="utf-8")
    words = ["experiment", "readme", "--readme", str(paper), "--results", str(RESULTS)]
    assert main([*words, "--check"]) == 1
    assert "not what the results say: runs" in capsys.readouterr().out
    assert "I swear" in paper.read_text(encoding="utf-8")
    assert main(words) == 0
    assert main([*words, "--check"]) == 0
    assert "I swear" not in paper.read_text(encoding="utf-8")
