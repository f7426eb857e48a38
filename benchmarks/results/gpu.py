"""The result of `benchmarks experiment gpu`: trainings on a GPU, beside the same ones on the machine's CPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from benchmarks.results.device import Device

HEAD = ("recipe", "on", "photographs/s", "test accuracy, %", "wall time, s", "GPU memory, MB", "memory, MB")


@dataclass(frozen=True)
class Training:
    """One `train fit` in a process of its own.

    Attributes:
        recipe: its name.
        variant: where and how: `gpu, mixed precision`.
        words: options of the command line.
        wall_s: of the process, TensorFlow's start and compilation included.
        epoch_s: seconds of each epoch of the network (of the last stage), the first one with compilation.
        train_photographs: of an epoch.
        correct: test photographs with the right label.
        test_photographs: all of them.
        weights_sha256: of the result.
        peak_gpu_bytes: that nvidia-smi saw on all GPUs; None: there is none.
        peak_bytes: of the process.
        fault: last line of a training that failed; empty: it did not.
    """

    recipe: str
    variant: str
    words: tuple[str, ...]
    wall_s: float
    epoch_s: tuple[float, ...] = ()
    train_photographs: int = 0
    correct: int = 0
    test_photographs: int = 0
    weights_sha256: str = ""
    peak_gpu_bytes: int | None = None
    peak_bytes: int = 0
    fault: str = ""

    @property
    def rate(self) -> float:
        """Photographs per second, of the fastest epoch."""
        return self.train_photographs / min(self.epoch_s) if self.epoch_s else 0.0


@dataclass(frozen=True)
class GpuResult:
    """What was measured until the time was over.

    Attributes:
        accelerators: as TensorFlow names them; empty: the CPU was measured.
        tensorflow: version.
        photographs: of the folder.
        trainings: in their order.
        input_rates: photographs per second that the input pipeline alone makes, by recipe.
        resumed: a training that was stopped after its first epoch and gone on with; None: not measured.
        skipped: what there was no time for.
    """

    KIND: ClassVar[str] = "gpu"

    date: str
    device: Device
    accelerators: tuple[str, ...]
    tensorflow: str
    photographs: int
    trainings: tuple[Training, ...]
    input_rates: dict[str, float]
    resumed: Training | None
    skipped: tuple[str, ...]

    def uninterrupted(self) -> Training | None:
        """Return the training that the resumed one must equal."""
        resumed = self.resumed
        if resumed is None:
            return None
        return next((one for one in self.trainings if one.words == resumed.words and not one.fault), None)

    def sentences(self) -> list[str]:
        """Say what follows."""
        said = [
            f"{recipe}: the input pipeline alone makes {rate:,.0f} photographs/s; the fastest training uses "
            f"{max((one.rate for one in self.trainings if one.recipe == recipe), default=0.0) / rate:.0%} of that"
            for recipe, rate in self.input_rates.items()
        ]
        whole = self.uninterrupted()
        if self.resumed is not None and whole is not None:
            same = whole.weights_sha256 == self.resumed.weights_sha256
            said.append(f"stopped and resumed ({whole.variant}): {'the same weights' if same else 'OTHER WEIGHTS'}")
        return said + [f"not measured: {one}" for one in self.skipped]


def rows(result: GpuResult) -> Sequence[tuple[str, ...]]:
    """Return a row per training."""
    return [
        (
            one.recipe,
            one.variant,
            one.fault or f"{one.rate:,.0f}",
            f"{100 * one.correct / one.test_photographs:.1f}" if one.test_photographs else "",
            f"{one.wall_s:.0f}",
            "" if one.peak_gpu_bytes is None else f"{one.peak_gpu_bytes / 1e6:,.0f}",
            f"{one.peak_bytes / 1e6:,.0f}",
        )
        for one in [*result.trainings, *([] if result.resumed is None else [result.resumed])]
    ]
