"""The example of docs/api.md, run as it stands there, on drawn pets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from edge_app.demo.drawn_pets import write_drawings

ROOT = Path(__file__).parent.parent.parent


def test_the_example_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.DOTALL)
    write_drawings(tmp_path / "photos" / "pets", 240, size=64)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(example, "docs/api.md", "exec"), names)
    assert names["made"].recommended in names["made"].files
    assert names["prediction"].label in ("cat", "dog")
    assert [row[0] for row in names["measured"].rows] == [path.name for path in names["made"].files]
    recipe = names["run"].record.record["recipe"]
    assert (recipe["input_size"], recipe["epochs"], len(names["run"].history)) == (64, 2, 2)
    assert "120" in names["photographs"]._repr_html_()
    assert names["open_run"]("runs/pets").history == names["run"].history
