"""What the README's blocks are taken for."""

from __future__ import annotations

from tests.newcomer.blocks import blocks_of
from tests.places import REPOSITORY


def test_commands_stand_without_comments_under_their_heading() -> None:
    text = "# A\n\n## B\n\n```sh\nmake demo   # all of it\n# alone\n\npip install '.[x]' && a#b\n```\n"
    text += "\n```python\nx = 1\n```\n"
    shell, python = blocks_of(text)
    assert (shell.heading, shell.commands) == ("B", ["make demo", "pip install '.[x]' && a#b"])
    assert (python.language, python.content) == ("python", "x = 1\n")


def test_the_readme_has_blocks_to_follow() -> None:
    blocks = blocks_of((REPOSITORY / "README.md").read_text(encoding="utf-8"))
    assert [block.heading for block in blocks][:3] == ["Start", "Start", "From your photographs to a live label"]
    assert all(block.commands for block in blocks)
