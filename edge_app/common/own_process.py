"""Our own modules in a fresh Python process, whatever lies in the user's current folder.

`python -m train` looks into the current folder first, where a `train.py` of the user's would run instead of ours.
"""

from __future__ import annotations

import sys
from pathlib import Path

_ROOT = Path(__file__).parent.parent.parent  # of the packages: a checkout, or site-packages
_START = (
    "import runpy, sys; root, module = sys.argv[1:3]; del sys.argv[1:3]; "
    "sys.path[:0] = [] if root in sys.path else [root]; runpy.run_module(module, run_name='__main__', alter_sys=True)"
)


def python_command(module: str, *words: str) -> list[str]:
    """Return the command that does what `python -m MODULE WORDS…` does, with our module and no other one.

    Args:
        module: of ours, as in `train` or `edge_app.web.server`.
        words: its arguments.
    """
    return [sys.executable, "-P", "-c", _START, str(_ROOT), module, *words]
