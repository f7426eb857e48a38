"""What the functions for Python share: paths as text or `Path`, and sentences in the words of Python."""

from __future__ import annotations

import os
import re
import reprlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge_app.common.errors import FieldLensError, UsageError

_OPTION = re.compile(r"--([a-z][a-z-]*)(?: (split|folds)\b)?")
_OTHER_NAMES = {"photos": "photographs", "image-size": "input_size"}
_SWITCHES = ("overwrite", "resume")


def as_path(value: Any, name: str) -> Path:
    """Return a path.

    Raises:
        UsageError: it is none.
    """
    if isinstance(value, str | os.PathLike) and str(value):
        return Path(value)
    raise UsageError(f"`{name}` must be a path, as text or `Path`; received {value!r}")


def described(image: Any) -> str:
    """Return shape and type of an array, as in `(4, 4) uint8`; anything else as Python writes it, shortened."""
    shape = getattr(image, "shape", None)
    return reprlib.repr(image) if shape is None else f"{shape} {image.dtype}"


def in_python(sentence: str) -> str:
    """Return a sentence with the options of the command line as arguments of Python: `overwrite=True`."""
    return _OPTION.sub(_argument, sentence)


@contextmanager
def python_words() -> Iterator[None]:
    """Let errors speak of arguments instead of the command line's options."""
    try:
        yield
    except FieldLensError as error:
        error.args = (in_python(str(error)), *error.args[1:])
        raise


def _argument(option: re.Match[str]) -> str:
    name, value = option.groups()
    if name in _SWITCHES:
        return f"{name}=True"
    return f"{_OTHER_NAMES.get(name, name).replace('-', '_')}=" + (f'"{value}"' if value else "")
