"""Promises about memory: what fits is kept, what does not is streamed, and the user has the last word."""

from __future__ import annotations

from train.data.memory import MEMORY_SHARE, memory_bytes, streams


def test_photographs_are_streamed_when_they_would_take_more_than_the_share() -> None:
    limit = int(MEMORY_SHARE * memory_bytes())
    assert not streams("auto", limit)
    assert streams("auto", limit + 1)
    assert streams("always", 0)
    assert not streams("never", 100 * memory_bytes())


def test_the_memory_is_that_of_a_machine() -> None:
    assert 2**28 < memory_bytes() < 2**45
