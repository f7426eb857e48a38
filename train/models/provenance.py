"""Which files a network started from: their hashes, for `run.json`."""

from __future__ import annotations

from pathlib import Path

from edge_app.photographs.splits import file_sha256
from train.models.architectures.hub import module_folder
from train.models.registry import architecture_of
from train.recipes import Recipe


def pretrained_sha256(recipe: Recipe, weights: str) -> dict[str, str]:
    """Return the SHA-256 of every file that a network starts from.

    Args:
        recipe: of the network.
        weights: see `build_model`.

    Returns:
        hexadecimal digits by the file's name, for a hub module by its path within the module; empty: it starts from
        nothing, or its files are no longer on this machine.
    """
    architecture = architecture_of(recipe)
    if architecture.brings_weights:
        folder = module_folder(recipe.hub)
        files = [] if folder is None else sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): file_sha256(path) for path in files if folder is not None}
    if not architecture.starts_pretrained(weights):
        return {}
    file = architecture.weights.cached(recipe) if architecture.weights and weights == "imagenet" else Path(weights)
    return {} if file is None or not file.is_file() else {file.name: file_sha256(file)}
