"""What is published: a table of what, file, value, unit and target. A new row of the documents is one entry here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from benchmarks.publish import (
    brokers,
    calibrations,
    explanations,
    lessons,
    other_files,
    over_ssh,
    reviewing,
    several_seeds,
)
from benchmarks.publish import values as of
from benchmarks.publish.quantity import (
    AUROC,
    COUNT,
    DIFFERENCE,
    MIB,
    MILLISECONDS,
    NATS,
    PERCENT,
    POINTS,
    Target,
    Unit,
    at_least,
    at_most,
    not_above,
    not_below,
    seconds,
    times,
)


@dataclass(frozen=True)
class Measure:
    """One thing that is measured.

    Attributes:
        what: in the reader's words.
        file: of the result, from its folder on; may be a pattern.
        values: from the file's payload to what is shown, a row each.
        unit: in which they are written.
        target: that they are judged by.
        pick: which of several files that fit the pattern: each, the last by name, or the one whose value ranks first.
    """

    what: str
    file: str
    values: of.ValuesOf
    unit: Unit
    target: Target | None = None
    pick: Literal["each", "last", "best"] = "each"


@dataclass(frozen=True)
class Section:
    """Measures under one heading.

    Attributes:
        title: of the section.
        about: what a reader has to know first.
        measures: in their order.
        kinds: of the results that are shown in full below them.
    """

    title: str
    about: str
    measures: tuple[Measure, ...]
    kinds: tuple[str, ...] = ()


_SOUPS, _CNN, _NEITHER = (f"training/{name}.json" for name in ("soup", "custom_cnn", "neither_runs"))
_SOUP, _RECIPES = "soup/conversion.json", "mobilenet_v2/conversion.json"
_SWEEPS, _START = "sweep/*/sweep.json", "goal-latency/result.json"
_FEW = "few/*.json"
_CALIBRATION = "calibration/*.json"
_TEACH, _TEACH_LIVE = "teach.json", "teach-live.json"
_SEEDS = "seeds.json"
_STARTER_ELSEWHERE = "other-source/starter.json"
_AS_IT_COMES, _BY_LOG_LOSS = "LogisticRegressionCV as it comes", "LogisticRegressionCV by log loss"
_CONVERGED = "the same, on principal axes to full convergence"
_PAIRED = "{verdict}, {photographs:,} photographs"
_LABELS = "{photographs:,} test photographs"
_ANSWERS = "faster {faster}, cannot tell {cannot tell}, slower {slower}; smallest visible {smallest_visible_median:.1%}"
_TIMED = (
    "{calibration_photographs} photographs to calibrate on, {settings[parity_photographs]:,} of each split to compare"
)

# A table reads in rows, so the formatter keeps away from it.
# fmt: off
ACCURACY = (
    Measure("MobileNetV2 1.0/224, one fine-tuning (`--soup 1`), median of the seeds",
            "training/mobilenet_v2.json", of.seeds_of("mobilenet_v2"), PERCENT, at_least(0.989)),
    Measure("MobileNetV2 1.0/224, its recipe (three fine-tunings averaged), median of the seeds",
            _SOUPS, of.seeds_of("mobilenet_v2, soup of 3"), PERCENT, at_least(0.989)),
    Measure("custom CNN from scratch", _CNN, of.seeds_of("custom_cnn, exposed"), PERCENT, at_least(0.90)),
    Measure("custom CNN, MobileNetV2 as teacher", _CNN, of.seeds_of("custom_cnn, distilled"), PERCENT, at_least(0.93)),
    Measure("MobileNetV2 0.35 at 160 px, with a teacher", "small/metrics.json", of.single_run, PERCENT, at_least(0.97)),
    Measure("best file within 1.0 ms and 1.0 MB",
            _SWEEPS, of.best_within(1.0e-3, 1.0e6), PERCENT, at_least(0.97), "best"),
    Measure("best file within 2.5 ms and 2.7 MB",
            _SWEEPS, of.best_within(2.5e-3, 2.7e6), PERCENT, at_least(0.98), "best"),
    Measure("“neither”: AUROC on two classes that no training saw",
            _NEITHER, of.field(f"runs.-1.neither.{of.UNSEEN_CLASSES}", key="auroc"), AUROC, at_least(0.99)),
    Measure("“neither”: change in accuracy on cats and dogs", _NEITHER, of.neither_cost, POINTS, at_least(-0.003)),
    Measure("starter on its own source", _STARTER_ELSEWHERE, of.other_source("own_source"), PERCENT, at_least(0.975)),
    Measure("starter on another source", _STARTER_ELSEWHERE, of.other_source("other_source"), PERCENT, at_least(0.965)),
    Measure("the same, with “neither” counted as wrong",
            _STARTER_ELSEWHERE, of.other_source("right_with_neither"), PERCENT, at_least(0.945)),
    Measure("starter: pictures of anything else, not trained on, that get a label",
            "starter/neither.json", of.labelled_anyway, PERCENT, at_most(0.05)),
    Measure("MobileNetV2 1.0/224, its recipe, trained again: median of the seeds",
            _SEEDS, several_seeds.accuracy("own source"), PERCENT, at_least(0.989)),
    Measure("these seeds beside those of the recipe before, photograph by photograph", _SEEDS,
            several_seeds.against_old, POINTS, at_least(0.0)),
    Measure("these seeds on another source", _SEEDS, several_seeds.accuracy("other source"), PERCENT, at_least(0.985)),
    Measure("their int8 files on another source", _SEEDS, several_seeds.accuracy("other source", "int8"), PERCENT),
)
CONVERSION = (
    Measure("MobileNetV2 (the soup that is best on validation photographs), int8: change in accuracy",
            _SOUP, of.field("files.int8.against_keras", _PAIRED, "difference"), POINTS, at_least(-0.003)),
    Measure("the same: same label",
            _SOUP, of.field("files.int8.test_agreement", _LABELS, "same_label"), PERCENT, at_least(0.993)),
    Measure("MobileNetV2, its recipe, int8 over several seeds: mean change in accuracy",
            _SEEDS, several_seeds.int8_mean, POINTS, at_least(-0.0015)),
    Measure("the same seeds: change in accuracy of the lowest",
            _SEEDS, several_seeds.int8_lowest, POINTS, at_least(-0.004)),
    Measure("the same seeds: log loss, that of float32 = 0",
            _SEEDS, several_seeds.int8_log_loss, PERCENT, at_most(0.05)),
    Measure("MobileNetV2, a single fine-tuning, int8 by quantization-aware training: change in accuracy",
            "mobilenet_v2-2-qat/conversion.json",
            of.field("files.int8.against_keras", _PAIRED, "difference"), POINTS, at_least(-0.0015)),
    Measure("custom CNN from scratch, int8: change in accuracy", "custom_cnn-exposed/conversion.json",
            of.field("files.int8.against_keras", _PAIRED, "difference"), POINTS, at_least(-0.003)),
    Measure("custom CNN, MobileNetV2 as teacher, int8: change in accuracy", "custom_cnn-distilled/conversion.json",
            of.field("files.int8.against_keras", _PAIRED, "difference"), POINTS, at_least(-0.003)),
    Measure("MobileNetV2, float32: same label",
            _RECIPES, of.field("files.float32.test_agreement", _LABELS, "same_label"), PERCENT, at_least(1.0)),
    Measure("MobileNetV2, float32: largest Δp", _RECIPES, of.largest_difference("float32"), DIFFERENCE, at_most(1e-3)),
    Measure("MobileNetV2, float16: largest Δp", _RECIPES, of.largest_difference("float16"), DIFFERENCE, at_most(1e-2)),
    Measure("all recipes of one run, converted and compared",
            "all/conversion.json", of.field("duration_s", _TIMED), seconds(2), at_most(480.0)),
)
LIVE = (
    Measure("frame→label: time, bare run = 1", "live*.json", of.frame_to_label, times(3), at_most(1.05)),
    Measure("live loop with overlay and JSON lines: throughput, bare run = 1",
            "live*.json", of.live_throughput, times(3), at_least(0.92)),
    Measure("age of a camera frame at its label, p95", "live*.json", of.frame_age, MILLISECONDS, at_most()),
    Measure("app, warm caches: start to first label",
            "live*.json", of.starts("label_s", "cold {:.3f} s", 1.0), seconds(3), at_most(0.25)),
    Measure("app, warm caches: peak memory of a start",
            "live*.json", of.starts("peak_memory_bytes", "cold {:.1f} MiB", 2**20), MIB, at_most(80.0 * 2**20)),
    Measure("`benchmarks`: start to first label", _START, of.first_start, seconds(2), at_most(0.3)),
    Measure("`benchmarks`: peak memory", _START, of.first_memory, MIB, at_most(90.0 * 2**20)),
    Measure("import of the device half, edge install alone", "imports.json", of.import_time, seconds(3), at_most(0.3)),
    Measure("frame rate while the web page is watched, unwatched = 1", "viewers.json", of.viewers, times(3)),
    Measure("the same under a flood of idle connections (slowloris)",
            "viewers-slowloris.json", of.viewers, times(3), at_least(0.95)),
    Measure("meanwhile: the owner's page with its first picture",
            "viewers-slowloris.json", of.page_opened, seconds(3), at_most(1.0)),
    Measure("64-bit ARM, emulated: same label as on x86",
            "arm64-*.json", of.arm64_labels, PERCENT, at_least(1.0), "last"),
    Measure("`fieldlens review`: the page is ready", "review.json", reviewing.ready, seconds(2), at_most(2.0)),
    Measure("`fieldlens review`: what a key says is on the disk", "review.json", reviewing.key, seconds(3)),
)
BROWSER = (
    Measure("TF.js graph written by FieldLens: time, official converter's graph = 1",
            "tfjs.json", of.field("ratio", "TF.js {tfjs[version]}, {tfjs[backend]}, {plan[loads]} page loads each"),
            times(3), at_most(1.05, of_interval=True)),
    Measure("the same two graphs: largest Δp", "tfjs.json", of.field("max_abs_difference"), DIFFERENCE, at_most(1e-5)),
    Measure("LiteRT.js int8: speed, TF.js float = 1", "browser.json", of.browser_speed, times(2), at_least(1.7)),
)
OTHER_RUNTIMES = (
    Measure("frame→label, 2 threads: speed, MediaPipe Tasks = 1",
            "peers*.json", of.mediapipe_speed, times(2), at_least(2.0)),
    Measure("full-size photographs: same label as MediaPipe Tasks",
            "mediapipe.json", of.mediapipe_labels, PERCENT, at_least(0.99)),
    Measure("resized pictures: Δp to MediaPipe Tasks beyond rounding",
            "mediapipe.json", of.mediapipe_scores, DIFFERENCE, at_most(0.0)),
    Measure("MobileNetV2, float32, as ONNX in ONNX Runtime: same label as its `.tflite`",
            "onnx.json", other_files.same_label("float32"), PERCENT, at_least(1.0)),
    Measure("the same, int8", "onnx.json", other_files.same_label("int8"), PERCENT, at_least(0.993)),
)
FEW = (
    Measure("five flowers from 30 photographs each: accuracy on all others", "few/flowers.json",
            of.few_accuracy(30), PERCENT),
    Measure("accuracy, scikit-learn's `LogisticRegressionCV` = 0",
            _FEW, of.few_differences("accuracy", _AS_IT_COMES), POINTS, not_below(0.0)),
    Measure("accuracy, its penalty chosen by log loss", _FEW,
            of.few_differences("accuracy", _BY_LOG_LOSS), POINTS, not_below(0.0)),
    Measure("accuracy, its penalty chosen by log loss, to full convergence", _FEW,
            of.few_differences("accuracy", _CONVERGED), POINTS, not_below(0.0)),
    Measure("log loss, scikit-learn's `LogisticRegressionCV` = 0",
            _FEW, of.few_differences("log_loss", _AS_IT_COMES), NATS, not_above(0.0)),
    Measure("log loss, its penalty chosen by log loss", _FEW,
            of.few_differences("log_loss", _BY_LOG_LOSS), NATS, not_above(0.0)),
    Measure("log loss, its penalty chosen by log loss, to full convergence", _FEW,
            of.few_differences("log_loss", _CONVERGED), NATS, not_above(0.0)),
    Measure("draws whose stated 95 % interval holds the true accuracy", _FEW,
            of.few_coverage, PERCENT, at_least(0.90)),
    Measure("a whole run on 30 photographs per class, after the imports", "few-run.json",
            of.few_run, seconds(1), at_most(30.0)),
    Measure("draws of 3 × 30 photographs whose stated accuracy is true of others, after two commands",
            "few-two-commands.json", of.two_commands, PERCENT, at_least(0.9)),
)
TEACH = (
    Measure("five flowers, two sittings of 15 photographs a class: accuracy on a third",
            _TEACH, lessons.accuracy, PERCENT),
    Measure("the same, the best head of scikit-learn on the same features = 0",
            _TEACH, lessons.difference, POINTS, at_least(-0.01)),
    Measure("draws whose stated 95 % interval contains the accuracy on the third sitting",
            _TEACH, lessons.contained, PERCENT, at_least(0.9)),
    Measure("the `.tflite` file beside the head: difference of the accuracy", _TEACH, lessons.of_file, POINTS),
    Measure("learned anew, file included", _TEACH, lessons.refit, seconds(2), at_most(2.0)),
    Measure("live labels that recording costs", _TEACH_LIVE, lessons.unlabelled, PERCENT, at_most(0.05)),
    Measure("frame to label, live labels alone = 1", _TEACH_LIVE, lessons.slower, times(3)),
    Measure("from `teach` to three own labels", _TEACH_LIVE, lessons.until_labels, seconds(1), at_most(180.0)),
    Measure("the machine's share of it", _TEACH_LIVE, lessons.machine, seconds(1), at_most(20.0)),
)
CALIBRATION = (
    Measure("log loss with the fitted temperature, T = 1 as 0: the worst simulated set",
            _CALIBRATION, calibrations.worst_change, PERCENT, at_most(0.005)),
    Measure("the same: mean over 20 draws, where it is worst",
            _CALIBRATION, calibrations.worst_mean, PERCENT, at_most(0.0)),
    Measure("log loss of 8-bit scores, the unrounded ones' as 0",
            _CALIBRATION, calibrations.worst_rounding, PERCENT, at_most(0.05)),
)
WHY = (
    Measure("a map of 7×7 places", "explain/*.json", explanations.map_time, seconds(3), at_most(0.2)),
    Measure("energy of a map inside the box of what was pasted, share of the area = 1",
            "explain/*.json", explanations.energy, times(2), at_least(3.0)),
)
TRAINING = (
    Measure("input pipeline, no cache: speed, Keras' `ImageDataGenerator` with the same options = 1",
            "input_pipeline.json", of.pipeline_speed(0), times(2), at_least(5.0)),
    Measure("the same, `ImageDataGenerator` with a thread per core = 1",
            "input_pipeline.json", of.pipeline_speed(1), times(2)),
    Measure("head training: wall time, ten epochs of a usual transfer-learning recipe = 1",
            "training/course.json", of.course, times(3), at_most(0.2)),
    Measure("all chapters of the course on a reader's photographs: sum of their execution times", "course.json",
            of.field("sum_s", "{classes} classes, {photographs} photographs"), seconds(0), at_most(1800.0)),
)
ROBUSTNESS = (
    Measure("the app on a camera that drops out, with a viewer: growth of memory, medians of ten minutes",
            "soak.json", of.soak_growth, MIB, at_most(2.0 * 2**20)),
    Measure("the same: slowest recovery", "soak.json", of.soak_recovery, seconds(2), at_most(2.0)),
    Measure("frames classified while the broker of `--mqtt` is away, the same loop without one = 1",
            "mqtt.json", brokers.frames, times(3), at_least(0.99)),
    Measure("its return: the label that it keeps is the one shown", "mqtt.json", brokers.right_again,
            seconds(2), at_most(2.0)),
    Measure("other people's files: best label of a bare interpreter that is fed as documented, on every photograph",
            "third-party.json", of.third_party, PERCENT, at_least(1.0)),
    Measure("damaged files, read as the programs read them", "fuzz*.json", of.fuzz_files, COUNT, Target("least")),
    Measure("tracebacks, hangs and deaths of the programs on them", "fuzz*.json", of.fuzz_failures, COUNT, at_most(0)),
    Measure("peak memory of a process that reads them", "fuzz*.json", of.fuzz_memory, MIB, at_most()),
    Measure("SIGKILL of train, convert, compress, augment and bench: results lost, halves and leftovers left",
            "survival.json", of.survived("kills", "moments, and the next start"), COUNT, at_most(0)),
    Measure("two trainings into one output: not one refused and the other whole",
            "survival.json", of.survived("races", "moments of the second"), COUNT, at_most(0)),
    Measure("power cuts after a training is done, ext4: runs lost or damaged",
            "survival.json", of.survived("cuts", "moments"), COUNT, at_most(0)),
    Measure("`fieldlens deploy` over ssh to a bare board on this machine, slowest",
            "remote.json", over_ssh.first_deploy, seconds(1), at_most(60.0)),
    Measure("the same again, nothing changed, slowest", "remote.json", over_ssh.second_deploy, seconds(1),
            at_most(3.0)),
    Measure("`bench run --on` three of them at once, one connection cut: not home, or with other answers",
            "remote.json", over_ssh.lost, COUNT, at_most(0)),
    Measure("the same: latencies told from those of a run here at the same time",
            "remote.json", over_ssh.told_apart, COUNT, at_most(0)),
)
CHECKS = (
    Measure("bare run, apart from that of Google's `litert-benchmark`",
            "peers*.json", of.litert_distance, PERCENT, at_most(0.05)),
    Measure("sum of all operators, apart from the bare run",
            "operators/*/operators.json", of.operator_gap, PERCENT, at_most(0.15)),
    Measure("MACs of MobileNetV2 1.0/224, apart from the 300 million of its paper",
            "operators/soup-int8/operators.json", of.macs_gap, PERCENT, at_most(0.01)),
    Measure("`compare`, a file against itself, in turns: “cannot tell”", "sensitivity.json",
            of.field("questions.in turns, the same file", _ANSWERS, "share"), PERCENT, at_least(0.95)),
    Measure("`compare`, a file against itself with a delay of 5 %, in turns: “slower”", "sensitivity.json",
            of.field("questions.in turns, the file with the delay", _ANSWERS, "share"), PERCENT, at_least(0.90)),
    Measure("`compare`, a file against itself, in separate runs: “cannot tell”", "sensitivity.json",
            of.field("questions.separate runs, the same file", _ANSWERS, "share"), PERCENT, at_least(0.95)),
)

SECTIONS = (
    Section("Accuracy", "Cats and dogs (Dogs-vs-Cats, 8,000 photographs): 65 % to train on, 10 % to choose by, and "
            "the remaining quarter, which no training saw, to test on once.",
            ACCURACY, ("seeds", "other-source", "neither-file", "neither-runs", "neither", "sweep")),
    Section("Conversion", "Each `.tflite` file against its Keras model, on the same photographs. Δp is the difference "
            "of a probability.", CONVERSION, ("conversion",)),
    Section("Live on a device", "Frame→label is the whole way of a 640×480 camera frame, with its preparation and the "
            "five best labels. The bare run is LiteRT's `invoke()` of the same file, measured in turns with it.",
            LIVE, ("latency", "sustained", "operators")),
    Section("Browser", "MobileNetV2 in headless Chromium.", BROWSER),
    Section("Against other runtimes", "The same files, each runtime in an environment of its own, in turns on the same "
            "machine.", OTHER_RUNTIMES, ("peers",)),
    Section("Few photographs", "Some photographs of each class are drawn, a linear head on MobileNetV2's features "
            "learns from them as in `train`, and all others of the folder judge. Differences are ours minus "
            "scikit-learn's on the same features, draws and folds; their intervals are over draws of the same folder, "
            "and a target with an end asks that the interval reaches 0. Whether a stated interval holds is judged with "
            "the judge's own noise taken into account (Newcombe's interval of a difference).", FEW, ("few",)),
    Section("Taught at the camera", "What `fieldlens teach` learns from features of the starter, of photographs drawn "
            "into sittings: two teach, the third, of 30 photographs a class, judges. In a light of its own, all "
            "photographs of a sitting have one gain of each colour, which the other sittings do not have.", TEACH),
    Section("Calibration", "Linear heads learn from MobileNetV2's features of some photographs of a folder (five "
            "flowers; cats and dogs, also from the web). Simulated validation sets of 15, 50, 150 and 794 "
            "photographs, as far as there are enough, 20 draws of each, fit a temperature as `train` does, and all "
            "others judge it. The epoch of the head is the last one, an early one, or the one that is best on the "
            "same set. The rule of the fit was chosen on other heads and draws of the first two folders; nothing was "
            "chosen on the web photographs.",
            CALIBRATION, ("calibration",)),
    Section("Why this label", "Maps of `fieldlens explain`. Photographs are shrunk to 2/5 of a side and pasted on "
            "pictures of something else, at places by lot; those that get their label, which the background alone does "
            "not get, are explained. Energy is the sum of the drops of the log-odds, those below 0 left out.", WHY),
    Section("Training", "Times are wall time. ECE is the expected calibration error.", TRAINING, ("run", "training")),
    Section("Robustness", "", ROBUSTNESS),
    Section("Papers", "Effects that papers describe, looked for on these photographs.", (), ("paper",)),
    Section("Checks of the measurements", "", CHECKS),
)

README = {
    ACCURACY[1]: "MobileNetV2, average of three fine-tunings, median of three seeds",
    CONVERSION[0]: "the same in int8: change in accuracy",
    FEW[0]: "five flowers from 30 photographs each, no fine-tuning",
    ACCURACY[10]: "the starter, 0.6 MB, on another source of photographs",
    ACCURACY[5]: "best file within 1 ms per frame and 1 MB",
    OTHER_RUNTIMES[0]: "frame→label: speed, MediaPipe Tasks = 1",
    LIVE[3]: "app: start to first label",
    BROWSER[2]: "browser, LiteRT.js int8: speed, TF.js float = 1",
    ACCURACY[7]: "“neither”: AUROC on classes that no training saw",
}
"""The README's rows, the best few, in its words; the first value of each is shown."""
# fmt: on

ALL_MEASURES = tuple(measure for section in SECTIONS for measure in section.measures)
