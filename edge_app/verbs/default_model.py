"""Which model runs where the user gives none."""

from __future__ import annotations

from pathlib import Path


def default_model(source: object) -> Path:
    """Return the demo's own model for its drawings, the starter for everything else; tell on stderr which it is.

    Args:
        source: as the user wrote it.

    Raises:
        ModelFileError: the installation lost it.
    """
    from edge_app.common.notices import note
    from edge_app.demo.demo_model import DEMO_MODEL, introduction
    from edge_app.model.starter import introduce
    from edge_app.sources.frames import DEMO

    if source != DEMO:
        return introduce()
    for sentence in introduction():
        note(sentence)
    return DEMO_MODEL
