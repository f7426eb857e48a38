"""Do files say as ONNX, in ONNX Runtime, what they say as `.tflite` in our runtime?"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, write_result
from benchmarks.results.onnx import HEAD, OnnxAgreement, OnnxResult, rows
from convert.onnx_export.exporter import export
from convert.onnx_export.runtime import OnnxModel
from edge_app.common.errors import DataError, PhotographError
from edge_app.common.outputs import refuse_existing
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table
from edge_app.model.classifier import Classifier
from edge_app.model.runtime import runtime_name
from edge_app.photographs.contents import pictures_below
from edge_app.photographs.decoder import Image, read_photograph
from edge_app.photographs.splits import sha256_of


def run_onnx(models: Sequence[Path], photos: Path, photographs: int, out: Path | None, overwrite: bool) -> int:
    """Compare; print a table, write the raw result.

    Args:
        models: `.tflite` files.
        photos: folder of pictures.
        photographs: how many of them, spread evenly over their names.
        out: where the result goes.
        overwrite: whether an existing result may be replaced.

    Raises:
        FieldLensError: a file cannot be used or written as ONNX, or there are no pictures.
    """
    if out is not None:
        refuse_existing(out, overwrite)
    pictures = _pictures(photos, photographs)
    files = tuple(_agreement(model, pictures) for model in models)
    result = OnnxResult(
        date=now(),
        device=examine_device(),
        runtime=runtime_name(),
        onnxruntime=version("onnxruntime"),
        onnx=version("onnx"),
        data=photos.resolve().name,
        files=files,
    )
    print(text_table(HEAD, rows(result)))
    if out is not None:
        write_result(out, result)
        print(f"results  {out}")
    return 0


def _pictures(folder: Path, count: int) -> list[Image]:
    paths = [folder / name for name in pictures_below(folder)]
    count = min(count, len(paths))
    found: list[Image] = []
    for path in [paths[place * len(paths) // count] for place in range(count)]:
        try:
            found.append(read_photograph(path))
        except PhotographError:
            continue
    if not found:
        raise DataError(f"`{folder}` holds no picture that can be read; give a folder of photographs")
    return found


def _agreement(path: Path, pictures: Sequence[Image]) -> OnnxAgreement:
    classifier, content = Classifier(path), path.read_bytes()
    written = export(content, path.name).SerializeToString()
    with tempfile.TemporaryDirectory() as folder, Progress(f"asking {path.name} twice", len(pictures)) as progress:
        converted = Path(folder) / "model.onnx"
        converted.write_bytes(written)
        twin = OnnxModel(converted, classifier.card)
        ours, theirs = [], []
        for picture in pictures:
            ours.append(classifier.scores(picture))
            theirs.append(twin.scores(picture))
            progress.step()
    here, there = np.array(ours), np.array(theirs)
    differences = np.abs(here - there).max(axis=1)
    return OnnxAgreement(
        file=path.name,
        sha256=sha256_of(content),
        recipe=classifier.card.recipe,
        size_bytes=len(content),
        onnx_bytes=len(written),
        photographs=len(pictures),
        same_label=int((here.argmax(axis=1) == there.argmax(axis=1)).sum()),
        mean_difference=float(differences.mean()),
        largest_difference=float(differences.max()),
    )
