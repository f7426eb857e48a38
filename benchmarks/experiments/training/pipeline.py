"""Our input pipeline against Keras' `ImageDataGenerator.flow_from_directory`: same files, same options, same cores.

Both decode, resize, move and batch files without keeping decoded pixels. They are measured in turns in one process, so
that whatever else the machine does hits both; before each turn everything that was queued meanwhile is thrown away.
"""

from __future__ import annotations

import io
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.results.device import examine_device
from benchmarks.results.envelope import write_envelope
from benchmarks.statistics.summary import percentile
from edge_app.common.errors import DataError, MissingDependencyError, UsageError
from edge_app.common.outputs import refuse_existing
from edge_app.common.progress import Progress
from edge_app.common.tables import text_table
from edge_app.model.card import Size
from edge_app.photographs.folders import find_photographs
from train.augment.augmentation import OFF, Augmentation
from train.data.batches import plain_batches, training_batches
from train.data.loading import hash_files, stream_photographs
from train.data.photograph_set import StreamedPhotographs

AUGMENTATION = Augmentation(flip=True, rotate_degrees=15.0, zoom=0.2, translate=0.1)
"""Flip, rotate, zoom and shift, as the course does."""

SIDE = 160
BATCH = 32
OURS = "FieldLens"
KERAS = "ImageDataGenerator"
KERAS_THREADS = "ImageDataGenerator, a thread per core"

_QUEUED = 10  # batches that Keras' enqueuer makes ahead, its default; ours makes 4 and one per core
_TO_LEVELS = 127.5  # ours hands out [-1, 1]
_JUDGED = 12  # batches whose pixels are compared
_SEED = 0


@dataclass(frozen=True)
class Contender:
    """Somebody who makes batches.

    Attributes:
        name: in the result.
        next_batch: returns (images, height, width, 3) float32, a tensor or an array.
        levels: turns such a batch into an array of 0..255.
        queued: batches that it may have made while others were measured, at most.
    """

    name: str
    next_batch: Callable[[], Any]
    levels: Callable[[Any], npt.NDArray[Any]] = np.asarray
    queued: int = 0


@dataclass(frozen=True)
class Turn:
    """One contender, one round: how many images it made in how long.

    Attributes:
        contender: its name.
        round: from 0.
        images: how many it made.
        duration_s: on the clock.
        cpu_s: of all threads of this process; on a busy machine the better measure of the work.
    """

    contender: str
    round: int
    images: int
    duration_s: float
    cpu_s: float

    @property
    def rate(self) -> float:
        """Images per second."""
        return self.images / self.duration_s

    @property
    def cpu_per_image_s(self) -> float:
        """Seconds of one core."""
        return self.cpu_s / self.images


@dataclass(frozen=True)
class Ratio:
    """How many times as fast ours is: median over the rounds, and the slowest and the fastest round.

    With n rounds the interval holds the true median with probability 1 - 2^(1 - n): Hahn and Meeker, Statistical
    Intervals, 1991, section 5.2.
    """

    against: str
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Pixels:
    """What images look like to a network: levels of 0..255, red, green and blue.

    Attributes:
        contender: who made them.
        images: how many.
        mean: of all pixels.
        spread: standard deviation of all pixels.
        spread_within: mean over the images of the standard deviation inside one.
    """

    contender: str
    images: int
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    spread_within: float


@dataclass(frozen=True)
class Difference:
    """Both with every option off, on all files: absolute difference of levels.

    Attributes:
        files: which ones, and so how much resizing there was.
        mean: over all pixels.
        share_within_2: of pixels that differ by at most 2 levels.
        largest: over all pixels.
    """

    files: str
    mean: float
    share_within_2: float
    largest: float


def run_input_pipeline(photographs: Path, out: Path, rounds: int, seconds: float, overwrite: bool) -> int:
    """Measure, print a table, write the raw result.

    Args:
        photographs: a folder per class.
        out: the JSON file.
        rounds: turns of each contender.
        seconds: of each turn, at least.
        overwrite: whether `out` may be there already.

    Raises:
        FieldLensError: an input cannot be used.
    """
    if rounds < 2 or seconds <= 0:
        raise UsageError(f"two rounds of more than 0 s are needed, received {rounds} of {seconds} s; try 6 of 2 s")
    refuse_existing(out, overwrite)
    _check_packages()
    streamed = _streamed(photographs)
    device = examine_device()
    with _keras_threads(photographs) as threads:
        contenders = (_ours(streamed), _keras_plain(photographs), threads)
        turns = take_turns(contenders, rounds, seconds)
        pixels = [_seen(contender) for contender in contenders]
    ratios = [ratio(turns, KERAS), ratio(turns, KERAS_THREADS)]
    with tempfile.TemporaryDirectory() as folder:
        small = small_copies(streamed, Path(folder))
        differences = [difference(small, f"copies of {SIDE} px"), difference(streamed, "originals")]
    content = {
        "versions": {name: version(name) for name in ("tensorflow", "tf_keras", "pillow", "scipy")},
        "photographs": {"folder": str(photographs), "files": len(streamed)},
        "options": {"side": SIDE, "batch": BATCH, **asdict(AUGMENTATION)},
        "turns": turns,
        "ratios": ratios,
        "pixels": pixels,
        "differences": differences,
    }
    write_envelope(out, "pipeline", content, device)
    print(_report(turns, ratios, pixels, differences))
    print(f"result  {out}")
    return 0


def take_turns(contenders: Sequence[Contender], rounds: int, seconds: float) -> list[Turn]:
    """Let everybody make batches for some seconds, round after round; every second round goes backwards.

    Args:
        contenders: in the order of the first round.
        rounds: at least 1.
        seconds: of each turn, at least; a turn has one batch or more.
    """
    turns = []
    with Progress("measuring", rounds * len(contenders)) as progress:
        for number in range(rounds):
            for contender in contenders if number % 2 == 0 else contenders[::-1]:
                for _ in range(contender.queued + 1):
                    contender.next_batch()
                turns.append(_turn(contender, number, seconds))
                progress.step(contender.name)
    return turns


def ratio(turns: Sequence[Turn], against: str) -> Ratio:
    """Compare our rate with another one's, round by round."""
    rates = {(turn.contender, turn.round): turn.rate for turn in turns}
    rounds = sorted({turn.round for turn in turns})
    ratios = sorted(rates[OURS, number] / rates[against, number] for number in rounds)
    return Ratio(against, percentile(ratios, 0.5), ratios[0], ratios[-1])


def describe_pixels(contender: str, batches: Sequence[npt.NDArray[Any]]) -> Pixels:
    """Describe (images, height, width, 3) batches of levels 0..255."""
    images = np.concatenate(batches).astype(np.float64)
    return Pixels(
        contender,
        len(images),
        tuple(float(value) for value in images.mean(axis=(0, 1, 2))),
        tuple(float(value) for value in images.std(axis=(0, 1, 2))),
        float(images.std(axis=(1, 2)).mean()),
    )


def difference(streamed: StreamedPhotographs, files: str) -> Difference:
    """Compare both with every option off.

    On originals they must differ: Pillow's bilinear filter grows with the reduction, OpenCV's and MediaPipe's does not.
    """
    flow = _flow(streamed.root, OFF, shuffle=False)
    mine = np.concatenate([_levels(images) for images, _ in plain_batches(streamed, BATCH)])
    theirs = np.concatenate([next(flow)[0] for _ in range(len(flow))])
    apart = np.abs(mine - theirs)
    return Difference(files, float(apart.mean()), float((apart < 2.5).mean()), float(apart.max()))


def small_copies(streamed: StreamedPhotographs, folder: Path) -> StreamedPhotographs:
    """Write JPEGs that need no resizing, so that nothing but the decoders and the order can differ."""
    for place, file in enumerate(streamed.files):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        (image_rgb,) = streamed.pictures(np.array([place]))
        cv2.imwrite(str(path), image_rgb[..., ::-1])
    return replace(streamed, root=folder)


def _check_packages() -> None:
    """Keras imports these where it uses them, and says so in a traceback."""
    for module, package in (("scipy", "scipy"), ("PIL", "pillow")):
        if find_spec(module) is None:
            raise MissingDependencyError(f"ImageDataGenerator needs {package}, which is missing; pip install {package}")


def _turn(contender: Contender, number: int, seconds: float) -> Turn:
    images, start_s, start_cpu_s = 0, time.perf_counter(), time.process_time()
    while True:
        images += len(contender.next_batch())
        duration_s = time.perf_counter() - start_s
        if duration_s >= seconds:
            return Turn(contender.name, number, images, duration_s, time.process_time() - start_cpu_s)


def _seen(contender: Contender) -> Pixels:
    return describe_pixels(contender.name, [contender.levels(contender.next_batch()) for _ in range(_JUDGED)])


def _streamed(photographs: Path) -> StreamedPhotographs:
    """Check that both read the same files; return them in Keras' order.

    Raises:
        DataError: they do not, or there are too few.
    """
    folder = find_photographs(photographs)
    if folder.layout != "folder per class":
        raise DataError(f"`{photographs}` has flat names, and flow_from_directory needs a folder per class")
    files, _ = hash_files(folder)
    streamed, broken = stream_photographs(photographs, files, folder.labels, Size(SIDE, SIDE))
    by_path = {file.path: place for place, file in enumerate(streamed.files)}
    theirs = _flow(photographs, OFF, shuffle=False).filenames
    if odd := sorted(set(by_path) ^ set(theirs)):
        why = broken[0] if broken else f"only one of both pipelines reads `{odd[0]}`"
        raise DataError(f"`{photographs}` is not the same to both pipelines: {why}; take the file out")
    if len(theirs) < BATCH:
        raise DataError(f"`{photographs}` holds {len(theirs)} pictures; {BATCH} or more are needed")
    order = [by_path[path] for path in theirs]
    return replace(streamed, files=tuple(streamed.files[place] for place in order), targets=streamed.targets[order])


def _ours(streamed: StreamedPhotographs) -> Contender:
    batches = iter(training_batches(streamed, BATCH, AUGMENTATION, _SEED))
    return Contender(OURS, lambda: next(batches)[0], _levels, _QUEUED)


def _levels(images: Any) -> npt.NDArray[np.float32]:
    return np.asarray((np.asarray(images) + 1.0) * _TO_LEVELS, np.float32)


def _keras_plain(photographs: Path) -> Contender:
    flow = _flow(photographs, AUGMENTATION, shuffle=True)
    return Contender(KERAS, lambda: next(flow)[0])


@contextmanager
def _keras_threads(photographs: Path) -> Iterator[Contender]:
    """What `fit(workers=cores)` does. Processes instead of threads hang: they are forked after TensorFlow started."""
    import tf_keras as keras

    flow = _flow(photographs, AUGMENTATION, shuffle=True)
    enqueuer = keras.utils.OrderedEnqueuer(flow, use_multiprocessing=False)
    enqueuer.start(workers=os.cpu_count() or 1, max_queue_size=_QUEUED)
    try:
        batches = enqueuer.get()
        yield Contender(KERAS_THREADS, lambda: next(batches)[0], queued=_QUEUED)
    finally:
        enqueuer.stop()


def _flow(photographs: Path, augmentation: Augmentation, shuffle: bool) -> Any:
    """Keras' pipeline with our options; its floats are 0..255, so it is spared the normalization that ours does."""
    import tf_keras as keras

    generator = keras.preprocessing.image.ImageDataGenerator(
        horizontal_flip=augmentation.flip,
        rotation_range=augmentation.rotate_degrees,
        zoom_range=augmentation.zoom,
        width_shift_range=augmentation.translate,
        height_shift_range=augmentation.translate,
        fill_mode="reflect",
    )
    with redirect_stdout(io.StringIO()):  # it tells how many images it found
        return generator.flow_from_directory(
            str(photographs),
            target_size=(SIDE, SIDE),
            batch_size=BATCH,
            class_mode="sparse",
            interpolation="bilinear",
            shuffle=shuffle,
            seed=_SEED,
        )


def _report(
    turns: Sequence[Turn], ratios: Sequence[Ratio], pixels: Sequence[Pixels], differences: Sequence[Difference]
) -> str:
    against = {one.against: f"{one.median:.1f} ({one.low:.1f} to {one.high:.1f})" for one in ratios}
    rows = [
        (
            one.contender,
            f"{_median(turn.rate for turn in turns if turn.contender == one.contender):.0f}",
            against.get(one.contender, ""),
            f"{_median(turn.cpu_per_image_s for turn in turns if turn.contender == one.contender) * 1e3:.2f}",
            _triple(one.mean),
            _triple(one.spread),
            f"{one.spread_within:.1f}",
        )
        for one in pixels
    ]
    head = ("pipeline", "images/s", "ours is × as fast", "CPU, ms/image", "mean RGB", "spread RGB", "spread within")
    lines = [
        f"every option off, {one.files}: levels differ by {one.mean:.2f} on average, {one.share_within_2:.2%} by at "
        f"most 2, all by at most {one.largest:.0f}"
        for one in differences
    ]
    return "\n".join([text_table(head, rows), "", *lines])


def _median(values: Iterable[float]) -> float:
    return percentile(sorted(values), 0.5)


def _triple(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:.1f}" for value in values)
