"""Promises of the page of all results: everything that is committed is on it, and nothing foreign."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import main
from benchmarks.publish.committed import Committed
from benchmarks.publish.document import report_page
from benchmarks.publish.measures import SECTIONS
from benchmarks.results.latency import LatencyResult
from edge_app.common.errors import ResultError
from edge_app.model.starter import STARTER
from tests.benchmarks.results.test_result import RESULT

RESULTS = Path(__file__).parents[3] / "results"


def test_the_page_of_what_is_committed_needs_nothing_beside_it() -> None:
    results = Committed(RESULTS)
    html = report_page(results).html()
    assert "<script" not in html
    assert set(re.findall(r'(?:src|href)="([\w.:/]{0,14})', html)) == {"data:image/png"}
    for section in SECTIONS:
        assert f"<h2>{section.title}</h2>" in html
    for name in results.names("**/*.json"):
        if Path(name).name not in ("run.json", "metrics.json") and "/latency/" not in name:
            assert f"results/{name}" in html
    assert ", missed</td>" in html
    assert "No results here" not in html


def test_what_is_missing_is_named_in_one_line(tmp_path: Path) -> None:
    shutil.copy(RESULTS / "soak.json", tmp_path)
    html = report_page(Committed(tmp_path)).html()
    (line,) = re.findall(r'<p class="note">(No results here .*)</p>', html)
    missing = [section.title for section in SECTIONS if section.title != "Robustness"]
    assert line == f"No results here for: {', '.join(missing)}."


def test_the_page_of_a_users_measurements_has_nothing_of_what_a_clone_brings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`results/` lies in every clone; `run` writes elsewhere, and `report` reads there."""

    def measure(*_models: Any, **_options: Any) -> LatencyResult:
        return RESULT

    (tmp_path / "results").mkdir()
    shutil.copy(RESULTS / "soak.json", tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("benchmarks.measure.protocol.measure.measure", measure)
    assert main(["run", str(STARTER)]) == 0
    (written,) = (tmp_path / "measurements").iterdir()
    assert main(["report"]) == 0
    html = (tmp_path / "report.html").read_text()
    assert f"measurements/{written.name}/result.json" in html
    assert "pets-int8.tflite" in html
    assert "soak" not in html
    assert main(["report", "--results", "results", "--out", "published.html"]) == 0
    assert "results/soak.json" in (tmp_path / "published.html").read_text()


def test_a_result_under_any_name_is_shown_by_its_kind(tmp_path: Path) -> None:
    shutil.copy(RESULTS / "peers-int8.json", tmp_path / "monday.json")
    shutil.copy(RESULTS / "soak.json", tmp_path / "tuesday.json")
    html = report_page(Committed(tmp_path)).html()
    assert "<h3>Each runtime</h3>" in html
    assert "<td>tflite-runtime</td>" in html
    assert re.search(r"<h2>Other results</h2>.*experiment soak.*tuesday\.json", html, re.DOTALL)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "cannot be read"),
        ("[1]", "is no result of FieldLens"),
        ('{"recipe": "apple pie"}', "is no result of FieldLens"),
        (json.dumps({"kind": "pie", "schema": 1, "date": "2026-11-28", "device": None, "payload": {}}), "kind `pie`"),
        (
            json.dumps(
                {"kind": "training", "schema": 1, "date": "2026-11-28", "device": None, "payload": {"derived": [1]}}
            ),
            "`derived` is no object",
        ),
        (
            json.dumps(
                {"kind": "training", "schema": 1, "date": "2026-11-28", "device": None, "payload": {"repeats": [{}]}}
            ),
            "lacks what “Recipes, with several seeds” shows",
        ),
    ],
)
def test_a_foreign_file_is_one_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "a.json").write_text(content, encoding="utf-8")
    with pytest.raises(ResultError, match=sentence) as caught:
        report_page(Committed(tmp_path))
    assert "a.json" in str(caught.value)


def test_an_empty_folder_and_an_older_page_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "report.html"
    assert main(["report", "--results", str(tmp_path / "none"), "--out", str(page)]) == 1
    assert "holds no results" in capsys.readouterr().err
    page.write_text("older", encoding="utf-8")
    assert main(["report", "--results", str(RESULTS), "--out", str(page)]) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") == "older"
