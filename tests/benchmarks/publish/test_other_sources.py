"""Promises of the column “other source”: the right file's number, or that nobody measured it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.publish.committed import Committed
from benchmarks.publish.document import report_page
from benchmarks.publish.other_sources import NOT_MEASURED, OtherSources, with_column
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import write_result
from benchmarks.results.judgement import ClassAccuracy, Judgement, pack_bits
from benchmarks.results.latency import LatencyResult
from benchmarks.results.other_source import Answered, FileElsewhere, LeftOut, OtherSource, derived
from edge_app.common.tables import Table
from edge_app.metrics.accuracy import MeasuredAccuracy
from tests.benchmarks.results.test_result import FILE, RESULT

OWN = MeasuredAccuracy.from_counts(1889, 2011, "test split of train")
BEFORE, AFTER = "2026-11-28T00:00:00+00:00", "2026-11-29T00:00:00+00:00"


def result(
    right: int, date: str = BEFORE, name: str = "models/pets-int8.tflite", sha256: str = "a" * 64
) -> OtherSource:
    """A file that is right on the first `right` of 8 photographs."""
    bits = pack_bits([place < right for place in range(8)])  # type: ignore[arg-type]  # packed like an array
    judgement = Judgement("my phone", 8, "5" * 64, bits, (ClassAccuracy("cat", right, 8),))
    file = FileElsewhere(name, sha256, "", OWN, judgement, Answered(0.8, 8, right, right - 1))
    return OtherSource(date, examine_device(), "my phone", None, ("runs/pets",), (), LeftOut(), (file,))


def written(folder: Path, *results: OtherSource) -> OtherSources:
    for number, one in enumerate(results):
        write_result(folder / f"{number}.json", one, derived(one))
    return OtherSources(Committed(folder))


def test_a_file_is_found_by_its_hash_or_by_its_name_and_its_own_accuracy(tmp_path: Path) -> None:
    found = written(tmp_path, result(6))
    shown = f"{MeasuredAccuracy.from_counts(6, 8, '')} of 8, my phone"
    assert found.cell("renamed.tflite", None, "a" * 64) == shown
    assert found.cell("pets-int8.tflite", OWN, "b" * 64) == shown, "the card was written anew"
    assert found.cell("pets-int8.tflite", replace(OWN, top1=0.9393337)) == shown, "results have seven digits"


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("pets-float32.tflite", OWN),
        ("pets-int8.tflite", MeasuredAccuracy.from_counts(1890, 2011, "")),
        ("pets-int8.tflite", None),
    ],
)
def test_another_file_is_not_taken_for_it(name: str, own: MeasuredAccuracy | None, tmp_path: Path) -> None:
    assert written(tmp_path, result(6)).cell(name, own, "b" * 64) == NOT_MEASURED


def test_of_several_measurements_the_latest_counts(tmp_path: Path) -> None:
    found = written(tmp_path, result(6, AFTER), result(5, BEFORE))
    assert found.cell("pets-int8.tflite", OWN).startswith("75.0%")


def test_the_column_stands_behind_the_one_that_is_named() -> None:
    head, rows = with_column(
        Table(("file", "accuracy", "ms"), [("a", "99%", "1"), ("b", "98%", "2")]), "accuracy", "xy"
    )
    assert head == ("file", "accuracy", "other source (95 %)", "ms")
    assert rows == [("a", "99%", "x", "1"), ("b", "98%", "y", "2")]


def test_the_report_has_both_numbers_side_by_side_and_the_column_in_the_table_of_times(tmp_path: Path) -> None:
    elsewhere = result(6, name=FILE.file, sha256=FILE.sha256)
    write_result(tmp_path / "phone" / "other_source.json", elsewhere, derived(elsewhere))
    timed: LatencyResult = replace(RESULT, files=(FILE,))
    write_result(tmp_path / "times" / "result.json", timed)
    html = report_page(Committed(tmp_path)).html().replace("\N{NO-BREAK SPACE}", " ")
    found = MeasuredAccuracy.from_counts(6, 8, "")
    own, other = re.escape(f"{OWN} of 2,011"), re.escape(f"{found} of 8")
    assert re.search(f"<td[^>]*>{own}</td><td[^>]*>{other}</td>", html)
    assert "my phone: 8 photographs (cat 8)" in html
    assert len(re.findall(r"<th[^>]*>other source \(95 %\)</th>", html)) == 2
    assert f"{found} of 8, my phone</td>" in html
