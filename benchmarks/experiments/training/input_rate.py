"""Photographs per second that the input pipeline of a recipe makes, with nobody who trains on them.

Run as `python -m benchmarks.experiments.training.input_rate PHOTOS RECIPE`, it prints `rate 1234.5`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from edge_app.model.card import Size
from edge_app.photographs.folders import find_photographs
from train.data.batches import training_batches
from train.data.loading import hash_files, load_photographs
from train.models.registry import recipes

_SECONDS = 5.0
_WARM_UP = 5
_BATCH = 64


def main(photographs: Path, recipe_name: str) -> int:
    """Measure; print the rate."""
    recipe = recipes()[recipe_name]
    folder = find_photographs(photographs)
    files, _ = hash_files(folder)
    loaded, _ = load_photographs(photographs, files, folder.labels, Size(recipe.input_size, recipe.input_size))
    batches = iter(training_batches(loaded, _BATCH, recipe.augmentation, 0))
    for _ in range(_WARM_UP):
        next(batches)
    begin_s, images = time.perf_counter(), 0
    while time.perf_counter() - begin_s < _SECONDS:
        images += len(next(batches)[0])
    print(f"rate {images / (time.perf_counter() - begin_s):.1f}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), sys.argv[2]))
