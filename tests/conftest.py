"""What tests share: where the real photographs and models are, and one run of the whole chain."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from tests import places

DRAWINGS = 2000

settings.register_profile("fieldlens", deadline=None)  # how long an example takes is no promise on a busy machine
settings.load_profile("fieldlens")


def pytest_collection_finish() -> None:
    """Let Python look for garbage seldom: what TensorFlow's modules and traces hold is many objects that all stay."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real photographs, weights and third-party models; `make test` does without."""
    folder = places.data_folder()
    if not folder.is_dir():
        pytest.exit(f"these tests need real photographs and weights: `{folder}` is missing; set FIELDLENS_DATA", 1)
    return folder


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what the app remembers between runs away from the user's cache folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def fresh_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let a test begin with nothing remembered; its cache is `tmp_path / "cache"`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Let `make` fill a folder that all workers of pytest-xdist share; whoever comes second waits for it."""
    ours = tmp_path_factory.getbasetemp()
    root = ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours  # a worker's folder lies in the session's
    folder, done = root / f"shared-{name}", root / f"shared-{name}.done"
    with (root / f"shared-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # what a worker that failed has left
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


@dataclass(frozen=True)
class Chain:
    """`TINY` trained on drawn pets, with broken files and copies among them, and converted."""

    drawings: Path
    run: Path
    models: Path


@pytest.fixture(scope="session")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2,000 drawn pets, a folder per class."""
    from edge_app.demo.drawn_pets import write_drawings

    def make(folder: Path) -> None:
        write_drawings(folder / "drawn", DRAWINGS, size=64)

    return made_once(tmp_path_factory, "drawings", make) / "drawn"


@pytest.fixture(scope="session")
def chain(drawings: Path, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """Train and convert once, through the command lines; tests only read it."""
    from convert.__main__ import main as convert
    from train.__main__ import main as train

    def make(folder: Path) -> None:
        photographs = folder / "pets"
        shutil.copytree(drawings, photographs)
        cats, dogs = photographs / "cat", photographs / "dog"
        whole = (cats / "cat.00000.jpg").read_bytes()
        for number in range(8):  # half a file, in whatever split its bytes fall
            (cats / f"half.{number}.jpg").write_bytes(whole[: 400 + number])
        (dogs / "text.jpg").write_text("this is no picture")
        (dogs / "copy of the first.jpg").write_bytes((dogs / "dog.00000.jpg").read_bytes())
        assert train([str(photographs), "--recipe", "tiny", "--out", str(folder / "runs" / "tiny")]) == 0
        assert convert([str(folder / "runs" / "tiny"), "--out", str(folder / "models" / "tiny")]) == 0

    folder = made_once(tmp_path_factory, "chain", make)
    return Chain(folder / "pets", folder / "runs" / "tiny", folder / "models" / "tiny")


@pytest.fixture(scope="session")
def narrow_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of MobileNetV2 0.35, in a file named as Keras' ImageNet weights."""
    from tests.networks import write_backbone

    return write_backbone(tmp_path_factory.mktemp("narrow"), 0.35)


@pytest.fixture(scope="session")
def wide_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of width 1.0."""
    from tests.networks import write_backbone

    return write_backbone(tmp_path_factory.mktemp("wide"), 1.0)
