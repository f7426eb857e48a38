"""What the programs do with a file that a user hands in: the very functions, called in a process of its own.

A reader takes the path of the damaged file, and returns a word about what it found. A `FieldLensError` is a sentence
for the user; whatever else it raises is a fault.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

import numpy as np

from edge_app.common.errors import ModelFileError, PhotographError
from edge_app.common.user_cache import cache_folder
from edge_app.demo.drawn_pets import drawn_frame
from edge_app.model.card import read_own_card
from edge_app.model.classifier import Classifier
from edge_app.model.labels import read_labels_file
from edge_app.photographs.folders import find_photographs
from edge_app.photographs.splits import sha256_of
from edge_app.photographs.zip_files import unpacked
from edge_app.sources.opening import open_frame_stream, open_source

THREADS = 2
NO_SERVER = "http://127.0.0.1:9/none.zip"
"""An address where nobody answers: port 9 is of the discard service, RFC 863."""

_SCORES = re.compile(r"has no labels \(([\d,]+) scores\)")
_MOST_FRAMES = 500
_SIDE = 64  # pixels, of the input that photographs are prepared for


def read_picture(path: Path) -> str:
    """Read a photograph as `train` does, `CLASS/NAME` in a folder of photographs, and as `app --source` does."""
    from train.data.loading import SplitReader

    reader = SplitReader(find_photographs(path.parents[1]), _SIDE, refuse_empty=False)
    loaded = {file.path for split in reader.counts() for file in reader.load(split).files}
    with open_frame_stream(open_source(str(path)), lambda _notice: None) as stream:
        shown = [frame.image_bgr.shape for frame in stream.frames()]  # a SourceError where it cannot be read
    name = path.relative_to(path.parents[1]).as_posix()
    if name not in loaded:
        raise PhotographError(next(iter(reader.skipped), f"`{name}` was left out"))
    return str(shown[0])


def read_film(path: Path) -> str:
    """Play a film to its end, as `app --source` does."""
    count, sizes = 0, set()
    with open_frame_stream(open_source(str(path)), lambda _notice: None) as stream:
        for frame in stream.frames():
            sizes.add(frame.image_bgr.shape)
            count += 1
            if count == _MOST_FRAMES:
                break
    return f"{count} frames of {len(sizes)} sizes"


def read_archive(path: Path) -> str:
    """Unpack photographs as `train PHOTOS.zip` does, and as `train fetch` does once they have arrived."""
    from train.data.archives import Archive
    from train.data.fetch import download_place, fetch

    out = path.with_name("fetched")
    try:
        shutil.copyfile(path, download_place(out))
        digest = sha256_of(path.read_bytes())
        fetched = fetch(Archive("damaged", NO_SERVER, digest, path.stat().st_size, ""), out)
        return f"{len(fetched.files)} and {len(find_photographs(unpacked(path)).files)} pictures"
    finally:
        download_place(out).unlink(missing_ok=True)
        for folder in (out, cache_folder() / "photographs"):
            shutil.rmtree(folder, ignore_errors=True)


def read_model(path: Path) -> str:
    """Open a model and label a frame, as the app does; one without labels gets some, as its user would give them."""
    try:
        classifier = Classifier(path, THREADS)
    except ModelFileError as error:
        scores = _SCORES.search(str(error))
        if scores is None:
            raise
        labels = tuple(f"label {place}" for place in range(int(scores[1].replace(",", ""))))
        classifier = Classifier(path, THREADS, labels=labels)
    return classifier.classify(drawn_frame(0, 0)).label


def read_card(path: Path) -> str:
    """Read a model card, and hold it against the tensors."""
    read_own_card(path)
    return Classifier(path, THREADS, trusted=True).classify(drawn_frame(0, 0)).label


def read_groups(path: Path) -> str:
    """Find photographs and the groups that `groups.csv` puts them into, as `train` does."""
    from train.data.loading import SplitReader

    reader = SplitReader(find_photographs(path.parent), _SIDE, refuse_empty=False)
    return str(reader.group_counts())


def read_copies(path: Path) -> str:
    """Find photographs and the copies that `augmented.csv` names, as `train` does."""
    return read_groups(path)


def read_result(path: Path) -> str:
    """Put a result on the page of `bench report`, and compare it as `bench compare` does."""
    from benchmarks.results.compare import compare_table, compare_warnings, compare_within
    from benchmarks.results.envelope import read_result as read
    from benchmarks.results.latency import LatencyResult

    root = path.parents[1]
    document = import_module("benchmarks.publish.document")  # by name: pages stand above experiments
    document.run_report(root, root.with_name("report.html"), overwrite=True)
    if path.name == "result.json":
        result = read(path, LatencyResult)
        return compare_table(compare_within(result)) + "".join(compare_warnings(result, None))
    return "page"


def read_download(path: Path) -> str:
    """Go on with a download from the notes beside it, as `train fetch` does; no server answers."""
    from train.data.archives import Archive
    from train.data.download import Patience
    from train.data.fetch import fetch

    archive = Archive("part", NO_SERVER, sha256_of(b""), 0, "")
    return str(fetch(archive, path.with_name("fetched"), patience=Patience(tries=1, timeout_s=1.0)))


def read_conversion(path: Path) -> str:
    """Choose the files of a bundle for the browser, as `convert web` does."""
    from convert.web.bundle import find_models, read_sources

    return read_sources(find_models(path.parent)).name


def read_labels(path: Path) -> str:
    """Read a label file, as `app --labels` does."""
    return f"{len(read_labels_file(path))} labels"


def read_run(path: Path) -> str:
    """Read a run as `convert`, `train compress`, `train screen --run` and `train --teacher` do, and let it predict.

    Only what stands in the damaged file is loaded by TensorFlow.
    """
    from convert.quantize.tflite import load_saved_model
    from convert.run_folder import read_run_folder
    from train.compression.finished_run import read_finished_run, recorded_photographs
    from train.compression.flat_network import load_network
    from train.models.loading import load_model
    from train.models.trained_run import load_predictor

    run = path.parents[[parent.name for parent in path.parents].index("run")]
    converted = read_run_folder(run)
    finished = read_finished_run(run)
    kept, _ = recorded_photographs(finished)
    if "saved_model" in path.parts:
        load_saved_model(converted.saved_model)
    if path.suffix == ".h5":
        load_model(path)
        load_network(run, finished.architecture)
    side = converted.input_size
    rows = load_predictor(converted)(np.zeros((1, side.height, side.width, 3), np.uint8))
    return f"{len(kept)} photographs, {rows.shape[1]} scores"


def read_unfinished(path: Path) -> str:
    """Go on with a run that was interrupted, as `train --resume` does."""
    from train.fitting.resume import UnfinishedRun

    begun = UnfinishedRun(path.parent.with_name("begun"))
    state = begun.begin({"recipe": {"name": "tiny"}}, resume=True, overwrite=False)
    return f"{len(state.weights)} arrays"


READERS: Mapping[str, Callable[[Path], str]] = {
    reader.__name__: reader
    for reader in (
        read_picture,
        read_film,
        read_archive,
        read_model,
        read_card,
        read_groups,
        read_copies,
        read_result,
        read_download,
        read_conversion,
        read_labels,
        read_run,
        read_unfinished,
    )
}
"""All readers by their names: a name crosses to the other process."""
