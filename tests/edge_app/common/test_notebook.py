from __future__ import annotations

import re
import sys
from html import unescape
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import edge_app
from edge_app.common.notebook import Picture, html_paragraphs, html_scores, html_table
from edge_app.common.progress import Progress

TEXT = st.text(max_size=20)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4))
def test_whatever_a_cell_says_it_is_text(rows: list[tuple[str, str]]) -> None:
    shown = html_table(("name", "value"), rows)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", shown, re.DOTALL)
    assert [unescape(cell) for cell in cells] == [text for row in rows for text in row]
    assert set(re.findall(r"<(\w+)", shown)) == {"table", "thead", "tbody", "tr", "th", "td"}


def test_a_label_and_a_sentence_are_text_too() -> None:
    assert "<b>&lt;script&gt;</b>" in html_scores("<script>", [("<b>", 0.25)])
    assert "25.0%" in html_scores("a", [("b", 0.25)])
    assert html_paragraphs(["a < b"]) == "<p>a &lt; b</p>"


def test_a_picture_is_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    assert Picture(tmp_path / "a.png")._repr_png_() == b"\x89PNG"


def test_progress_moves_in_a_notebook(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    with Progress("reading", 1) as progress:
        progress.step()
    told = capsys.readouterr().err
    assert told.startswith("\rreading: 1 in")
    assert told.endswith("\n")


def test_the_package_shows_what_it_names() -> None:
    assert all(getattr(edge_app, name) is not None for name in edge_app.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'wings'"):
        _ = edge_app.wings
