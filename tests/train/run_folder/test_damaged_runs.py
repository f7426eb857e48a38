"""A promise of every reader of run folders: what is damaged is told in a sentence, and TensorFlow lives."""

from __future__ import annotations

from benchmarks.experiments.fuzz.kinds import chosen_kinds
from benchmarks.experiments.fuzz.run import fuzz
from tests.conftest import Chain

_FILES = 16


def test_damaged_run_folders_are_told_in_a_sentence(chain: Chain) -> None:
    found = fuzz(chosen_kinds("runs", _FILES, run=chain.run), seed=1)
    assert [(one.file, one.damage, one.outcome, one.said) for one in found.kinds[0].failures] == []
    assert found.total() == _FILES
    assert found.kinds[0].own_memory_bytes > 100_000_000  # TensorFlow was there
