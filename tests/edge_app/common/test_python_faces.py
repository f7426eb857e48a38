"""Promises of the functions for Python: a fault speaks of arguments, and what is no path is a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge_app.common.errors import OutputError, UsageError
from edge_app.common.python_faces import as_path, in_python, python_words


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("`x` exists already; add --overwrite to replace it", "`x` exists already; add overwrite=True to replace it"),
        ("because --validation split says so", 'because validation="split" says so'),
        ("give their folder with --photos", "give their folder with photographs="),
        ("choose another --image-size", "choose another input_size="),
        ("nothing to do", "nothing to do"),
    ],
)
def test_options_become_arguments(sentence: str, told: str) -> None:
    assert in_python(sentence) == told
    with pytest.raises(OutputError) as fault, python_words():
        raise OutputError(sentence)
    assert str(fault.value) == told


@pytest.mark.parametrize("value", [None, 3, "", ["pets"], 0.5])
def test_what_is_no_path_is_told(value: Any) -> None:
    with pytest.raises(UsageError, match="`out` must be a path, as text or `Path`; received"):
        as_path(value, "out")


def test_text_and_paths_are_paths() -> None:
    assert as_path("a/b", "out") == as_path(Path("a/b"), "out") == Path("a/b")
