"""`--trust`: the user says that a model file which carries code may be loaded."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

TRUST_OPTION = "--trust"

_TRUSTED: ContextVar[bool] = ContextVar("trusted", default=False)


def add_trust_option(parser: argparse._ActionsContainer) -> None:
    """Add the option; it means the same wherever a model is loaded that others may have made."""
    parser.add_argument(
        TRUST_OPTION, action="store_true", help="load a model whose file carries code; it runs with your rights"
    )


@contextmanager
def trusting(trust: bool) -> Iterator[None]:
    """Say inside the block whether files that carry code may be loaded; outside of any block they may not."""
    token = _TRUSTED.set(trust)
    try:
        yield
    finally:
        _TRUSTED.reset(token)


def is_trusted() -> bool:
    """Tell whether files that carry code may be loaded now."""
    return _TRUSTED.get()
