"""What pruning, clustering or quantization-aware training has gained over the same network without it, converted alike.

`.tflite` stores every zero and every repeated value, and XNNPACK multiplies by them. So a pruned or clustered file is
usually as large and as slow as before; only a download that is compressed gets smaller.
"""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from convert.proof.latency import NOTICEABLE, interleaved_latency_s
from convert.quantize.calibration import Calibration, from_training
from convert.quantize.make import MadeModel
from convert.quantize.recipes import RECIPES
from convert.quantize.tflite import convert_model, load_saved_model
from convert.run_folder import RunFolder
from edge_app.model.classifier import Classifier

_COMPARED = ("float32", "int8")  # the others follow one of these
_SAME_SIZE = 0.01  # of the bytes


@dataclass(frozen=True)
class RecipeGain:
    """One recipe, with and without compression.

    Attributes:
        recipe: its name.
        original_bytes: of the file of the run that was compressed.
        bytes: of the file of the compressed run; both without cards.
        original_gzip_bytes: both as a compressed download.
        gzip_bytes: see `original_gzip_bytes`.
        times_original: latency over that of the original, interleaved on this machine.
    """

    recipe: str
    original_bytes: int
    bytes: int
    original_gzip_bytes: int
    gzip_bytes: int
    times_original: float

    def __str__(self) -> str:
        size = _change(self.bytes, self.original_bytes, "smaller", "larger", "no smaller")
        speed = "no faster"
        if not 1 / NOTICEABLE <= self.times_original <= NOTICEABLE:
            faster = self.times_original < 1
            speed = f"{'faster' if faster else 'slower'} here ({self.times_original:.2f} × the latency)"
        packed = _change(self.gzip_bytes, self.original_gzip_bytes, "less to download", "more to download", "no less")
        return (
            f"{self.recipe} ({RECIPES[self.recipe].summary}): {self.bytes / 1e6:.2f} MB against "
            f"{self.original_bytes / 1e6:.2f} MB before compression: {size}; {speed}; after gzip "
            f"{self.gzip_bytes / 1e6:.2f} MB against {self.original_gzip_bytes / 1e6:.2f} MB: {packed}"
        )


@dataclass(frozen=True)
class CompressionGain:
    """What compression has gained.

    Attributes:
        of: name of the run that was compressed.
        recipes: one entry for each that both runs can have.
        obstacle: why there is none.
    """

    of: str
    recipes: tuple[RecipeGain, ...]
    obstacle: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


def measure_compression_gain(
    run: RunFolder, made: Sequence[MadeModel], calibration: Calibration | None
) -> CompressionGain | None:
    """Convert the run that was compressed, and compare; None: this run is not compressed.

    Args:
        run: to convert.
        made: of it, without stamped cards.
        calibration: for the files of the original; None: its training photographs.
    """
    if run.compression is None:
        return None
    original = run.path.resolve().parent / run.compression.of
    if not (original / "saved_model" / "saved_model.pb").is_file():
        what = f"the run `{run.compression.of}` is no longer beside this one, so there is nothing to compare with"
        return CompressionGain(run.compression.of, (), what)
    loaded = load_saved_model(original / "saved_model")
    images_rgb = (calibration or from_training(run)).images_rgb
    found = []
    for after in made:
        name = after.recipe.name
        if name in _COMPARED:
            print(f"converting `{run.compression.of}` to {name} for comparison", flush=True)
            before = convert_model(loaded, RECIPES[name], run.input_size, images_rgb)
            found.append(_compared(before, after))
    return CompressionGain(run.compression.of, tuple(found))


def _compared(before: bytes, after: MadeModel) -> RecipeGain:
    with tempfile.TemporaryDirectory() as folder:
        classifiers = {}
        for name, model in (("before", before), ("after", after.content)):
            path = Path(folder) / f"{name}.tflite"
            path.write_bytes(model)
            classifiers[name] = Classifier(path, trusted=True, card=after.card)
        latency_s = interleaved_latency_s(classifiers)
    return RecipeGain(
        recipe=after.recipe.name,
        original_bytes=len(before),
        bytes=len(after.content),
        original_gzip_bytes=len(gzip.compress(before)),
        gzip_bytes=len(gzip.compress(after.content)),
        times_original=latency_s["after"] / latency_s["before"],
    )


def _change(now: int, before: int, less: str, more: str, same: str) -> str:
    share = now / before - 1.0
    if abs(share) < _SAME_SIZE:
        return same
    return f"{abs(share):.0%} {less if share < 0 else more}"
