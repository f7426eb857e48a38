"""The commands of the README, in order, as they stand there."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block.

    Attributes:
        heading: of its section.
        language: `sh` or `python`.
        content: what stands in it.
    """

    heading: str
    language: str
    content: str

    @property
    def commands(self) -> list[str]:
        """One per line, without comments."""
        lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in self.content.splitlines())
        return [line for line in lines if line]


def blocks_of(markdown: str) -> list[Block]:
    """Return the fenced blocks of a document."""
    blocks = []
    for fence in _FENCE.finditer(markdown):
        headings = re.findall(r"^#+ (.*)$", markdown[: fence.start()], re.MULTILINE)
        blocks.append(Block(headings[-1] if headings else "", fence[1], fence[2]))
    return blocks
