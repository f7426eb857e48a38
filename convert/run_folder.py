"""A run folder with its photographs and its compression, for conversion and proof: files only, no class of `train`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from edge_app.common.errors import PhotographError, RunFolderError
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.metrics.confidence import Confidence
from edge_app.model.run_folder import METRICS_FILE, TrainedRun, damage_reported, read_trained_run, tested_accuracy
from edge_app.photographs.decoder import Image, read_photograph

Kind = Literal["conv", "depthwise", "dense"]


@dataclass(frozen=True)
class KernelConstraint:
    """A kernel of the network and what every file must keep of it.

    Attributes:
        layer: its name.
        kind: what the layer is.
        shape: as TFLite stores it: convolutions (out, height, width, in), depthwise (1, height, width, out), dense
            (out, in).
        sparsity: share of zeros at least, 0..1.
        two_of_four: whether each four weights along the last axis hold at least two zeros.
        clusters: distinct values at most; 0: any number.
    """

    layer: str
    kind: Kind
    shape: tuple[int, ...]
    sparsity: float
    two_of_four: bool
    clusters: int

    @property
    def is_constrained(self) -> bool:
        """Whether compression has set any limit."""
        return bool(self.sparsity or self.two_of_four or self.clusters)


@dataclass(frozen=True)
class Compression:
    """How a run was compressed.

    Attributes:
        method: as on the command line of `fieldlens train compress`.
        of: name of the run that was compressed.
        suffix: of the files made from it.
        quantized: whether the network holds its own ranges for 8-bit integers.
        kernels: all of the network, in the order of its layers.
    """

    method: str
    of: str
    suffix: str
    quantized: bool
    kernels: tuple[KernelConstraint, ...]


@dataclass(frozen=True)
class LabelledPhotograph:
    """A photograph with the place of its true label, and its group: empty where it is by itself."""

    path: Path
    target: int
    group: str = ""


@dataclass(frozen=True)
class CrossValidated:
    """How good a network is whose head learned from all photographs: measured by others like it.

    Attributes:
        accuracy: out of fold.
        confidence: out of fold.
    """

    accuracy: MeasuredAccuracy
    confidence: Confidence


@dataclass(frozen=True)
class RunFolder(TrainedRun):
    """A trained model and the photographs it was trained on.

    Attributes:
        weights_sha256: of the trained weights.
        versions: of the packages that trained.
        splits: photographs by split: train, validation, test.
        data: name of the folder of photographs.
        compression: what `train compress` did; None: the run is not compressed.
        cross_validated: what was measured out of fold; None: test photographs were held back. With it all photographs
            trained, and each split is all of them. Where only test photographs were held back, those that trained
            stand for validation photographs.
    """

    weights_sha256: str
    versions: Mapping[str, str]
    splits: Mapping[str, tuple[LabelledPhotograph, ...]]
    data: str
    compression: Compression | None
    cross_validated: CrossValidated | None = None

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
            cross_validated=_read_cross_validated(path) if run.trained_on_all else None,
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
        photograph = LabelledPhotograph(root / file.path, places[file.label], file.group)
        for split in found if run.trained_on_all else (file.split,):
            found[split].append(photograph)
    if run.validated_by_folds:
        found["validation"] = found["train"]
    _refuse_missing(run.path, found)
    return {split: tuple(photographs) for split, photographs in found.items()}


def _read_cross_validated(path: Path) -> CrossValidated:
    """Read what the run measured.

    Raises:
        RunFolderError: `metrics.json` cannot be read.
        KeyError, TypeError, ValueError: it is damaged.
    """
    try:
        measured = json.loads((path / METRICS_FILE).read_text(encoding="utf-8"))["test"]
    except OSError as error:
        raise RunFolderError(f"`{path / METRICS_FILE}` cannot be read; train again with --overwrite") from error
    confidence = Confidence(**measured["confidence"])
    return CrossValidated(tested_accuracy(measured), confidence)


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


def read_compression(block: Mapping[str, Any]) -> Compression:
    """Read the block.

    Raises:
        KeyError, TypeError, ValueError: it is damaged.
    """
    return Compression(
        method=str(block["method"]),
        of=str(block["of"]),
        suffix=str(block["suffix"]),
        quantized=bool(block["quantized"]),
        kernels=tuple(_read_kernel(layer) for layer in block["layers"]),
    )


def _read_kernel(layer: Mapping[str, Any]) -> KernelConstraint:
    if layer["kind"] not in get_args(Kind):
        raise ValueError(f"kind {layer['kind']!r}")
    limits = layer["promise"]
    return KernelConstraint(
        layer=str(layer["layer"]),
        kind=cast(Kind, layer["kind"]),
        shape=_stored_shape(layer["kind"], [int(side) for side in layer["shape"]]),
        sparsity=float(limits["sparsity"]),
        two_of_four=bool(limits["two_of_four"]),
        clusters=int(limits["clusters"]),
    )


def _stored_shape(kind: str, shape: list[int]) -> tuple[int, ...]:
    """From Keras' order to TFLite's."""
    if kind == "dense":
        inputs, outputs = shape
        return outputs, inputs
    height, width, inputs, last = shape  # the last of a depthwise kernel multiplies its channels
    return (1, height, width, inputs * last) if kind == "depthwise" else (last, height, width, inputs)
