"""The papers by name: what each asks here, and where it is from. Imports nothing heavy: `--help` reads it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One paper.

    Attributes:
        name: on the command line, and of the result.
        question: that is asked of the photographs.
        reference: where the effect was described.
        seeds: how many by default.
    """

    name: str
    question: str
    reference: str
    seeds: int


CATALOGUE = {
    entry.name: entry
    for entry in (
        Entry(
            "dropout",
            "what does dropout gain, and how many more iterations does it take?",
            "Srivastava et al., JMLR 15 (2014) 1929–1958",
            seeds=3,
        ),
        Entry(
            "variance-shift",
            "do dropout and batch norm get in each other's way?",
            "Li et al., CVPR 2019 (arXiv:1801.05134)",
            seeds=3,
        ),
        Entry(
            "double-descent",
            "does the test risk fall again beyond the interpolation threshold?",
            "Belkin et al., PNAS 116 (2019) 15849–15854 (arXiv:1812.11118)",
            seeds=5,
        ),
        Entry(
            "data-size",
            "what do more photographs bring, with and without augmentation?",
            "Sun et al., ICCV 2017 (arXiv:1707.02968)",
            seeds=3,
        ),
    )
}
"""In the order of `papers all`."""
