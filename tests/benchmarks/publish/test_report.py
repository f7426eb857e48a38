"""Promises of the page of all results: everything that is committed is on it, and nothing foreign."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.publish.readme.committed import Committed
from benchmarks.publish.report.found import find_results
from benchmarks.publish.report.page import report_page
from edge_app.common.errors import ResultError

RESULTS = Path(__file__).parents[3] / "results"


def test_the_page_of_what_is_committed_needs_nothing_beside_it() -> None:
    results = Committed(RESULTS)
    html = report_page(find_results(results), results).html()
    assert "<script" not in html
    assert set(re.findall(r'(?:src|href)="([\w.:/]{0,14})', html)) == {"data:image/png"}
    for heading in ("Goals", "Latency", "Training", "Conversion"):
        assert f"<h2>{heading}</h2>" in html
    assert "not reached</td>" in html


def test_what_is_missing_is_named_in_one_line(tmp_path: Path) -> None:
    shutil.copy(RESULTS / "soak.json", tmp_path)
    results = Committed(tmp_path)
    html = report_page(find_results(results), results).html()
    (line,) = re.findall(r'<p class="note">(No result here .*)</p>', html)
    assert line.startswith(
        "No result here for sweep, latency, sustained, operators, peers, papers, training, conversion."
    )
    assert "custom CNN taught by MobileNetV2" in line
    assert "slowest recovery" not in line


TRAINING = """{"kind": "training", "schema": 1, "date": "2026-11-28", "device": null,
 "payload": {"experiment": "x", "repeats": [{}]}}"""


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "cannot be read"),
        ("[1]", "not a JSON object"),
        ('{"recipe": "apple pie"}', "is no result of FieldLens"),
        (TRAINING, "lacks what the section `Training` shows"),
    ],
)
def test_a_foreign_file_is_one_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "a.json").write_text(content, encoding="utf-8")
    results = Committed(tmp_path)
    with pytest.raises(ResultError, match=sentence) as caught:
        report_page(find_results(results), results)
    assert "a.json" in str(caught.value)


def test_an_empty_folder_and_an_older_page_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "report.html"
    assert main(["report", "--results", str(tmp_path / "none"), "--out", str(page)]) == 1
    assert "holds no results" in capsys.readouterr().err
    page.write_text("older", encoding="utf-8")
    assert main(["report", "--results", str(RESULTS), "--out", str(page)]) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") == "older"
