"""Every number that was asked for, with the issue that asks; a verdict is computed from these and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from benchmarks.publish.readme.units import (
    AUROC,
    COUNT,
    DIFFERENCE,
    MIB,
    MILLISECONDS,
    PERCENT,
    POINTS,
    SECONDS,
    SECONDS_CLOSELY,
    TIMES,
    TIMES_CLOSELY,
    Unit,
)

_ROUNDING = 1e-9  # of a difference of two floats that is meant to be the limit itself

Verdict = Literal["reached", "not reached"]


@dataclass(frozen=True)
class Goal:
    """One number that was asked for.

    Attributes:
        what: is measured.
        issue: that asks.
        at: whether a value has to be at least or at most the limit.
        limit: in the unit's own measure: shares 0..1, seconds, bytes.
        unit: in which it is written.
        judged: what of a measurement is judged, where it is not its value.
    """

    what: str
    issue: int
    at: Literal["least", "most"]
    limit: float
    unit: Unit
    judged: str = ""

    @property
    def asked(self) -> str:
        """As in `≥ 98.9 %`."""
        of = f"{self.judged} " if self.judged else ""
        return f"{of}{'≥' if self.at == 'least' else '≤'} {self.unit.limit(self.limit)}"

    def verdict(self, value: float | None) -> Verdict:
        """Judge a value; None: nothing was found that could be judged."""
        if value is None:
            return "not reached"
        above = value - self.limit if self.at == "least" else self.limit - value
        return "reached" if above >= -_ROUNDING else "not reached"


MOBILENET_V2 = Goal("MobileNetV2 1.0/224, median of three seeds", 3, "least", 0.989, PERCENT)
SOUP = Goal(
    "MobileNetV2 1.0/224, each run a soup of three fine-tunings, median of the seeds", 3, "least", 0.989, PERCENT
)
CUSTOM_CNN = Goal("custom CNN from scratch", 3, "least", 0.90, PERCENT)
DISTILLED = Goal("custom CNN taught by MobileNetV2", 3, "least", 0.93, PERCENT)
SMALL = Goal("MobileNetV2 0.35 at 160 px with a teacher", 3, "least", 0.97, PERCENT)
PIPELINE = Goal("input pipeline against `ImageDataGenerator`, same options, no cache", 3, "least", 5.0, TIMES)
COURSE = Goal("our head training against ten epochs of the course's recipe, wall time", 3, "most", 0.2, TIMES_CLOSELY)
NEITHER_AUROC = Goal("“neither”: AUROC on two classes that no training saw", 3, "least", 0.99, AUROC)
NEITHER_COST = Goal("“neither”: what exposure does to the accuracy", 3, "least", -0.003, POINTS)

PTQ_ACCURACY = Goal("MobileNetV2 int8 after training, against float", 4, "least", -0.003, POINTS)
PTQ_AGREEMENT = Goal("MobileNetV2 int8 after training: same label as in float", 4, "least", 0.993, PERCENT)
QAT_ACCURACY = Goal("MobileNetV2 int8 by quantization-aware training, against float", 4, "least", -0.0015, POINTS)
CNN_INT8 = Goal("custom CNN int8 against float", 4, "least", -0.003, POINTS)
FLOAT32_AGREEMENT = Goal("float32 `.tflite` against Keras: same label", 4, "least", 1.0, PERCENT)
FLOAT32_DIFFERENCE = Goal("float32 `.tflite` against Keras: largest Δp", 4, "most", 1e-3, DIFFERENCE)
FLOAT16_DIFFERENCE = Goal("float16 `.tflite` against Keras: largest Δp", 4, "most", 1e-2, DIFFERENCE)
TFJS_TIME = Goal(
    "TF.js graph of our writer, time against the official one's", 4, "most", 1.05, TIMES_CLOSELY, "upper end"
)
TFJS_DIFFERENCE = Goal("TF.js graph of our writer, largest Δp to the official one", 4, "most", 1e-5, DIFFERENCE)
LITERT_JS = Goal("LiteRT.js int8 against TF.js float in one browser, speed", 4, "least", 1.7, TIMES)
MEDIAPIPE_LABELS = Goal("MediaPipe Tasks on full-size photographs: same label", 4, "least", 0.99, PERCENT)
MEDIAPIPE_SCORES = Goal("MediaPipe Tasks on resized pictures: Δp beyond what is allowed", 4, "most", 0.0, DIFFERENCE)
ALL_RECIPES = Goal("all recipes of one run, converted and proven", 4, "most", 480.0, SECONDS)

FRAME_TO_BARE = Goal("frame→label against the bare run", 5, "most", 1.05, TIMES_CLOSELY)
START = Goal("start to first label, caches warm", 5, "most", 0.25, SECONDS_CLOSELY)
PEAK_MEMORY = Goal("peak memory of a start, caches warm", 5, "most", 80.0 * 2**20, MIB)
FIRST_START = Goal("start to first label, as the benchmark measures it", 2, "most", 0.30, SECONDS)
FIRST_PEAK = Goal("peak memory, as the benchmark measures it", 2, "most", 90.0 * 2**20, MIB)
MEDIAPIPE_SPEED = Goal("frame→label against MediaPipe Tasks, speed", 5, "least", 2.0, TIMES)
LIVE_THROUGHPUT = Goal(
    "live loop with overlay and JSON lines against the bare run, throughput", 5, "least", 0.90, TIMES_CLOSELY
)
FRAME_AGE = Goal("age of a camera's frame at its label, p95", 5, "most", 0.0, MILLISECONDS)
"""The limit is one frame interval and 1.5 bare runs: whoever judges puts it in."""
SOAK_GROWTH = Goal("one hour on a camera that drops: growth of memory after it settled", 5, "most", 2.0 * 2**20, MIB)
SOAK_RECOVERY = Goal("the same hour: slowest recovery after a drop", 5, "most", 2.0, SECONDS)
FUZZ_MUTATIONS = Goal("damaged `.tflite` files, opened as the app opens them", 5, "least", 2000, COUNT)
FUZZ_CRASHES = Goal("the same files: crashes, hangs and tracebacks of the app", 5, "most", 0, COUNT)
ARM64 = Goal("64-bit ARM, emulated: same label as on x86", 5, "least", 1.0, PERCENT)

SWEEP_FAST = Goal("best file of the sweep within 1.0 ms and 1.0 MB", 6, "least", 0.97, PERCENT)
SWEEP_GOOD = Goal("best file of the sweep within 2.5 ms and 2.7 MB", 6, "least", 0.98, PERCENT)
PEER_BARE = Goal("our bare run against `litert-benchmark`, apart by", 6, "most", 0.05, PERCENT)
OPERATOR_GAP = Goal("operator times against the bare run, apart by", 6, "most", 0.15, PERCENT)
MACS = Goal("MACs of MobileNetV2 1.0/224 in a file, apart from its paper's 300 million by", 6, "most", 0.01, PERCENT)
IMPORT = Goal("import of the device half, edge install alone", 6, "most", 0.3, SECONDS_CLOSELY)
SENSITIVITY_SAME = Goal("the same file against itself is “cannot tell”", 6, "least", 0.95, PERCENT)
SENSITIVITY_SLOWER = Goal("an inserted delay of 5 % is “slower”", 6, "least", 0.90, PERCENT)
SENSITIVITY_SEPARATE = Goal("the same in separate runs", 6, "least", 0.95, PERCENT)


def all_goals() -> tuple[Goal, ...]:
    """Return every goal of this module, in its order."""
    return tuple(value for value in globals().values() if isinstance(value, Goal))
