import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from benchmarks.results.json_records import RecordError, from_json, json_text, rounded, to_json


@dataclass(frozen=True)
class Times:
    run_s: tuple[float, ...]
    order: tuple[int, str] = (0, "")

    def __post_init__(self) -> None:
        if not self.run_s:
            raise ValueError("no times")


@dataclass(frozen=True)
class Whole:
    name: str
    file: Path
    way: Literal["bare", "whole"]
    rounds: tuple[Times, ...]
    by_name: dict[str, Times]
    note: str | None = None
    key: tuple[str | int | float, ...] = ()
    valid: bool = True


WHOLE = Whole("a", Path("b/c"), "bare", (Times((0.1, 2.0), (3, "x")),), {"t": Times((1.0,))}, None, ("k", 1, 0.5))


def test_a_record_comes_back_as_it_was() -> None:
    assert from_json(Whole, json.loads(json_text(to_json(WHOLE)))) == WHOLE


def test_a_list_of_records_is_read_too() -> None:
    assert from_json(list[Times], [{"run_s": [1.5]}], "points") == [Times((1.5,))]
    with pytest.raises(RecordError, match=r"`points\[0\].run_s` is missing"):
        from_json(list[Times], [{}], "points")


def test_whole_numbers_are_read_as_the_floats_that_a_record_wants() -> None:
    found = from_json(Times, {"run_s": [1, 2]})
    assert [type(value) for value in found.run_s] == [float, float]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": 1}, "`name` must be a text, received 1"),
        ({"way": "half"}, "`way` must be 'bare' or 'whole', received \"half\""),
        ({"valid": 1}, "`valid` must be true or false, received 1"),
        ({"rounds": [{"run_s": [0.1, "x"]}]}, '`rounds[0].run_s[1]` must be a number, received "x"'),
        ({"rounds": [{"run_s": []}]}, "`rounds[0]`: no times"),
        ({"rounds": [{}]}, "`rounds[0].run_s` is missing"),
        ({"rounds": {}}, "`rounds` must be a list, received {}"),
        ({"by_name": {"t": {"run_s": [True]}}}, "`by_name.t.run_s[0]` must be a number, received true"),
        ({"rounds": [{"run_s": [1], "order": [1]}]}, "`rounds[0].order` must be a list of 2, received [1]"),
        ({"more": 1}, "`more` is unknown"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(RecordError) as told:
        from_json(Whole, {**to_json(WHOLE), **change})
    assert str(told.value) == sentence


def test_lists_of_numbers_take_one_line_however_long() -> None:
    text = json_text({"times": list(range(500)), "long": [{"name": "x" * 50}, {"name": "y" * 80}]})
    assert [len(line) > 1000 for line in text.splitlines()].count(True) == 1
    assert json.loads(text)["times"] == list(range(500))
    assert len(text.splitlines()) == 7


def test_rounding_reaches_every_float() -> None:
    assert rounded({"a": [0.123456789, 1], "b": {"c": 1.000000001}}, 3) == {"a": [0.123, 1], "b": {"c": 1.0}}
