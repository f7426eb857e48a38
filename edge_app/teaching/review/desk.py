"""The frames of a folder on a desk: in the order of doubt, with what was said of each, until it is applied."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge_app.common.errors import DataError, OutputError, describe_os_error
from edge_app.display.explanation import draw_explained
from edge_app.model.card import NEITHER
from edge_app.model.classifier import Classifier
from edge_app.model.occlusion import Explained, explain
from edge_app.photographs.decoder import Image, read_photograph
from edge_app.sinks.collect import folder_name
from edge_app.teaching.review.frames import Frame, Scores, find_frames, read_collected
from edge_app.teaching.review.log import DELETED, Decision, Move, ReviewLog, Saying
from edge_app.teaching.review.looks import Looks
from edge_app.teaching.review.moving import carry_out, plan, plan_back, plan_restoring, refuse_links, target_folder
from edge_app.teaching.review.order import look_alikes, margin

MOST_LABELS = 20
"""Of a model, that are offered beside the folders there are."""

_SHOWN = 3  # labels of a frame
_JPEG_QUALITY = 85


class Desk:
    """What the page shows and does.

    Args:
        root: folder of the frames; the same until the end.
        by: who is at the keyboard.
        classifier: the present model; None: what `--collect` wrote down counts.
        everything: show the frames too that were checked before.

    Raises:
        DataError: the folder cannot be used.
        OutputError: what was begun before cannot be finished.
    """

    def __init__(self, root: Path, by: str, classifier: Classifier | None = None, everything: bool = False) -> None:
        self.root, self._everything = root.resolve(), everything
        self._found = find_frames(self.root)
        self._log = ReviewLog(self.root, by)
        self._looks = Looks(self.root, classifier)
        self._classifier = classifier
        self._collected = read_collected(self.root)
        self._label_of = {folder_name(label): label for label in reversed(self._labels())}
        self._lock = threading.RLock()
        self.version = 0
        if self._log.said.unfinished is not None:
            self._finish(self._log.said.unfinished)
        self._spread()

    def close(self) -> None:
        """End the work in the background."""
        self._looks.stop()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until all frames were looked at, or for a time; return whether they were."""
        return self._looks.wait(seconds)

    @property
    def frames(self) -> Sequence[Frame]:
        """Those on the desk; their places are their numbers in this version."""
        return self._frames

    def sentences(self) -> list[str]:
        """Say what a reader should know of the folder."""
        said = self._found.sentences()
        if self._hidden:
            said.append(f"{self._hidden:,} frames checked before are not shown (--all shows them)")
        if self._log.said.unreadable:
            said.append(
                f"{self._log.said.unreadable:,} lines of {self._log.path.name} cannot be read, and are left out"
            )
        return said

    def state(self) -> dict[str, Any]:
        """Return how far the looking has come, and how many frames move."""
        with self._lock:
            known = self._looks.known(self._frames)
            return {"version": self.version, "known": known, "frames": len(self._frames), **self._counts()}

    def overview(self) -> dict[str, Any]:
        """Return all frames in the order of doubt, in groups that look alike, with what was said of each."""
        with self._lock:
            scores = [self._scores_of(frame) for frame in self._frames]
            margins = [self._margin(frame, one) for frame, one in zip(self._frames, scores, strict=True)]
            current = self._log.said.current()
            return {
                **self.state(),
                "folder": self.root.name,
                "model": self.model_name,
                "explains": self._classifier is not None,
                "neither": folder_name(NEITHER),
                "classes": self._classes(),
                "notes": self.sentences(),
                "groups": self._groups(margins),
                "list": [
                    {**_about(frame, one, far), **_words(current.get(frame.path))}
                    for frame, one, far in zip(self._frames, scores, margins, strict=True)
                ],
            }

    @property
    def model_name(self) -> str:
        """Name of the present model; empty: there is none."""
        return ", ".join(self._collected.models) if self._classifier is None else self._classifier.path.name

    def decide(self, version: int, numbers: Sequence[int], say: Saying, folder: str = "") -> dict[str, Any]:
        """Keep what is said of frames.

        Args:
            version: of the overview in which the numbers were seen.
            numbers: of the frames.
            say: what.
            folder: of the class, where it is another one.

        Raises:
            DataError: the numbers or the folder are none of this desk's.
            OutputError: it cannot be kept.
        """
        with self._lock:
            frames = self._numbered(version, numbers)
            self._refuse_unfinished()
            if say == "class" and folder not in [one["folder"] for one in self._classes()]:
                raise DataError(f"`{folder}` is no class of `{self.root.name}`; choose one of those on the page")
            if say == "class" and all(frame.folder == folder for frame in frames):
                say, folder = "right", ""
            files = {frame.path: self._sha256_of(frame) for frame in frames}
            self._log.decide(Decision(say, folder, files))
            return self._counts()

    def undo(self, version: int) -> dict[str, Any]:
        """Take back the last decision; return the frames that it was about, as they are now."""
        with self._lock:
            self._numbered(version, ())
            self._refuse_unfinished()
            last = self._log.undo()
            paths = () if last is None else last.files
            current = self._log.said.current()
            undone = {n: _words(current.get(frame.path)) for n, frame in enumerate(self._frames) if frame.path in paths}
            return {**self._counts(), "undone": undone}

    def apply(self, version: int, moved: int, deleted: int) -> dict[str, Any]:
        """Move frames where the decisions say; those checked as right stay, and are not shown again.

        Args:
            version: of the overview.
            moved: how many frames change their class, as was confirmed.
            deleted: how many go to the folder of deleted ones, as was confirmed.

        Raises:
            DataError: the numbers are not those of the decisions.
            OutputError: a file cannot be moved; what is left is moved by the next attempt.
        """
        with self._lock:
            unfinished, stay = self._log.said.unfinished, list[str]()
            if unfinished is None:
                self._numbered(version, ())
                counts = self._counts()
                if (moved, deleted) != (counts["moves"], counts["deletes"]):
                    raise DataError("the decisions have changed since they were counted; look again")
                moves, stay = plan(self.root, self._current())
                refuse_links(self.root, moves)  # before anything is begun
                self._log.begin(moves)
            done = self._finish(moves if unfinished is None else unfinished)
            gone = sum(move.to.startswith(f"{DELETED}/") for move in done)
            self.version += 1
            self._spread()
            return {"moved": len(done) - gone, "deleted": gone, "stay": stay, "kept": str(self.root / DELETED)}

    def take_back(self, version: int) -> dict[str, Any]:
        """Undo what was applied last: each frame goes where it was, to be looked at again; those that are right stay.

        Args:
            version: of the overview.

        Raises:
            DataError: nothing was applied that is not taken back yet, or decisions wait.
            OutputError: a file cannot be moved; what is left is moved by the next start.
        """
        with self._lock:
            self._numbered(version, ())
            self._refuse_unfinished()
            self._refuse_waiting("take back what was applied")
            if not self._log.said.applied:
                raise DataError(f"nothing was applied to `{self.root}` that is not taken back already")
            moves, stay = plan_back(self.root, self._log.said.applied[-1])
            refuse_links(self.root, moves)
            self._log.begin(moves, back=True)
            self._finish(moves)
            self.version += 1
            self._spread()
            return {"back": len(moves), "stay": stay}

    def _refuse_waiting(self, then: str) -> None:
        if self._log.said.decisions:
            raise DataError(
                f"{len(self._current()):,} decisions about `{self.root}` are not applied yet; apply or undo them, "
                f"then {then}"
            )

    def restore(self) -> int:
        """Bring back what was deleted, each to its class; return how many frames."""
        with self._lock:
            self._refuse_waiting("restore")
            moves = plan_restoring(self.root)
            refuse_links(self.root, moves)
            if moves:
                self._log.begin(moves)
                self._finish(moves)
            return len(moves)

    def picture(self, version: int, number: int, side_px: int) -> bytes:
        """Return a frame as a JPEG whose longer side has at most so many pixels.

        Raises:
            DataError: it is of another version of the desk.
            PhotographError: it cannot be read.
        """
        (frame,) = self._numbered(version, [number])
        return _jpeg(_within(read_photograph(self.root / frame.path), side_px))

    def explanation(self, version: int, number: int) -> bytes:
        """Return a frame with the map of why the model says what it says, as a JPEG.

        Raises:
            DataError: there is no model, or the frame is of another version of the desk.
            PhotographError: it cannot be read.
        """
        (frame,) = self._numbered(version, [number])
        image_bgr = read_photograph(self.root / frame.path)
        found = self._looks.ask(lambda model: explain(model, image_bgr))
        if found is None:
            raise DataError("no model is at hand to explain; start the review with --model FILE")
        return _jpeg(draw_explained(Explained(image_bgr, found)))

    def _spread(self) -> None:
        """Look for the frames that are there now."""
        self._found = find_frames(self.root)
        checked = {} if self._everything else self._log.said.checked
        self._frames = [frame for frame in self._found.frames if not self._was_checked(frame, checked)]
        self._hidden = len(self._found.frames) - len(self._frames)
        self._looks.start(self._frames)

    def _was_checked(self, frame: Frame, checked: dict[str, str]) -> bool:
        """A file that has another content since is looked at again."""
        return frame.path in checked and self._looks.sha256_of(frame) == checked[frame.path]

    def _finish(self, moves: Sequence[Move]) -> list[Move]:
        with _told():
            done = carry_out(self.root, moves)
            self._log.end(done)
        return done

    def _numbered(self, version: int, numbers: Sequence[int]) -> list[Frame]:
        if version != self.version or not all(0 <= number < len(self._frames) for number in numbers):
            raise DataError("the frames have changed since the page was loaded; load it again")
        return [self._frames[number] for number in numbers]

    def _refuse_unfinished(self) -> None:
        if self._log.said.unfinished is not None:
            raise DataError("some frames could not be moved; apply again before anything else is decided")

    def _sha256_of(self, frame: Frame) -> str:
        sha256 = self._looks.sha256_of(frame)
        if not sha256:
            raise DataError(f"`{frame.path}` is gone; load the page again")
        return sha256

    def _current(self) -> dict[str, Decision]:
        there = {frame.path for frame in self._found.frames}
        return {path: one for path, one in self._log.said.current().items() if path in there}

    def _counts(self) -> dict[str, int]:
        current = self._current()
        targets = [target_folder(path, decision) for path, decision in current.items()]
        deletes = sum(target is not None and target.startswith(f"{DELETED}/") for target in targets)
        return {"decided": len(current), "moves": sum(map(bool, targets)) - deletes, "deletes": deletes}

    def _classes(self) -> list[dict[str, Any]]:
        """Return the folders that a frame may go to: those there are, then those of the model's other labels."""
        new = sorted(self._label_of) if len(self._label_of) <= MOST_LABELS else []
        folders = dict.fromkeys([*self._found.folders, *new])
        folders.pop(folder_name(NEITHER), None)
        return [{"folder": folder, "label": self._label_of.get(folder, folder)} for folder in folders]

    def _labels(self) -> tuple[str, ...]:
        if self._classifier is not None:
            return tuple(dict.fromkeys(self._classifier.card.labels))
        return tuple(sorted({label for scores in self._collected.scores.values() for label in scores}))

    def _scores_of(self, frame: Frame) -> Scores | None:
        if self._classifier is not None:
            return self._looks.scores(frame)
        return self._collected.scores.get(self._log.said.first_paths.get(frame.path, frame.path))

    def _margin(self, frame: Frame, scores: Scores | None) -> float:
        """Return the margin; 0 of a frame of which nothing is known."""
        return 0.0 if not scores else margin(scores, self._label_of.get(frame.folder))

    def _groups(self, margins: Sequence[float]) -> list[list[int]]:
        order = sorted(range(len(margins)), key=lambda place: (margins[place], self._frames[place].path))
        looks = [self._looks.of(frame) for frame in self._frames]
        if not all(looks):  # until all were looked at
            return [[place] for place in order]
        greys = (
            np.stack([look.grey for look in looks if look is not None]) if looks else np.empty((0, 32, 32), np.uint8)
        )
        return look_alikes(order, greys, [frame.folder for frame in self._frames])


def _about(frame: Frame, scores: Scores | None, far: float) -> dict[str, Any]:
    best = sorted((scores or {}).items(), key=lambda item: -item[1])[:_SHOWN]
    return {"path": frame.path, "folder": frame.folder, "scores": best, "margin": round(far, 4)}


def _words(decision: Decision | None) -> dict[str, str]:
    return {"say": "", "to": ""} if decision is None else {"say": decision.say, "to": decision.folder}


@contextmanager
def _told() -> Iterator[None]:
    """Tell what the system refuses in a sentence."""
    try:
        yield
    except OSError as error:
        raise OutputError(describe_os_error(error)) from error


def _within(image_bgr: Image, side_px: int) -> Image:
    scale = side_px / max(image_bgr.shape[:2])
    if scale >= 1.0:
        return image_bgr
    return np.asarray(cv2.resize(image_bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(image_bgr: Image) -> bytes:
    return bytes(cv2.imencode(".jpg", image_bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1])
