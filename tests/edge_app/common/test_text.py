"""Promises of tables, reports and progress."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.common.progress import Progress, human_time
from edge_app.common.report_page import ReportPage
from edge_app.common.tables import text_table


def test_a_table_is_aligned_markdown_with_numbers_to_the_right() -> None:
    assert text_table(("file", "ms"), [("a.tflite", "2.10"), ("b", "12.00")]).splitlines() == [
        "| file     |    ms |",
        "| -------- | ----: |",
        "| a.tflite |  2.10 |",
        "| b        | 12.00 |",
    ]


@given(st.lists(st.tuples(st.text("ab1 ", max_size=9), st.text("ab1 ", max_size=9)), max_size=6))
def test_every_line_of_a_table_is_equally_long(rows: list[tuple[str, str]]) -> None:
    assert len({len(line) for line in text_table(("one", "two"), rows).splitlines()}) == 1


@pytest.mark.parametrize(
    ("duration_s", "text"), [(0.2, "0 s"), (99, "99 s"), (120, "2 min"), (5940, "99 min"), (6300, "1 h 45 min")]
)
def test_durations_read_as_people_say_them(duration_s: float, text: str) -> None:
    assert human_time(duration_s) == text


def test_progress_in_a_log_tells_the_end_and_not_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("reading", 1000) as progress:
        for _ in range(1000):
            progress.step()
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["reading: 1,000 in 0 s"]


def test_progress_tells_the_time_left(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 20.0, 40.0])
    monkeypatch.setattr("edge_app.common.progress.time.monotonic", lambda: next(clock))
    with Progress("training", 100) as progress:
        progress.reach(10, "loss 0.5")
    assert capsys.readouterr().err.splitlines()[0] == "training: 10/100  3 min left  loss 0.5"


def test_a_report_escapes_everything_and_stands_alone(tmp_path: Path) -> None:
    picture = tmp_path / "plot.png"
    assert cv2.imwrite(str(picture), np.zeros((4, 4, 3), np.uint8))
    page = ReportPage("<script>alert(1)</script>")
    page.heading("a & b")
    page.paragraph("<b>", "note")
    page.table(("<i>", "n"), [("<u>", "12")])
    page.picture(picture, 'a "plot"')
    html = page.html()
    for raw in ("<script>", "<b>", "<i>", "<u>", "a & b"):
        assert raw not in html
    assert '<td class="number">12</td>' in html
    assert "<td>&lt;u&gt;</td>" in html
    assert "data:image/png;base64," in html
    assert 'src="http' not in html


def test_a_wide_table_is_a_list_on_a_phone_and_a_small_one_shares_its_row(tmp_path: Path) -> None:
    picture = tmp_path / "plot.png"
    assert cv2.imwrite(str(picture), np.zeros((4, 352, 3), np.uint8))
    page = ReportPage("pets")
    page.heading("small")
    page.picture(picture, "plot")
    page.table(("class", "recall"), [("cat", "90.0%")])
    page.heading("another")
    page.table(("class", "recall"), [("cat", "90.0%")])
    page.heading("wide")
    page.table(("file", "accuracy, %", 'the "rest" </style>'), [("a.tflite", "90.0 (80.0 to 95.0)", "word " * 9)] * 2)
    page.table(("file", "accuracy, %", "against Keras"), [("a.tflite", "90.0 (80.0 to 95.0)", "0.1 (0.0 to 0.2)")])
    page.heading("words alone")
    page.paragraph("one")
    page.heading("alone")
    page.table(("class", "recall"), [("cat", "90.0%")])
    html = page.html()
    assert "<section>\n<h2>small</h2>" in html
    assert '<section class="wide">\n<h2>wide</h2>' in html
    assert '<section class="wide">\n<h2>words alone</h2>' in html
    assert '<section class="wide">\n<h2>alone</h2>' in html, "nothing stands beside it"
    assert html.count('class="table stack"') == 1
    assert '#stack1 td:nth-child(2)::before{content:"accuracy, %: "}' in html
    assert html.count("</style>") == 2  # the page's and the table's: a heading cannot end one


def test_small_pictures_have_their_caption_for_those_who_cannot_see_them() -> None:
    page = ReportPage("pets")
    page.gallery([([b"jpeg"], 'a "cat"')])
    assert '<img alt="a &quot;cat&quot;" src="data:image/jpeg;base64,' in page.html()
