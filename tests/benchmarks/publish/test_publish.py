"""Promises of the published documents: they are what the committed results say."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.__main__ import main
from benchmarks.publish.committed import Committed
from benchmarks.publish.document import measured_markdown
from benchmarks.publish.publish import BEGIN, END, best_few, with_table
from edge_app.common.errors import UsageError

ROOT = Path(__file__).parents[3]
RESULTS = ROOT / "results"


@pytest.fixture(scope="module")
def committed() -> Committed:
    return Committed(RESULTS)


def test_the_readme_says_what_the_results_say(committed: Committed) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert with_table(text, best_few(committed)) == text, "run: fieldlens bench experiment publish"


def test_the_page_of_all_results_says_what_they_say(committed: Committed) -> None:
    text = (ROOT / "docs/measured.md").read_text(encoding="utf-8")
    assert measured_markdown(committed) == text, "run: fieldlens bench experiment publish"


def test_every_committed_result_is_linked_once_or_more_and_every_link_leads_to_a_result(committed: Committed) -> None:
    text = measured_markdown(committed)
    enveloped = {name for name in committed.names() if Path(name).name not in ("run.json", "metrics.json")}
    linked = {part.partition(")")[0] for part in text.split("](../results/")[1:]}
    assert all((RESULTS / name).is_file() for name in linked)
    assert {name for name in enveloped if "/latency/" not in name} <= linked


@given(st.text(alphabet="ab |\n<>-é"), st.text(alphabet="ab |\n"), st.text(alphabet="ab |\n<>-é"))
def test_only_the_table_changes_and_a_second_time_nothing(before: str, inside: str, after: str) -> None:
    text = f"{before}{BEGIN}\n{inside}\n{END}{after}"
    made = with_table(text, "| new |")
    assert made == f"{before}{BEGIN}\n| new |\n{END}{after}"
    assert with_table(made, "| new |") == made


@pytest.mark.parametrize("text", ["", f"{BEGIN}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n\n{END}\n{BEGIN}\n\n{END}\n"])
def test_a_readme_without_one_place_for_the_table_is_one_sentence(text: str) -> None:
    with pytest.raises(UsageError, match="has no place for the table"):
        with_table(text, "| new |")


def test_check_tells_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme, page = tmp_path / "README.md", tmp_path / "measured.md"
    readme.write_text(f"{BEGIN}\n98.9 %, I swear\n{END}\n", encoding="utf-8")
    words = ["experiment", "publish", "--readme", str(readme), "--page", str(page), "--results", str(RESULTS)]
    assert main([*words, "--check"]) == 1
    assert capsys.readouterr().out.count("not what the results say") == 2
    assert "I swear" in readme.read_text(encoding="utf-8")
    assert not page.exists()
    assert main(words) == 0
    assert main([*words, "--check"]) == 0
    assert "I swear" not in readme.read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").startswith("# Measured results\n")
