"""Reading what `train` left behind: files only, no class of `train`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from convert.promises import Compression, read_compression
from edge_app.common.errors import RunFolderError
from edge_app.model.card import Interpolation, ResizeRule, Size
from edge_app.model.run_folder import read_recorded_files, read_run_json, run_input


@dataclass(frozen=True)
class LabelledPhotograph:
    """A photograph with the place of its true label."""

    path: Path
    target: int


@dataclass(frozen=True)
class RunFolder:
    """A trained model and the photographs it was trained on.

    Attributes:
        path: of the run folder.
        labels: in the order of the scores.
        input_size: of the network.
        resize: rule of the training photographs.
        interpolation: of the training photographs.
        weights_sha256: of the trained weights.
        versions: of the packages that trained.
        splits: photographs by split: train, validation, test.
        data: name of the folder of photographs.
        neither_threshold: best score below which the Keras model says "neither"; None: it never does.
        compression: what `train compress` promised; None: the run is not compressed.
        input_statistics: what the first layers do to the picture: `none`, `standardize` or `zca`.
    """

    path: Path
    labels: tuple[str, ...]
    input_size: Size
    resize: ResizeRule
    interpolation: Interpolation
    weights_sha256: str
    versions: Mapping[str, str]
    splits: Mapping[str, tuple[LabelledPhotograph, ...]]
    data: str
    neither_threshold: float | None = None
    compression: Compression | None = None
    input_statistics: str = "none"

    @property
    def whitened(self) -> bool:
        """Whether the first layers whiten the picture (ZCA)."""
        return self.input_statistics == "zca"

    @property
    def quantized(self) -> bool:
        """Whether the network holds its own ranges for 8-bit integers."""
        return self.compression is not None and self.compression.quantized

    @property
    def saved_model(self) -> Path:
        """The SavedModel with its `core` and `serving_default` signatures."""
        return self.path / "saved_model"


def read_run_folder(path: Path, photographs: Path | None = None) -> RunFolder:
    """Read a run folder.

    Args:
        path: of the run folder.
        photographs: where its photographs are now; None: where they were.

    Raises:
        RunFolderError: it is no run folder, damaged, of a newer version, or its photographs are gone.
    """
    run = read_run_json(path)
    if not (path / "saved_model" / "saved_model.pb").is_file():
        raise RunFolderError(f"`{path}` has no saved_model; train again with --overwrite")
    try:
        network = run_input(run)
        root = photographs or Path(run["data"]["folder"])
        return RunFolder(
            path=path,
            labels=network.labels,
            input_size=network.size,
            resize=network.resize,
            interpolation=network.interpolation,
            weights_sha256=str(run["weights_sha256"]),
            versions={str(name): str(version) for name, version in run["versions"].items()},
            splits=_read_splits(path, root, network.labels),
            data=root.resolve().name,
            neither_threshold=None if run.get("neither_threshold") is None else float(run["neither_threshold"]),
            compression=read_compression(run["compression"]) if "compression" in run else None,
            input_statistics=str(run.get("recipe", {}).get("input_statistics", "none")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunFolderError(f"`{path / 'run.json'}` is damaged ({error!r}); train again with --overwrite") from error


def _read_splits(path: Path, root: Path, labels: tuple[str, ...]) -> dict[str, tuple[LabelledPhotograph, ...]]:
    places = {label: place for place, label in enumerate(labels)}
    found: dict[str, list[LabelledPhotograph]] = {"train": [], "validation": [], "test": []}
    for file in read_recorded_files(path):
        found[file.split].append(LabelledPhotograph(root / file.path, places[file.label]))
    _refuse_missing(path, root, found)
    return {split: tuple(photographs) for split, photographs in found.items()}


def _refuse_missing(path: Path, root: Path, splits: Mapping[str, Sequence[LabelledPhotograph]]) -> None:
    """Files are proven on all their photographs; of the training ones, calibration needs a few."""
    for split, photographs in splits.items():
        missing = [photograph.path for photograph in photographs if not photograph.path.is_file()]
        if missing and (split != "train" or len(missing) == len(photographs)):
            raise RunFolderError(
                f"{len(missing):,} of the {len(photographs):,} {split} photographs of `{path}` are not where they were "
                f"(the first: `{missing[0]}`); give their folder with --photos"
            )
        if not photographs and split != "train":
            raise RunFolderError(f"`{path / 'splits.csv'}` names no {split} photographs; train again with --overwrite")
