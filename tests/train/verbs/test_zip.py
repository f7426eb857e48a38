"""Verbs of `train` take a ZIP file where a folder of photographs is; how it is unpacked is tested with `edge_app`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from edge_app.photographs.folders import find_photographs
from tests.train.data.test_splits import write
from train.__main__ import main


@pytest.fixture(autouse=True)
def cache(fresh_cache: None) -> None:
    """Nothing was unpacked before."""


def test_verbs_take_a_zip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "pets", red=4, blue=4)
    shutil.make_archive(str(tmp_path / "pets"), "zip", tmp_path / "pets")
    assert main(["group", str(tmp_path / "pets.zip"), "--dry-run"]) == 0
    assert "8 photographs in 8 groups" in capsys.readouterr().out
    assert main(["group", str(tmp_path / "pets.zip")]) == 2
    assert "groups.csv lies beside the photographs; unpack it" in capsys.readouterr().err
    out = tmp_path / "more"
    assert main(["augment", str(tmp_path / "pets.zip"), str(out), "--copies", "1"]) == 0
    assert len(find_photographs(out).files) > 8
    assert main(["screen", str(tmp_path / "pets.zip"), "--out", str(tmp_path / "screened")]) == 0
    assert (tmp_path / "screened" / "screening.html").is_file()
