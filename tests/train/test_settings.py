"""Promises of settings: what a field says once is what validation, options and the documents say."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from typing import Literal

import pytest

from edge_app.common.command_line import HelpfulParser
from edge_app.common.errors import UsageError
from train.models.architectures.custom_cnn import CUSTOM_CNN
from train.models.architectures.mobilenet_v2 import MOBILENET_V2
from train.recipes import Penalty, Recipe
from train.settings import Need, check_settings, fields_of, same_setting, setting, settings_table
from train.verbs.recipe_options import recipe_settings_table
from train.verbs.setting_options import add_setting_options, given_settings


@dataclass(frozen=True)
class Kettle:
    """What a test sets."""

    water_l: float = setting(1.0, "water to boil", option="--water", metavar="LITRES", within=(0.5, 2))
    power_w: int = setting(2000, "at most", words="power", metavar="WATTS", above=0, attempt="2000")
    whistle: bool = setting(True, "boil in silence")
    kind: Literal["gas", "electric"] = setting(
        "gas", "what heats it", needs=(Need("stoves that are on", "light it", lambda _: True),)
    )
    secret: int = setting(0, "nobody's business", option=None)

    def __post_init__(self) -> None:
        check_settings(self, "the kettle")


@dataclass(frozen=True)
class Samovar:
    """A larger one."""

    water_l: float = same_setting(Kettle, "water_l", 5.0, within=(1, 20))


def parsed(*words: str) -> argparse.Namespace:
    parser = HelpfulParser()
    add_setting_options(parser, Kettle)
    return parser.parse_args(list(words))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"water_l": 3.0}, "the kettle needs water from 0.5 to 2, received 3.0"),
        ({"water_l": float("nan")}, "the kettle needs water from 0.5 to 2, received nan"),
        ({"water_l": "1"}, "the kettle needs water as a number, received '1'"),
        ({"power_w": None}, "the kettle needs power as a number, received None"),
        ({"power_w": 0}, "the kettle needs power above 0, received 0; try 2000"),
        ({"kind": "coal"}, "unknown kind `coal`; choose one of gas, electric"),
    ],
)
def test_what_cannot_be_is_one_sentence(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        replace(Kettle(), **changes)
    assert str(caught.value) == sentence


def test_options_follow_from_fields_and_what_is_left_out_is_not_given() -> None:
    assert given_settings(parsed(), Kettle) == {}
    found = given_settings(parsed("--water", "1.5", "--no-whistle", "--kind", "electric"), Kettle)
    assert found == {"water_l": 1.5, "whistle": False, "kind": "electric"}


def test_a_setting_of_two_owners_is_written_once() -> None:
    (one, *_), (other,) = fields_of(Kettle), fields_of(Samovar)
    assert (other.default, other.setting.within) == (5.0, (1, 20))
    assert (other.option, other.setting.help) == (one.option, one.setting.help)


def test_the_table_of_the_documents_says_it_too() -> None:
    assert settings_table(Kettle).splitlines()[2:] == [
        "| `--water` | 0.5 to 2 | 1 | water to boil |  |",
        "| `--power-w` | above 0 | 2000 | at most |  |",
        "| `--no-whistle` |  | on | boil in silence |  |",
        "| `--kind` | `gas`, `electric` | gas | what heats it | stoves that are on |",
    ]
    assert "| `--width` | ALPHA | 1 | multiplier of the number of channels | mobilenet_v2 |" in recipe_settings_table()


def test_recipes_of_older_runs_are_read_field_by_field() -> None:
    """The names in `run.json` are those of the fields: what reads a run goes by them."""
    names = {field.name for field in fields_of(Recipe)} | {"name", "architecture", "augmentation"}
    assert {"input_size", "epochs", "learning_rate", "batch_size", "width", "soup", "filters", "penalties"} < names
    assert len(names) == 37


@pytest.mark.parametrize(
    ("base", "changes", "sentence"),
    [
        (CUSTOM_CNN, {"epochs": 0}, "the recipe `custom_cnn` needs epochs from 1 to 100000, received 0"),
        (MOBILENET_V2, {"epochs": -1}, "the recipe `mobilenet_v2` needs epochs from 0 to 100000, received -1"),
        (CUSTOM_CNN, {"pooling": "max"}, "unknown pooling `max`; choose one of flatten, average"),
        (CUSTOM_CNN, {"optimizer": "lion"}, "unknown optimizer `lion`; choose one of adam, adamw, sgd"),
    ],
)
def test_impossible_recipes_are_one_sentence(base: Recipe, changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        replace(base, **changes)
    assert str(caught.value) == sentence
    assert replace(MOBILENET_V2, epochs=0).epochs == 0  # the head alone


@pytest.mark.parametrize("l2", [-1.0, float("nan")])
def test_a_penalty_below_zero_is_one_sentence(l2: float) -> None:
    with pytest.raises(UsageError, match="penalties must be at least 0"):
        Penalty(l2=l2)
