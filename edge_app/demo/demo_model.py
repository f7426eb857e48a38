"""The model of the demo: it tells the drawn cats and dogs of `--source demo`, and was trained on nothing but drawings.

The starter was trained on photographs, and is often wrong about drawings.
"""

from __future__ import annotations

from pathlib import Path

DEMO_MODEL = Path(__file__).parent / "drawn-pets-int8.tflite"
"""A small custom CNN; bytes in, bytes out. `results/README.md` has the commands that made it."""


def introduction() -> tuple[str, str]:
    """Return a line about the model, from its own card, and one about what to do next.

    Raises:
        ModelFileError: the installation lost it.
    """
    from edge_app.model.card import read_own_card

    accuracy = read_own_card(DEMO_MODEL).accuracy
    worth = "" if accuracy is None else f", right on {accuracy.top1:.1%} of {accuracy.photographs:,} it never saw"
    return (
        f"no MODEL given, so using the demo's own, which tells drawn cats from drawn dogs{worth}",
        "photographs of cats and dogs are for the starter: fieldlens app --source 0 (a camera) or a folder; "
        "teach labels of your own: fieldlens teach cup,phone,nothing --out photos/desk --train",
    )
