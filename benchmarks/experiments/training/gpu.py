"""Training on a GPU: accuracy, throughput, memory, exact resume, replicas; all of it in one call with a time limit."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.experiments.training.gpu_memory import PeakMemory
from benchmarks.experiments.training.process import is_begun
from benchmarks.measure.protocol.fresh_process import last_line
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, write_result
from benchmarks.results.gpu import HEAD, GpuResult, Training, rows
from edge_app.common.errors import MissingDependencyError, PeerError
from edge_app.common.outputs import refuse_existing
from edge_app.common.own_process import python_command
from edge_app.common.tables import text_table
from edge_app.photographs.folders import find_photographs

_NO_GPU = {"CUDA_VISIBLE_DEVICES": "-1"}
_AS_NEEDED = {"TF_FORCE_GPU_ALLOW_GROWTH": "true"}  # so that what nvidia-smi sees is what is used
_OTHER_WAYS = {
    "mixed precision": ("--mixed-precision",),
    "XLA": ("--xla",),
    "mixed precision and XLA": ("--mixed-precision", "--xla"),
}
_LOOK_S = 0.2
_STOP_S = 60.0
_SHOWN = 300  # characters of what a process said last


@dataclass(frozen=True)
class GpuPlan:
    """What to measure.

    Attributes:
        photographs: a folder per class, or Kaggle's names.
        recipes: of `train`; the first one is resumed and spread over replicas.
        weights: of MobileNetV2: a file, or `imagenet` to fetch it.
        epochs: of each training.
        batch_size: of each step.
        device: `gpu`, beside the CPU; or `cpu` alone, to try the command.
        minutes: nothing is begun after so long.
        other_ways: whether mixed precision and XLA are measured too.
    """

    photographs: Path
    recipes: tuple[str, ...] = ("custom_cnn", "mobilenet_v2")
    weights: str = "imagenet"
    epochs: int = 3
    batch_size: int = 64
    device: str = "gpu"
    minutes: float = 9.0
    other_ways: bool = True


def run_gpu(plan: GpuPlan, out: Path, overwrite: bool) -> int:
    """Measure; print a table; the raw result is written after every training, so that a cut leaves what there was.

    Raises:
        MissingDependencyError: TensorFlow sees no GPU, and one is to be measured.
        PeerError: TensorFlow does not start.
        FieldLensError: the photographs cannot be used.
    """
    refuse_existing(out, overwrite)
    photographs = len(find_photographs(plan.photographs).files)
    about = _accelerators({} if plan.device == "gpu" else _NO_GPU)
    if plan.device == "gpu" and not about["gpus"]:
        raise MissingDependencyError(
            f"TensorFlow {about['tensorflow']} sees no GPU{about['why']}; install the `train-gpu` extra and a driver "
            "(docs/training_at_scale.md), or try the command with --device cpu"
        )
    result = GpuResult(
        date=now(),
        device=examine_device(),
        accelerators=tuple(about["gpus"]),
        tensorflow=about["tensorflow"],
        photographs=photographs,
        trainings=(),
        input_rates={},
        resumed=None,
        skipped=(),
    )
    with tempfile.TemporaryDirectory() as folder:
        work = _Work(plan, Path(folder), result, lambda found: write_result(out, found))
        work.do()
    print(text_table(HEAD, rows(work.result)))
    print("\n".join(work.result.sentences()))
    print(f"results  {out}")
    return 0


@dataclass
class _Work:
    plan: GpuPlan
    folder: Path
    result: GpuResult
    keep: Callable[[GpuResult], None]
    begin_s: float = field(default_factory=time.monotonic)

    def do(self) -> None:
        """Measure one after the other, what matters most first."""
        plan, first = self.plan, self.plan.recipes[0]
        there = plan.device
        for recipe in plan.recipes:
            self._train(recipe, there)
            if there == "gpu":
                self._train(recipe, "cpu")
        self._attempt(f"resume of {first}", lambda: self._resume(first))
        replicas = max(1, len(self.result.accelerators)) if there == "gpu" else 2
        self._train(first, f"{there}, {replicas} replicas", ("--replicas", str(replicas)))
        for recipe in plan.recipes:
            self._attempt(f"input pipeline of {recipe}", lambda recipe=recipe: self._measure_input(recipe))  # type: ignore[misc]  # the default binds it
        for name, flags in _OTHER_WAYS.items():
            for recipe in plan.recipes if plan.other_ways else ():
                self._train(recipe, f"{there}, {name}", flags)

    def _attempt(self, what: str, do: Callable[[], None]) -> None:
        if time.monotonic() - self.begin_s > 60.0 * self.plan.minutes:
            self.result = replace(self.result, skipped=(*self.result.skipped, what))
        else:
            print(f"{time.monotonic() - self.begin_s:5.0f} s  {what}", file=sys.stderr, flush=True)
            do()
        self.keep(self.result)

    def _train(self, recipe: str, variant: str, more: tuple[str, ...] = ()) -> None:
        def do() -> None:
            training, _ = self._training(recipe, variant, more, f"{recipe}-{len(self.result.trainings)}")
            self.result = replace(self.result, trainings=(*self.result.trainings, training))

        self._attempt(f"{recipe} on {variant}", do)

    def _words(self, recipe: str, more: tuple[str, ...]) -> tuple[str, ...]:
        plan = self.plan
        words = ["--recipe", recipe, "--epochs", str(plan.epochs), "--batch-size", str(plan.batch_size), "--seed", "0"]
        if recipe.startswith("mobilenet"):
            words += ["--soup", "1", "--weights", plan.weights]
        return (*words, *more)

    def _training(
        self, recipe: str, variant: str, more: tuple[str, ...], name: str, stop_first: bool = False
    ) -> tuple[Training, Path]:
        run, words = self.folder / name, self._words(recipe, more)
        log, begin_s = self.folder / f"{name}.log", time.monotonic()
        environment = os.environ | _AS_NEEDED | (_NO_GPU if variant.startswith("cpu") else {})
        command = python_command("train", "fit", str(self.plan.photographs), *words, "--out", str(run))
        with PeakMemory(bool(self.result.accelerators) and not variant.startswith("cpu")) as memory:
            code = _finished(command, environment, log, memory, run if stop_first else None)
            stopped = stop_first and is_begun(run)
            if stopped:
                code = _finished([*command, "--resume"], environment, log, memory, None)
        made = Training(recipe, variant, words, time.monotonic() - begin_s)
        made = replace(made, peak_gpu_bytes=memory.gpu_bytes, peak_bytes=memory.bytes)
        if stop_first and not stopped:
            return replace(made, fault="it ended before it could be stopped; give more photographs or --epochs"), run
        if code != 0:
            why = last_line(log.read_text(errors="replace"))[:_SHOWN]
            return replace(made, fault=f"failed ({code}): {why}"), run
        return _with_results(made, run), run

    def _resume(self, recipe: str) -> None:
        training, _ = self._training(recipe, f"{self.plan.device}, stopped and resumed", (), "resumed", stop_first=True)
        self.result = replace(self.result, resumed=training)

    def _measure_input(self, recipe: str) -> None:
        command = python_command("benchmarks.experiments.training.input_rate", str(self.plan.photographs), recipe)
        told = subprocess.run(command, env=os.environ | _NO_GPU, capture_output=True, text=True, check=False)
        found = re.search(r"^rate (\d+\.\d+)$", told.stdout, re.MULTILINE)
        if found is None:
            self.result = replace(self.result, skipped=(*self.result.skipped, f"input pipeline of {recipe}: failed"))
        else:
            self.result = replace(self.result, input_rates={**self.result.input_rates, recipe: float(found[1])})


def _finished(
    command: list[str], environment: Mapping[str, str], log: Path, memory: PeakMemory, stopped: Path | None
) -> int:
    """Run a training to its end, or stop it with SIGINT when its first epoch is kept; return its exit code."""
    with log.open("a") as told, subprocess.Popen(command, env=dict(environment), stdout=told, stderr=told) as running:
        state = None if stopped is None else stopped.with_name(f"{stopped.name}.unfinished") / "state.npz"
        while running.poll() is None:
            memory.look(running.pid)
            if state is not None and state.exists():
                running.send_signal(signal.SIGINT)
                return running.wait(_STOP_S)
            time.sleep(_LOOK_S)
        return running.returncode


def _with_results(made: Training, run: Path) -> Training:
    record: dict[str, Any] = json.loads((run / "run.json").read_text())
    test: dict[str, Any] = json.loads((run / "metrics.json").read_text())["test"]
    with (run / "history.csv").open(newline="") as file:
        history = list(csv.DictReader(file))
    last = history[-1]["stage"]
    return replace(
        made,
        epoch_s=tuple(float(row["duration_s"]) for row in history if row["stage"] == last),
        train_photographs=int(record["data"]["counts"]["train"]),
        correct=int(test["correct"]),
        test_photographs=int(test["photographs"]),
        weights_sha256=str(record["weights_sha256"]),
    )


_ASK = """
import json, tensorflow as tf
found = [tf.config.experimental.get_device_details(one) for one in tf.config.list_physical_devices("GPU")]
names = [f"{one.get('device_name', 'GPU')} {one.get('compute_capability', '')}" for one in found]
print("told " + json.dumps({"gpus": names, "tensorflow": tf.__version__}))
"""


def _accelerators(environment: Mapping[str, str]) -> dict[str, Any]:
    """Ask TensorFlow, in a process of its own, which GPUs it sees, and what it says of libraries that it misses."""
    command = [sys.executable, "-c", _ASK]
    done = subprocess.run(command, env=os.environ | dict(environment), capture_output=True, text=True, check=False)
    told = re.search(r"^told (.*)$", done.stdout, re.MULTILINE)
    if told is None:
        why = last_line(done.stderr)[:_SHOWN]
        raise PeerError(f"TensorFlow does not start here ({why}); install the `train` extra")
    missing = sorted(set(re.findall(r"lib\w+\.so[.\d]*", done.stderr)))
    return {**json.loads(told[1]), "why": f" (it names {', '.join(missing)})" if missing else ""}
