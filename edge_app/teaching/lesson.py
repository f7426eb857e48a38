"""One sitting: what is held up now, what was kept, and what was learned from it.

Frames come from the loop, presses from a window or the page of `--web`, in threads of their own; a lock keeps them
apart. Learning has a thread too, so that pictures stay live meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_app.common.atomic_files import write_bytes
from edge_app.common.errors import FieldLensError
from edge_app.common.notices import note
from edge_app.photographs.decoder import Image
from edge_app.photographs.thumbnails import thumbnail
from edge_app.teaching.album import Album
from edge_app.teaching.backbone import Backbone
from edge_app.teaching.better import Better, compared, file_before
from edge_app.teaching.learning import SITTINGS, Examples, TaughtHead, learn, model_file
from edge_app.teaching.looks import Looks, edge_strength, is_dark, look_of

HOLD_S = 1.0
"""A press counts for so long unless it is repeated: OpenCV tells no key's end, and a page may vanish in mid-press."""
FEWEST_PER_CLASS = 3
"""Frames of each class before `--train` learns by itself."""
FEWEST_NEW, NEW_SHARE = 10, 0.1
"""While a label is held, `--train` learns again after so many new frames, and so many per frame that there is: learning
from twice as many takes longer, and all of it together stays in proportion to what was shown."""

_TOLD_S = 3.0


@dataclass(frozen=True, eq=False)
class Shown:
    """A frame that was kept.

    Attributes:
        place: of its label.
        features: (width,) float32.
        session: its sitting.
        burst: the number of its burst in this sitting; None: it was there before.
        path: in the album; None: it was there before.
    """

    place: int
    features: npt.NDArray[np.float32]
    session: str
    burst: int | None = None
    path: Path | None = None


@dataclass
class _Hold:
    """What is pressed: the place of a label and until when it counts, `time.monotonic()`."""

    place: int
    until_s: float


@dataclass
class _Told:
    """A sentence about the newest frames, and until when it is shown."""

    text: str = ""
    until_s: float = 0.0

    @property
    def now(self) -> str:
        return self.text if time.monotonic() < self.until_s else ""


@dataclass(frozen=True)
class LessonSettings:
    """What a sitting is about.

    Attributes:
        labels: at least two.
        model: the file that the head is written to.
        goal: frames per label.
        by_itself: learn while frames come in, and from all of them when nothing is held any more.
        always: the label that every frame is of; None: what is pressed.
    """

    labels: tuple[str, ...]
    model: Path
    goal: int = 40
    by_itself: bool = False
    always: str | None = None


class Lesson:
    """A sitting.

    Attributes:
        taught: the newest head; None: nothing was learned yet.
        better: how it compares with the model of the sittings before; None: there is none, or nothing was learned.

    Args:
        settings: what it is about.
        album: where frames are kept.
        backbone: whose features are learned from.
        on_taught: gets every new head, in the thread of learning.
    """

    def __init__(
        self, settings: LessonSettings, album: Album, backbone: Backbone, on_taught: Callable[[TaughtHead], None]
    ) -> None:
        self.settings = settings
        self.taught: TaughtHead | None = None
        self.better: Better | None = None
        self._before: tuple[Examples | None, bytes] | None = None
        self._album, self._backbone, self._on_taught = album, backbone, on_taught
        self._lock = threading.RLock()
        self._shown: list[Shown] = []
        self._looks = [Looks() for _ in settings.labels]
        self._counts = [0] * len(settings.labels)
        self._hold: _Hold | None = None
        self._burst = 0
        self._told = _Told()
        self._learner: threading.Thread | None = None
        self._learned_of = 0  # changes that the newest head knows
        self._changes = 0

    def remember(self, place: int, image_bgr: Image, session: str) -> None:
        """Take in a photograph that was there before."""
        look = look_of(thumbnail(image_bgr))
        self._add(Shown(place, self._backbone.features(image_bgr), session), look, edge_strength(image_bgr))

    def _add(self, shown: Shown, look: npt.NDArray[np.float32], edges: float) -> None:
        self._shown.append(shown)
        self._looks[shown.place].add(look, edges)
        self._counts[shown.place] += 1
        self._changes += 1

    def learned_before(self, from_all: bool) -> None:
        """Keep the model that is there already, to compare the next one with it.

        Args:
            from_all: whether it learned from all frames so far.
        """
        self._before = self.examples() if from_all else None, self.settings.model.read_bytes()

    def press(self, place: int) -> None:
        """Begin to show a label, or go on; another one ends the one before. Others than there are do nothing."""
        with self._lock:
            if place >= len(self.settings.labels) or self.settings.always:
                return
            if self.held != place:
                self._burst += 1
            self._hold = _Hold(place, time.monotonic() + HOLD_S)

    def release(self) -> None:
        """End what is pressed."""
        with self._lock:
            self._hold = None

    @property
    def held(self) -> int | None:
        """The place of the label that is shown now; None: none."""
        if self.settings.always:
            return self.settings.labels.index(self.settings.always)
        with self._lock:
            if self._hold is not None and time.monotonic() >= self._hold.until_s:
                self._hold = None
            return None if self._hold is None else self._hold.place

    def see(self, image_bgr: Image, features: npt.NDArray[np.float32]) -> None:
        """Keep a frame, if a label is held up and nothing like it was kept.

        Args:
            image_bgr: (height, width, 3) uint8 BGR, as the sensor sees it.
            features: of it.
        """
        with self._lock:
            self.forget_lost()
            place = self.held
            if place is not None and not self._album.fault:
                self._keep(place, image_bgr, features)
            if self.settings.by_itself and self._is_new_to_learn(place is not None):
                self.train()

    def _keep(self, place: int, image_bgr: Image, features: npt.NDArray[np.float32]) -> None:
        small, looks = thumbnail(image_bgr), self._looks[place]
        look = look_of(small)
        if not looks.is_new(look):
            self.tell("nothing new: move it, turn it, or show another side")
            return
        edges = edge_strength(image_bgr)
        if is_dark(small):
            self.tell("dark: bring more light")
        elif looks.is_blurred(edges):
            self.tell("blurred: hold still, or bring more light")
        label = self.settings.labels[place]
        path = self._album.keep(label, image_bgr)
        if path is None:
            self.tell("the disk is slower than the camera: some frames are not kept")
            return
        self._add(Shown(place, features, self._album.session, self._burst, path), look, edges)

    def undo(self) -> None:
        """Take back the frames of the last burst of this sitting, files included."""
        with self._lock:
            self.release()
            bursts = [one.burst for one in self._shown if one.burst is not None]
            if not bursts:
                self.tell("nothing to take back: no frame was kept in this sitting")
                return
            taken = [one for one in self._shown if one.burst == bursts[-1]]
            self._drop(taken)
            self._album.take_back([one.path for one in taken if one.path is not None])
            self.tell(f"took back {len(taken):,} of {self.settings.labels[taken[0].place]}")

    def _drop(self, gone: Sequence[Shown]) -> None:
        numbers = {id(one) for one in gone}
        self._shown = [one for one in self._shown if id(one) not in numbers]
        for one in gone:
            self._looks[one.place].forget_last(1)
            self._counts[one.place] -= 1
        self._changes += 1

    def forget_lost(self) -> None:
        """Leave out the frames that could not be written."""
        if self._album.lost:
            lost = {self._album.lost.pop() for _ in range(len(self._album.lost))}
            self._drop([one for one in self._shown if one.path in lost])
            self.tell(f"not kept: {self._album.fault}")

    def train(self) -> None:
        """Learn from all frames so far, in another thread."""
        with self._lock:
            lacking = [label for label, count in zip(self.settings.labels, self.counts(), strict=True) if not count]
            if lacking:
                self.tell(f"nothing to learn yet: show {', '.join(lacking)}")
            elif not self.is_learning:
                self._learned_of = self._changes
                self._learner = threading.Thread(target=self._learn, args=(self.examples(),), name="learning")
                self._learner.start()

    @property
    def is_learning(self) -> bool:
        """Whether a head is being fitted."""
        return self._learner is not None and self._learner.is_alive()

    def finish(self) -> None:
        """Wait for learning; with `by_itself`, learn what is new once more."""
        self.wait()
        if self.settings.by_itself and self._is_new_to_learn(held=False):
            self.train()
            self.wait()

    def wait(self) -> None:
        """Wait until nothing is being learned."""
        if self._learner is not None:
            self._learner.join()

    def _is_new_to_learn(self, held: bool) -> bool:
        """Tell whether there is enough to learn from, and enough of it new; while a label is held, more must be."""
        enough = max(FEWEST_NEW, NEW_SHARE * len(self._shown)) if held else 1
        new = self._changes - self._learned_of
        return new >= enough and not self.is_learning and min(self.counts()) >= FEWEST_PER_CLASS

    def _learn(self, examples: Examples) -> None:
        try:
            taught = learn(examples, self.settings.labels, self._album.root.name)
            if self._before is not None:
                write_bytes(file_before(self.settings.model), self._before[1])
            write_bytes(self.settings.model, model_file(self._backbone, taught, self._album.root.name))
        except FieldLensError as error:
            note(f"not learned: {error}")
            self.tell(f"not learned: {error}")
            return
        self.taught = taught
        self._on_taught(taught)
        self.tell(f"learned {len(examples.targets):,} frames")
        if self._before is not None:
            self.better = self._compared(taught, self._before[0])

    def _compared(self, taught: TaughtHead, before: Examples | None) -> Better:
        """Compare with the model before: its frames are the first ones, for undo takes back those of this sitting."""
        labels, name = self.settings.labels, self._album.root.name
        found = None if before is None else compared(before, taught, labels, name)
        return Better(found, file_before(self.settings.model), self.settings.model)

    def examples(self) -> Examples:
        """Return all frames as what a head learns from."""
        shown = self._shown
        bursts = [one.session if one.burst is None else f"{one.session} {one.burst}" for one in shown]
        features = np.stack([one.features for one in shown])
        targets = np.array([one.place for one in shown], np.int64)
        return Examples(features, targets, [one.session for one in shown], bursts)

    def counts(self) -> list[int]:
        """Return how many frames there are of each label."""
        return list(self._counts)

    def sittings(self) -> int:
        """Return how many sittings there are frames of."""
        return len({one.session for one in self._shown})

    def fewest_sittings(self) -> int:
        """Return in how many sittings the label was shown that was shown in the fewest."""
        pairs = {(one.place, one.session) for one in self._shown}
        return min(sum(place == one for place, _ in pairs) for one in range(len(self.settings.labels)))

    def tell(self, text: str) -> None:
        """Show a sentence for some seconds."""
        self._told = _Told(text, time.monotonic() + _TOLD_S)

    def goal(self) -> str:
        """Say what to do next."""
        if self._album.fault:
            return f"nothing more is kept: {self._album.fault}"
        missing = [
            f"{self.settings.goal - count:,} more of {label}"
            for label, count in zip(self.settings.labels, self.counts(), strict=True)
            if count < self.settings.goal
        ]
        if missing:
            others = len(missing) - 1
            return missing[0] + (f", then {others} other {'label' if others == 1 else 'labels'}" if others else "")
        if self.sittings() < 2:
            return "enough of each; sit down again in another light or place: only that tells how good it is"
        return "enough of each"

    def state(self) -> dict[str, Any]:
        """Return what the page shows."""
        with self._lock:
            labels = self.settings.labels
            classes = [{"label": label, "kept": kept} for label, kept in zip(labels, self.counts(), strict=True)]
            return {
                "classes": classes,
                "wanted": self.settings.goal,
                "held": self.held,
                "goal": self.goal(),
                "told": self._told.now,
                "learning": self.is_learning,
                "taught": how_good(self.taught) + self._than_before(),
                "model": str(self.settings.model),
                "session": self._album.session,
            }

    def _than_before(self) -> str:
        return "" if self.better is None else f"; better than the model before: {self.better.verdict}"

    def act(self, what: str) -> None:
        """Do what a page asks for: `hold/2` (places count from 0), `release`, `undo` or `train`."""
        word, _, place = what.partition("/")
        if word == "hold" and place.isdigit():
            self.press(int(place))
        elif word in ("release", "undo", "train"):
            {"release": self.release, "undo": self.undo, "train": self.train}[word]()


def how_good(taught: TaughtHead | None) -> str:
    """Say how good a head is; empty: there is none."""
    if taught is None:
        return ""
    if taught.accuracy is None:
        return "learned; how good it is cannot be told from one burst of a class: show each label twice"
    flatters = "" if taught.judged_by == SITTINGS else "; another sitting is harder"
    return f"right on {taught.accuracy} of frames left out by {taught.judged_by}{flatters}"
