"""Promises of `train --help`: what most people need fits on a screen or two, and `--help-all` has the rest."""

from __future__ import annotations

import re

import pytest

from train.__main__ import main
from train.augment.augmentation import Augmentation
from train.recipes import Recipe
from train.settings import fields_of


def help_of(*words: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_help_shows_about_ten_options_and_says_where_the_others_are(capsys: pytest.CaptureFixture[str]) -> None:
    told = help_of("fit", "--help", capsys=capsys)
    shown = re.findall(r"^  (--[a-z-]+)", told, re.MULTILINE)
    assert shown == [
        *(
            "--help-all",
            "--recipe",
            "--out",
            "--convert",
            "--overwrite",
            "--resume",
            "--dry-run",
            "--seed",
            "--validation",
            "--teacher",
            "--neither",
        ),
        *("--image-size", "--epochs"),
    ]
    assert re.search(r"\d+ more options: .*--help-all", told)


def test_help_all_shows_every_setting_of_recipe_and_augmentation(capsys: pytest.CaptureFixture[str]) -> None:
    told = help_of("fit", "--help-all", capsys=capsys)
    for settings in (Recipe, Augmentation):
        for field in fields_of(settings):
            assert f"  {field.option} " in told or f"  {field.option}\n" in told
    assert "more options" not in told
