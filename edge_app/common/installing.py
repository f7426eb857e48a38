"""What to run where a package is missing: a line that can be followed from where the user is.

FieldLens is installed from a clone, so `pip install '.[train]'` is right in that folder only. pip remembers where an
installed package came from (PEP 610), which gives the line for everywhere else.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from edge_app.common.errors import MissingDependencyError

NEWEST_FOR_TENSORFLOW = (3, 13)
"""The newest Python that TensorFlow 2.19 to 2.21 have wheels for; the `train` extra has the same bound."""

_TENSORFLOW_SIDE = ("tensorflow", "tf_keras", "tensorflow_hub", "tensorflow_model_optimization")


def refuse_missing(packages: Iterable[str], extra: str) -> None:
    """Refuse to begin what would fail in the middle.

    Args:
        packages: as they are imported.
        extra: of ours, which brings them.

    Raises:
        MissingDependencyError: one is not installed.
    """
    for package in packages:
        if find_spec(package) is None:
            raise MissingDependencyError(not_installed(package, extra))


def not_installed(package: str, extra: str) -> str:
    """Say that a package is missing and how to get it.

    Args:
        package: as it is imported.
        extra: of ours, which brings it: `train`.
    """
    if package in _TENSORFLOW_SIDE and sys.version_info[:2] > NEWEST_FOR_TENSORFLOW:
        here, newest = (".".join(map(str, version)) for version in (sys.version_info[:2], NEWEST_FOR_TENSORFLOW))
        return (
            f"`{package}` has no release for Python {here} yet; make an environment with Python 3.11 to {newest} for "
            "training and converting (the app and the benchmarks run with this one)"
        )
    return f"`{package}` is not installed; {how_to_install(extra)}"


def how_to_install(extra: str) -> str:
    """Return `run: …`, with a line that installs one of our extras from the current folder."""
    clone, editable = _origin()
    option = "-e " if editable else ""
    if _is_clone(Path.cwd()):
        return f"run: pip install {option}'.[{extra}]'"
    if clone is not None:
        return f"run: pip install {option}{shlex.quote(f'{clone}[{extra}]')}"
    return f"run this in a clone of FieldLens: pip install '.[{extra}]'"


def _origin() -> tuple[Path | None, bool]:
    """Return the clone that this install was made from, where it is still there, and whether it is an editable one."""
    import json
    from importlib.metadata import PackageNotFoundError, distribution
    from urllib.parse import unquote, urlsplit

    try:
        text = distribution("fieldlens").read_text("direct_url.json")
    except PackageNotFoundError:
        text = None
    facts: dict[str, Any] = json.loads(text) if text else {}
    address = urlsplit(str(facts.get("url", "")))
    editable = bool(facts.get("dir_info", {}).get("editable", False))
    clone = Path(unquote(address.path))
    return (clone if address.scheme == "file" and _is_clone(clone) else None), editable


def _is_clone(folder: Path) -> bool:
    try:
        return '\nname = "fieldlens"\n' in (folder / "pyproject.toml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
