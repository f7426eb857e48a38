"""Promises of putting another card into a finished file: the network stays, the card is the new one."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from edge_app.common.errors import ModelFileError
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.card import ModelCard, read_own_card
from edge_app.model.card_writing import replace_card
from edge_app.model.classifier import Classifier
from edge_app.model.starter import STARTER
from tests.models import INT8

PHONE = MeasuredAccuracy.from_counts(89, 100, "my phone")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return Path(shutil.copy(STARTER, tmp_path / "mine.tflite"))


def test_the_card_is_new_and_every_byte_of_the_network_and_every_other_member_is_the_same(mine: Path) -> None:
    card, before = read_own_card(mine), mine.read_bytes()
    replace_card(mine, replace(card, other_source=PHONE))
    assert read_own_card(mine) == replace(card, other_source=PHONE)
    network = before.index(b"PK\x03\x04")
    assert mine.read_bytes()[:network] == before[:network]
    with zipfile.ZipFile(mine) as now, zipfile.ZipFile(STARTER) as then:
        assert now.namelist() == then.namelist()
        assert now.read("labels.txt") == then.read("labels.txt")
    assert Classifier(mine, threads=1).card.other_source == PHONE
    assert [path.name for path in mine.parent.iterdir()] == ["mine.tflite"]


def test_the_older_card_written_again_gives_the_older_file(mine: Path) -> None:
    card = read_own_card(mine)
    replace_card(mine, replace(card, other_source=PHONE))
    replace_card(mine, card)
    once = mine.read_bytes()
    replace_card(mine, card)
    assert mine.read_bytes() == once
    assert read_own_card(mine) == read_own_card(STARTER)


def test_a_file_of_somebody_else_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    other = Path(shutil.copy(INT8, tmp_path / "other.tflite"))
    with pytest.raises(ModelFileError, match="has no model card of FieldLens"):
        replace_card(other, read_own_card(STARTER))
    assert other.read_bytes() == INT8.read_bytes()


def test_a_damaged_archive_is_refused_and_the_file_stays_as_it_is(mine: Path) -> None:
    content = mine.read_bytes().replace(b"PK\x01\x02", b"PK\x01\x03")
    mine.write_bytes(content)
    with pytest.raises(ModelFileError, match="is damaged"):
        replace_card(mine, read_own_card(STARTER))
    assert mine.read_bytes() == content


def test_a_card_without_another_source_is_written_as_before_and_one_with_it_is_read_back() -> None:
    card = read_own_card(STARTER)
    assert "other_source" not in replace(card, other_source=None).to_json()
    assert ModelCard.from_json(replace(card, other_source=PHONE).to_json()).other_source == PHONE
