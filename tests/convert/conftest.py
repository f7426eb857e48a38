"""What the tests of conversion share: one bundle with every recipe and a diagnosis."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Chain

PARITY_PHOTOGRAPHS = 96


@pytest.fixture(scope="session")
def everything(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All recipes of the run of the chain, compared on few photographs, with a diagnosis."""
    from convert.__main__ import main

    out = tmp_path_factory.mktemp("everything") / "all"
    words = ["--recipes", "all", "--diagnose", "--parity-photographs", str(PARITY_PHOTOGRAPHS), "--out", str(out)]
    assert main([str(chain.run), *words]) == 0
    return out
