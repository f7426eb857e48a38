"""Promises of the experiment on several seeds: every file sees the same photographs, none of which trained it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.publish.committed import Committed
from benchmarks.publish.document import report_page
from benchmarks.publish.other_sources import OtherSources
from benchmarks.results.envelope import read_result
from benchmarks.results.seeds import Seeds
from edge_app.demo.drawn_pets import write_drawings
from edge_app.model.card import read_own_card
from tests.conftest import Chain


def test_all_files_are_judged_on_their_test_split_and_elsewhere(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_drawings(tmp_path / "phone", 20, size=48)
    bundle, out = str(chain.models), tmp_path / "results" / "seeds.json"
    words = ["experiment", "seeds", bundle, bundle, "--against", bundle, bundle, "--names", "soup", "single"]
    words += ["--photos", str(chain.drawings), "--other-source", str(tmp_path / "phone"), "--out", str(out)]
    assert main(words) == 0
    result = read_result(out, Seeds)
    assert [(one.recipe, one.conversion) for one in result.files] == [
        (recipe, conversion) for recipe in ("soup", "single") for _ in (0, 1) for conversion in ("float32", "int8")
    ]
    with (chain.run / "splits.csv").open() as file:
        tested = [row for row in csv.DictReader(file) if row["split"] == "test" and not row["copy_of"]]
    card = read_own_card(chain.models / "tiny-float32.tflite").accuracy
    assert card is not None
    assert {one.own.photographs for one in result.files} == {len(tested)} == {card.photographs}
    assert result.files[0].own.accuracy.top1 == pytest.approx(card.top1), "what the conversion found on this split"
    assert {one.elsewhere.judgement.photographs for one in result.files} == {20}
    told = capsys.readouterr().out
    assert "soup against single, float32, own source: +0.00 points" in told
    assert "int8 against float32, soup, other source: " in told
    committed = Committed(out.parent)
    sha256 = result.files[0].elsewhere.sha256
    assert OtherSources(committed).cell("renamed.tflite", None, sha256).endswith("of 20, phone")
    assert "soup against single, float32, own source" in report_page(committed).html()
    more = words[words.index("--against") : words.index("--out")]
    assert main(["experiment", "seeds", str(out), *more, "--out", str(tmp_path / "again.json")]) == 0
    assert read_result(tmp_path / "again.json", Seeds).files == result.files, "as if judged again"
    words = [str(chain.models)] * 2 + ["--against", str(out), "--names", "newer", "single"]
    rest = more[more.index("--photos") :]
    assert main(["experiment", "seeds", *words, *rest, "--out", str(tmp_path / "named.json")]) == 0
    named = read_result(tmp_path / "named.json", Seeds).files
    assert named[4:] == result.files[4:], "the recipe of that name, though it is not the first"
    assert main(["experiment", "seeds", *words, *rest, "--out", str(out)]) == 1
    assert "--overwrite" in capsys.readouterr().err


def test_wrong_folders_and_counts_are_one_sentence(
    chain: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = str(chain.models)
    more = ["--photos", str(chain.drawings), "--other-source", str(chain.drawings), "--out", str(tmp_path / "x.json")]
    assert main(["experiment", "seeds", bundle, bundle, "--against", bundle, *more]) == 2
    assert (
        "as many seeds of both recipes and folders of at least one are needed, received `new` with 2 and `old` with 1"
        in (capsys.readouterr().err)
    )
    assert main(["experiment", "seeds", str(tmp_path), "--against", bundle, *more]) == 1
    assert f"`{tmp_path}` is no folder of converted files" in capsys.readouterr().err
