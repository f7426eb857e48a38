"""The console command of this checkout, whether or not it is installed: `python -m tests.docs.console app --help`."""

from __future__ import annotations

import tomllib
from importlib.metadata import EntryPoint

from edge_app.fieldlens import GROUP, main
from tests.docs.pages import ROOT

_PROGRAMS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"][GROUP]

if __name__ == "__main__":
    raise SystemExit(main(found=[EntryPoint(name, value, GROUP) for name, value in _PROGRAMS.items()]))
