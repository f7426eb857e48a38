"""Small facts that are worth keeping between runs, in the user's cache folder; losing them costs time only."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from edge_app.common.atomic_files import write_bytes
from edge_app.common.errors import OutputError

_MOST_FACTS = 200  # the oldest go first


def cache_folder() -> Path:
    """Return where this user keeps caches: `$XDG_CACHE_HOME/fieldlens`, or the system's usual place."""
    chosen = os.environ.get("XDG_CACHE_HOME")
    if chosen and Path(chosen).is_absolute():  # the XDG specification ignores relative ones
        return Path(chosen) / "fieldlens"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "fieldlens"
    return (Path.home() / "Library" / "Caches" if sys.platform == "darwin" else Path.home() / ".cache") / "fieldlens"


def recall(name: str, key: str) -> Any:
    """Return what was remembered; None where nothing was, or where it cannot be read.

    Args:
        name: of the file.
        key: in the file.
    """
    return _read(name).get(key)


def remember(name: str, key: str, value: Any) -> bool:
    """Keep a fact; return whether it could be written.

    Args:
        name: of the file.
        key: in the file.
        value: what JSON can hold.
    """
    facts = _read(name)
    facts.pop(key, None)
    facts[key] = value
    for oldest in list(facts)[:-_MOST_FACTS]:
        del facts[oldest]
    with suppress(OutputError, OSError, RuntimeError):  # RuntimeError: this user has no home
        write_bytes(cache_folder() / name, (json.dumps(facts, indent=1) + "\n").encode(), durable=False)
        return True
    return False


def _read(name: str) -> dict[str, Any]:
    with suppress(OSError, ValueError, RuntimeError):
        facts = json.loads((cache_folder() / name).read_text(encoding="utf-8"))
        return facts if isinstance(facts, dict) else {}
    return {}
