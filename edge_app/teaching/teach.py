"""A sitting from start to end: capture → features and label → keep what is shown → page or window."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from edge_app.app import DEFAULT_SMOOTHING_S, LiveLoop
from edge_app.common.command_line import Terminated
from edge_app.common.errors import ModelFileError, OutputError, UsageError
from edge_app.common.notices import note
from edge_app.common.progress import Progress
from edge_app.display.controls import KEYS, Controls
from edge_app.display.display_frame import DisplayFrame
from edge_app.display.smoothing import LabelSmoother
from edge_app.live.frame_classifier import FrameClassifier
from edge_app.live.region import UPRIGHT, Orientation
from edge_app.model.card import NEITHER, read_own_card
from edge_app.model.starter import STARTER
from edge_app.sinks.collect import folder_name
from edge_app.sinks.sink import Sink
from edge_app.sources.frames import DEFAULT_CAPTURE_OPTIONS, CaptureOptions
from edge_app.sources.opening import open_frame_stream, open_source
from edge_app.teaching.album import Album
from edge_app.teaching.backbone import Backbone
from edge_app.teaching.better import file_before
from edge_app.teaching.learning import TAUGHT_ON, TaughtHead
from edge_app.teaching.lesson import Lesson, LessonSettings, how_good
from edge_app.teaching.taught_classifier import TaughtClassifier

_UNUSED = ("m", "n", "s", "v", "t")  # keys of the app: a mirrored picture is not what the sensor sees


@dataclass(frozen=True)
class TeachSettings:
    """One sitting, as the command line describes it.

    Attributes:
        lesson: what it is about.
        out: the folder of photographs.
        source: see `open_source`.
        backbone: whose features are learned from; None: the starter's.
        budget_bytes: of the folder.
        orientation: how frames are turned upright.
        frames: stop after this many; None: when the source ends.
        window: a window, where there is a screen.
        web: the port of the page; None: no page.
        web_address: it listens on.
        overwrite: whether a model that was not taught may be replaced.
        capture_options: what is asked of the source.
    """

    lesson: LessonSettings
    out: Path
    source: str
    backbone: Path | None = None
    budget_bytes: int = 500_000_000
    orientation: Orientation = UPRIGHT
    frames: int | None = None
    window: bool = True
    web: int | None = None
    web_address: str = "127.0.0.1"
    overwrite: bool = False
    capture_options: CaptureOptions = DEFAULT_CAPTURE_OPTIONS


def check_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Return labels that can be taught.

    Raises:
        UsageError: fewer than two, twice the same, in other capitals too, or `neither`.
    """
    given = tuple(label.strip() for label in labels)
    if len(given) < 2 or not all(given):
        raise UsageError(f"`{','.join(labels)}` is not a list of labels; give two or more: cup,phone,nothing")
    if len(set(given)) < len(given):
        raise UsageError(f"`{','.join(labels)}` names a label twice; name each once")
    folders = [folder_name(label).casefold() for label in given]
    if len(set(folders)) < len(given):  # one folder on the disks of a Mac, of Windows and of most cameras
        raise UsageError(f"`{','.join(labels)}` has labels that differ in capitals only; name them otherwise")
    if NEITHER in given:
        raise UsageError(f"`{NEITHER}` is what the app says of a picture of no label; call it `nothing` or `other`")
    return given


def teach(settings: TeachSettings) -> list[str]:
    """Let somebody show frames until the source ends, the user quits, or Ctrl-C.

    Returns:
        What came of it, and what to do next, in sentences.

    Raises:
        FieldLensError: the network, the source or an output cannot be used.
    """
    _refuse_replacing(settings.lesson.model, settings.overwrite)
    _refuse_replacing(file_before(settings.lesson.model), settings.overwrite)
    backbone = Backbone(settings.backbone or STARTER)
    lesson_settings = settings.lesson
    untaught = TaughtClassifier(backbone, lesson_settings.labels, None, lesson_settings.model)
    frame_classifier = FrameClassifier([lesson_settings.model], lambda _path: untaught, settings.orientation)

    def on_taught(taught: TaughtHead) -> None:
        frame_classifier.use(TaughtClassifier(backbone, taught.labels, taught, lesson_settings.model))
        if lesson.held is None:  # while one is held a better head follows soon
            note(f"{lesson_settings.model}: {how_good(taught)}")

    with ExitStack() as stack:
        album = stack.enter_context(Album(settings.out, settings.budget_bytes))
        lesson = Lesson(lesson_settings, album, backbone, on_taught)
        _remember(lesson, album)
        another_film = replace(settings.capture_options, demo_film=lesson.sittings())  # of one there are copies already
        source = open_source(settings.source, another_film)
        frame_stream = stack.enter_context(open_frame_stream(source, note))
        controls = TeachControls(lesson, settings.orientation)
        sinks = [stack.enter_context(sink) for sink in _sinks(settings, lesson, controls)]
        smoother = LabelSmoother(0.0 if frame_stream.stills else DEFAULT_SMOOTHING_S)
        try:
            LiveLoop(frame_stream, frame_classifier, sinks, smoother, controls).run(settings.frames)
        except KeyboardInterrupt as stop:
            note("stopped by SIGTERM" if isinstance(stop, Terminated) else "stopped by Ctrl-C")
        lesson.finish()
    return _summary(settings, lesson)


class TeachControls(Controls):
    """The keys of a sitting's window.

    Args:
        lesson: what they act on.
        orientation: how frames are turned upright.
    """

    def __init__(self, lesson: Lesson, orientation: Orientation) -> None:
        super().__init__(orientation)
        self._lesson = lesson
        teaching = [(str(place + 1), f"hold: show {label}") for place, label in enumerate(self._labels[:9])]
        more = [("u", "take the last burst back"), ("t", "train now")]
        self.keys = (*teaching, *more, *(pair for pair in KEYS if pair[0] not in _UNUSED))

    @property
    def _labels(self) -> tuple[str, ...]:
        return self._lesson.settings.labels

    def press(self, code: int) -> None:
        """Do what a key asks for; see `Controls.press`."""
        key = chr(code & 0xFF).lower() if code >= 0 else ""
        if key and key in "123456789":
            self._lesson.press(int(key) - 1)
        elif key == "u":
            self._lesson.undo()
        elif key == "t":
            self._lesson.train()
        elif key not in _UNUSED:
            super().press(code)

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """What is held, the counts, and what to do next."""
        state = self._lesson.state()
        rows = [
            (f"{'●' if place == state['held'] else place + 1} {one['label']}", f"{one['kept']:,}")
            for place, one in enumerate(state["classes"])
        ]
        sentences = [state["told"] or state["goal"], "learning …" if state["learning"] else state["taught"]]
        return (*rows, *((sentence, "") for sentence in sentences if sentence))


class LessonSink:
    """Hands every frame to the lesson."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def consume(self, display_frame: DisplayFrame) -> bool:
        """Let the lesson see the frame."""
        raw = display_frame.classified.prediction.raw
        assert raw is not None
        self._lesson.see(display_frame.classified.image_bgr, raw)
        return True


def _refuse_replacing(model: Path, overwrite: bool) -> None:
    """A taught file is replaced by every training; another one only if the user says so.

    Raises:
        OutputError: there is something else.
    """
    if overwrite or not model.exists():
        return
    try:
        taught = read_own_card(model).trained_on.startswith(TAUGHT_ON)
    except ModelFileError:
        taught = False
    if not taught:
        raise OutputError(f"`{model}` was not made by `fieldlens teach`; choose another --model, or add --overwrite")


def _remember(lesson: Lesson, album: Album) -> None:
    """Take in what is in the folder already."""
    labels = lesson.settings.labels
    there = album.paths(labels)
    if not there:
        return
    with Progress("features of earlier photographs", len(there)) as progress:
        for one in album.photographs(there):
            lesson.remember(labels.index(one.label), one.image_bgr, one.session)
            progress.step()
    note(f"teaching continues in {album.root}: {_counted(lesson)}")
    _keep_model_before(lesson, album.root.name)


def _keep_model_before(lesson: Lesson, name: str) -> None:
    """Let the lesson compare with the model that is there, if it was taught these labels on this folder."""
    try:
        card = read_own_card(lesson.settings.model)
    except ModelFileError:
        return
    if card.labels == lesson.settings.labels and card.trained_on.startswith(f"{TAUGHT_ON} {name};"):
        learned_from = 0 if card.accuracy is None else card.accuracy.photographs
        lesson.learned_before(learned_from == sum(lesson.counts()))


def _counted(lesson: Lesson) -> str:
    counts = lesson.counts()
    each = ", ".join(f"{label} {count:,}" for label, count in zip(lesson.settings.labels, counts, strict=True))
    return f"{_many(sum(counts), 'photograph')} of {_many(lesson.sittings(), 'sitting')} ({each})"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _sinks(settings: TeachSettings, lesson: Lesson, controls: TeachControls) -> list[Sink]:
    sinks: list[Sink] = [LessonSink(lesson)]
    if settings.web is not None:
        from edge_app.web.sink import WebSink

        sinks.append(WebSink(settings.web_address, settings.web, buttons=lesson))
    elif settings.web_address != "127.0.0.1":
        raise UsageError(f"--web-address {settings.web_address} needs --web")
    if settings.window:
        from edge_app.sinks.window import WindowSink, why_no_window

        reason = why_no_window()
        if reason is None:
            sinks.append(WindowSink(controls))
        elif settings.web is None and settings.lesson.always is None:
            raise UsageError(f"no window ({reason}), so nothing can be pressed; add --web, or --label LABEL")
    elif settings.web is None and settings.lesson.always is None:
        raise UsageError("without a window nothing can be pressed; add --web, or --label LABEL")
    return sinks


def _summary(settings: TeachSettings, lesson: Lesson) -> list[str]:
    lesson.forget_lost()
    model, out = settings.lesson.model, settings.out
    sentences = [f"{out}: {_counted(lesson)}"]
    if lesson.taught is not None:
        sentences += [
            f"{model}: {how_good(lesson.taught)}",
            f"run it: fieldlens app {model} --source {settings.source}",
            *([] if lesson.better is None else [str(lesson.better), lesson.better.command]),
            *([] if lesson.taught.doubling is None else [f"more of it: {lesson.taught.doubling}"]),
        ]
    if min(lesson.counts()) < settings.lesson.goal or lesson.sittings() < 2:
        sentences.append(f"next: {lesson.goal()}")
    if lesson.fewest_sittings() > 1:  # it never tears a sitting apart
        sentences.append(f"a better model, on a workstation: fieldlens train {out}")
    return sentences
