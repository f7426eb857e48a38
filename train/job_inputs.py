"""Everything that a training job reads."""

from __future__ import annotations

from pathlib import Path

from edge_app.model.card import ResizeRule, Size
from edge_app.photographs.folders import PhotographFolder
from edge_app.photographs.splits import Split
from train.data.loading import SplitReader
from train.data.memory import Stream, streams
from train.data.outliers import Outliers, find_outliers, load_outliers
from train.data.photograph_set import Photographs
from train.fitting.stages import TrainingData
from train.fitting.teacher import Teacher, open_teacher

_BYTES_PER_PIXEL = 3


class JobInputs:
    """Everything that a job reads: photographs, pictures of anything else, a teacher; read when it is asked for.

    Attributes:
        reader: of the photographs.
        outliers: pictures of anything else; None without them.
        teacher: a finished run; None without one.
        size_bytes: of everything decoded.
        streamed: whether photographs stay in their files and are decoded when a batch needs them.

    Args:
        folder: of the photographs.
        input_size: of the network, pixels.
        neither: folder with pictures of anything else.
        teacher: run folder.
        stream: whether photographs may fill the memory.
        refuse_empty: see `SplitReader`.
        resize: of the photographs that validate, see `ModelCard`; those that train are whole.

    Raises:
        DataError: there are too few photographs, or no pictures of anything else.
        UsageError: the teacher knows other classes.
        RunFolderError: the teacher is no run folder.
    """

    def __init__(
        self,
        folder: PhotographFolder,
        input_size: int,
        neither: Path | None = None,
        teacher: Path | None = None,
        stream: Stream = "auto",
        refuse_empty: bool = True,
        resize: ResizeRule = "squash",
    ) -> None:
        self.teacher: Teacher | None = None if teacher is None else open_teacher(teacher, folder.labels)
        self.reader = SplitReader(folder, input_size, refuse_empty)
        self.outliers: Outliers | None = None
        if neither is not None:
            self.outliers = find_outliers(neither, {file.sha256 for file in self.reader.usable})
        self._size, self._resize = Size(input_size, input_size), resize
        self.size_bytes = self._size_bytes()
        self.streamed = self.reader.streamed = streams(stream, self.size_bytes)

    def training_data(self) -> TrainingData:
        """Read what trains and what validates.

        Raises:
            DataError: too few photographs can be decoded.
        """
        reader, teacher = self.reader, self.teacher
        training, validation = reader.load("train"), reader.load("validation", self._resize)
        reader.refuse_too_few()
        return TrainingData(
            training=training,
            validation=validation,
            classes=len(reader.labels),
            outliers=self.load_outliers("train"),
            teacher=teacher,
            for_teacher=None if teacher is None else reader.again(training, "the teacher's", teacher.run.input_size),
        )

    def load_outliers(self, split: Split, resize: ResizeRule = "squash") -> Photographs | None:
        """Read a split of the pictures of anything else; None without them."""
        if self.outliers is None:
            return None
        loaded, self.outliers = load_outliers(self.outliers, split, self._size, resize, streamed=self.streamed)
        return loaded

    def _size_bytes(self) -> int:
        counts = self.reader.counts()
        others = 0 if self.outliers is None else len(self.outliers.files)
        pixels = (sum(counts.values()) + others) * self._size.width**2
        if self.teacher is not None:
            pixels += counts["train"] * self.teacher.run.input_size.width**2
        return _BYTES_PER_PIXEL * pixels
