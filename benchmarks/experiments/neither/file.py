"""How often a converted file gives a label to what is none of its classes, at the threshold of its card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.experiments.neither.pictures import DRAWN, draw_scenes, draw_textures
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import write_envelope
from edge_app.common.errors import DataError, ModelFileError, PhotographError, UsageError
from edge_app.common.outputs import refuse_existing
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table
from edge_app.metrics.accuracy import MeasuredAccuracy
from edge_app.model.card import NEITHER
from edge_app.model.classifier import Classifier
from edge_app.photographs.decoder import Image, read_photograph
from edge_app.photographs.folders import PhotographFolder, find_photographs
from edge_app.photographs.splits import sha256_of

_SIDE = 480  # of drawn pictures: larger than any input, so that they are made smaller as frames are


@dataclass(frozen=True)
class Named:
    """What a file made of the pictures of one source.

    Attributes:
        source: of the pictures.
        pictures: that were shown.
        labelled: of these, how many got a label.
        share: of the labelled ones, with its interval.
    """

    source: str
    pictures: int
    labelled: int
    share: MeasuredAccuracy


def run_neither_file(model: Path, anything: Path, exposed: int, out: Path, overwrite: bool) -> int:
    """Show a file pictures of anything else, print a table, write the raw result.

    Args:
        model: with a threshold for "neither" in its card.
        anything: a folder per class of anything else.
        exposed: how many of its classes, in the order of their names, training was shown; they are left out.
        out: where the result goes.
        overwrite: whether an older one may be replaced.

    Raises:
        FieldLensError: an input cannot be used.
    """
    refuse_existing(out, overwrite, inputs=(model,))
    folder = find_photographs(anything)
    if not 0 <= exposed < len(folder.labels):
        raise UsageError(f"--exposed must be 0 to {len(folder.labels) - 1}, received {exposed}")
    classifier = Classifier(model, threads=1)
    threshold = classifier.card.neither_threshold
    if threshold is None:
        raise ModelFileError(f"`{model}` never says “{NEITHER}”; train it with --neither, or give another file")
    unseen = folder.labels[exposed:]
    sources: dict[str, Sequence[Image]] = {
        "unseen classes": _photographs(folder, unseen),
        "drawn scenes": list(np.ascontiguousarray(draw_scenes(DRAWN, _SIDE)[..., ::-1])),
        "textures": list(np.ascontiguousarray(draw_textures(DRAWN, _SIDE)[..., ::-1])),
    }
    named = [_show(classifier, source, frames) for source, frames in sources.items()]
    everything = _named("all of them", sum(one.pictures for one in named), sum(one.labelled for one in named))
    content = {
        "model": {"name": model.name, "sha256": sha256_of(model.read_bytes()), "neither_threshold": threshold},
        "unseen_classes": list(unseen),
        "sources": [*named, everything],
    }
    write_envelope(out, "neither-file", content, examine_device())
    rows = [(one.source, f"{one.pictures:,}", f"{one.labelled:,}", str(one.share)) for one in (*named, everything)]
    print(text_table(("pictures of", "shown", "got a label", "share"), rows))
    print(f"result  {out}")
    return 0


def _photographs(folder: PhotographFolder, labels: Iterable[str]) -> list[Image]:
    """Decode those of some classes; broken ones are left out.

    Raises:
        DataError: none can be read.
    """
    wanted, frames = set(labels), []
    for file in folder.files:
        if file.label in wanted:
            try:
                frames.append(read_photograph(folder.root / file.path))
            except PhotographError as error:
                print(f"left out: {error}", flush=True)
    if not frames:
        raise DataError(f"`{folder.root}` has no readable pictures of {', '.join(wanted)}; add some")
    return frames


def _show(classifier: Classifier, source: str, frames_bgr: Sequence[Image]) -> Named:
    labelled = 0
    with Progress(f"showing {source}", len(frames_bgr)) as progress:
        for frame_bgr in frames_bgr:
            labelled += classifier.classify(frame_bgr).label != NEITHER
            progress.step()
    return _named(source, len(frames_bgr), labelled)


def _named(source: str, pictures: int, labelled: int) -> Named:
    return Named(source, pictures, labelled, MeasuredAccuracy.from_counts(labelled, pictures, source))
