"""What the tests of conversion share: one bundle with every recipe and a diagnosis."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Chain, made_once

PARITY_PHOTOGRAPHS = 96


@pytest.fixture(scope="session")
def everything(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All recipes of the run of the chain, compared on few photographs, with a diagnosis."""
    from convert.__main__ import main

    def make(folder: Path) -> None:
        words = ["--recipes", "all", "--diagnose", "--parity-photographs", str(PARITY_PHOTOGRAPHS)]
        assert main([str(chain.run), *words, "--out", str(folder / "all")]) == 0

    return made_once(tmp_path_factory, "everything", make) / "all"
