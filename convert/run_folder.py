"""A run folder with its photographs, for conversion and proof: files only, no class of `train`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from convert.compression import Compression, read_compression
from edge_app.common.errors import PhotographError, RunFolderError
from edge_app.model.run_folder import TrainedRun, damage_reported, read_trained_run
from edge_app.photographs.decoder import Image, read_photograph


@dataclass(frozen=True)
class LabelledPhotograph:
    """A photograph with the place of its true label."""

    path: Path
    target: int


@dataclass(frozen=True)
class RunFolder(TrainedRun):
    """A trained model and the photographs it was trained on.

    Attributes:
        weights_sha256: of the trained weights.
        versions: of the packages that trained.
        splits: photographs by split: train, validation, test.
        data: name of the folder of photographs.
        compression: what `train compress` did; None: the run is not compressed.
    """

    weights_sha256: str
    versions: Mapping[str, str]
    splits: Mapping[str, tuple[LabelledPhotograph, ...]]
    data: str
    compression: Compression | None

    @property
    def whitened(self) -> bool:
        """Whether the first layers whiten the picture (ZCA)."""
        return self.input_statistics == "zca"

    @property
    def quantized(self) -> bool:
        """Whether the network holds its own ranges for 8-bit integers."""
        return self.compression is not None and self.compression.quantized


def read_run_folder(path: Path, photographs: Path | None = None) -> RunFolder:
    """Read a run folder.

    Args:
        path: of the run folder.
        photographs: where its photographs are now; None: where they were.

    Raises:
        RunFolderError: it is no run folder, damaged, of a newer version, or its photographs are gone.
    """
    run = read_trained_run(path)
    record = run.record
    with damage_reported(path):
        root = run.photograph_folder(photographs)
        return RunFolder(
            **vars(run),
            weights_sha256=str(record["weights_sha256"]),
            versions={str(name): str(version) for name, version in record["versions"].items()},
            splits=_read_splits(run, root),
            data=root.resolve().name,
            compression=read_compression(record["compression"]) if "compression" in record else None,
        )


def read_input_image(run: RunFolder, path: Path) -> Image | None:
    """Read a photograph as the network of a run sees it.

    Returns:
        (height, width, 3) uint8 RGB in the size of the network's input; None: it cannot be read.
    """
    try:
        return run.prepare(read_photograph(path))
    except PhotographError:
        return None


def interleave_classes(photographs: Sequence[LabelledPhotograph], classes: int) -> list[LabelledPhotograph]:
    """Take the classes in turn, so that the first so many photographs are always as balanced as they can be."""
    by_class = [[item for item in photographs if item.target == place] for place in range(classes)]
    longest = max((len(items) for items in by_class), default=0)
    return [items[number] for number in range(longest) for items in by_class if number < len(items)]


def _read_splits(run: TrainedRun, root: Path) -> dict[str, tuple[LabelledPhotograph, ...]]:
    places = {label: place for place, label in enumerate(run.labels)}
    found: dict[str, list[LabelledPhotograph]] = {"train": [], "validation": [], "test": []}
    for file in run.recorded_files():
        found[file.split].append(LabelledPhotograph(root / file.path, places[file.label]))
    _refuse_missing(run.path, found)
    return {split: tuple(photographs) for split, photographs in found.items()}


def _refuse_missing(path: Path, splits: Mapping[str, Sequence[LabelledPhotograph]]) -> None:
    """Files are proven on all their photographs; of the training ones, calibration needs a few."""
    for split, photographs in splits.items():
        missing = [photograph.path for photograph in photographs if not photograph.path.is_file()]
        if missing and (split != "train" or len(missing) == len(photographs)):
            raise RunFolderError(
                f"{len(missing):,} of the {len(photographs):,} {split} photographs of `{path}` are not where they were "
                f"(the first: `{missing[0]}`); give their folder with --photos"
            )
        if not photographs and split != "train":
            raise RunFolderError(f"`{path / 'splits.csv'}` lists no {split} photographs; train again with --overwrite")
