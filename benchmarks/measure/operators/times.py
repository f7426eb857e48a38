"""How long each operator of a file takes, from what pip installs: its Python interpreter has no profiler.

Method. Every operator is cut out as a model of its own (`pieces`) and loaded like the whole. Then the pieces run one
after the other in the order of the network, each on what the one before has made, and each run is timed; the copies
between them are not. So a piece finds its input freshly written and its weights as cold as they are in the whole, and
in the end the same scores come out, bit by bit. In every pass the whole is run and timed too, before or after the
pieces by the toss of a coin, and so is a piece without operators, whose time is what a run costs beside them. An
operator's time is the median of its piece less that of the empty one.

What this is not: a profile from inside the run. What the runtime fuses across operators, or does between them, is
missing; the sum beside the time of the whole shows how much. (The C library in the wheel of ai-edge-litert 2 has a
profiler, of whole microseconds, but nothing in Python leads to it.)
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.measure.operators.macs import operator_macs
from benchmarks.measure.operators.pieces import Cutter, Piece, open_cutter, plan_pieces
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now
from benchmarks.results.operators import OperatorProfile, OperatorTimes
from edge_app.common.errors import ModelFileError
from edge_app.live.watchdog import watch
from edge_app.model.delegation import Delegation, read_delegation
from edge_app.model.graph import Graph, Tensor, read_graph
from edge_app.model.runtime import default_threads, interpreter_module, load_interpreter, refused_on_a_picture
from edge_app.model.trial import require_trial_run
from edge_app.photographs.splits import sha256_of

ROUNDS = 5
"""In each, all pieces are loaded afresh: memory is laid out differently, which may cost or gain some percent."""
METHOD = (
    "operators cut out as models of their own, run in the order of the network on what the one before made; "
    "an empty run taken off each"
)

_NOTHING = Tensor("", (), 0, 0, constant=False)
_WARM_UP_PASSES = 5
_SEED = 0

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class _Loaded:
    """One piece in the runtime."""

    piece: Piece
    interpreter: Any
    delegated: bool


def profile_operators(
    model: Path,
    threads: int | None = None,
    xnnpack: bool = True,
    passes: int = 300,
    progress: Callable[[], None] = lambda: None,
) -> OperatorProfile:
    """Time every operator of a file on a picture of noise.

    Args:
        model: a `.tflite` file.
        threads: CPU threads; None: the usable cores, at most 4.
        xnnpack: False: without the runtime's default delegate.
        passes: over all operators, and so times of each; at least `ROUNDS`.
        progress: called after each of them.

    Raises:
        FieldLensError: the file cannot be used.
    """
    threads = threads or default_threads()
    date, device = now(), examine_device()
    graph = read_graph(model)
    require_trial_run(model, plain=not xnnpack)
    options = {} if xnnpack else {"experimental_op_resolver_type": _plain_operators()}
    with open_cutter(model, graph) as cutter:
        measurement = watch(_Measurement(model, graph, cutter, lambda path: load_interpreter(path, threads, **options)))
        try:
            for number in range(ROUNDS):
                measurement.run_round(passes // ROUNDS + (number < passes % ROUNDS), progress)
            interrupted = False
        except KeyboardInterrupt:
            if not measurement.passes:
                raise
            interrupted = True
    content = model.read_bytes()
    return OperatorProfile(
        date=date,
        device=device,
        file=model.name,
        sha256=sha256_of(content),
        size_bytes=len(content),
        method=METHOD,
        rounds=ROUNDS,
        threads=threads,
        xnnpack=xnnpack,
        operators=measurement.operators(),
        invoke_s=tuple(one.invoke_s for one in measurement.passes),
        empty_s=tuple(one.empty_s for one in measurement.passes),
        same_scores=measurement.same_scores,
        interrupted=interrupted,
        joined=len(graph.operators) - len(plan_pieces(graph)),
    )


@dataclass(frozen=True)
class _Pass:
    """The times of one pass; a pass is kept whole or not at all."""

    invoke_s: float
    empty_s: float
    pieces_s: list[float]


class _Measurement:
    """Loads the pieces and runs them; gathers the times. A watchdog can look at it: see `Watched`."""

    def __init__(self, model: Path, graph: Graph, cutter: Cutter, load: Callable[[Path], Any]) -> None:
        self.path, self._graph, self._cutter, self._load = model, graph, cutter, load
        self.working_since_s: float | None = None
        self._plan = plan_pieces(graph)
        if not self._plan:
            raise ModelFileError(f"`{model}` computes nothing from its input; give the .tflite file of a network")
        self._rng = random.Random(_SEED)
        self._picture: dict[int, Array] = {}
        self._whole_delegation: Delegation | None = None
        self._alone: tuple[bool, ...] = ()
        self.passes: list[_Pass] = []
        self.same_scores = False

    def run_round(self, passes: int, progress: Callable[[], None]) -> None:
        """Load everything afresh and run it.

        Raises:
            ModelFileError: the runtime refuses the file, or a part of it.
        """
        try:
            self._run_round(passes, progress)
        except (ValueError, RuntimeError, MemoryError) as error:
            raise refused_on_a_picture(self.path, error) from error

    def _run_round(self, passes: int, progress: Callable[[], None]) -> None:
        whole = self._load(self.path)
        self._whole_delegation = read_delegation(whole)
        listed, written = len(self._whole_delegation.nodes), len(self._graph.operators)
        if listed != written:
            raise ModelFileError(
                f"the runtime makes {listed} operators of the {written} in `{self.path}`, so they cannot be told "
                "apart; update the runtime"
            )
        self._picture = self._picture or {
            int(one["index"]): _noise(one["shape"], one["dtype"]) for one in whole.get_input_details()
        }
        pieces = self._load_pieces()
        self._alone = tuple(one.delegated for one in pieces)
        empty = self._load(self._cutter.cut((), self._graph.inputs, self._graph.inputs))
        for number in range(_WARM_UP_PASSES + passes):
            times = self._run_pass(whole, empty, pieces)
            if number >= _WARM_UP_PASSES:
                self.passes.append(times)
                progress()

    def _load_pieces(self) -> list[_Loaded]:
        """Load each and run it once: what comes out tells the next one its input."""
        values = dict(self._picture)
        return [self._load_piece(piece, values) for piece in self._plan]

    def _load_piece(self, piece: Piece, values: dict[int, Array]) -> _Loaded:
        interpreter = self._load(self._cutter.cut(piece.operators, piece.inputs, piece.outputs))
        shapes = {int(one["index"]): tuple(one["shape"]) for one in interpreter.get_input_details()}
        if any(shapes[index] != values[index].shape for index in piece.inputs):  # known at a run only
            for index in piece.inputs:
                interpreter.resize_tensor_input(index, values[index].shape)
            interpreter.allocate_tensors()
        delegation = read_delegation(interpreter)
        loaded = _Loaded(piece, interpreter, len(piece.operators) - 1 in delegation.delegated)
        self._run_piece(loaded, values)
        return loaded

    def _run_pass(self, whole: Any, empty: Any, pieces: Sequence[_Loaded]) -> _Pass:
        values = dict(self._picture)
        whole_first = self._rng.random() < 0.5
        invoke_s = self._run_whole(whole) if whole_first else 0.0
        pieces_s = [self._run_piece(piece, values) for piece in pieces]
        empty_s = self._timed(empty)
        invoke_s = invoke_s or self._run_whole(whole)
        outputs = [index for index in self._graph.outputs if index in values]
        self.same_scores = all(
            np.array_equal(values[index], whole.get_tensor(index), equal_nan=values[index].dtype.kind == "f")
            for index in outputs
        )
        return _Pass(invoke_s, empty_s, pieces_s)

    def _run_whole(self, whole: Any) -> float:
        for index, value in self._picture.items():
            whole.set_tensor(index, value)
        return self._timed(whole)

    def _run_piece(self, loaded: _Loaded, values: dict[int, Array]) -> float:
        """Run one piece on what earlier ones made; add what it makes. Only the run itself is timed."""
        for index in loaded.piece.inputs:
            loaded.interpreter.set_tensor(index, values[index])
        passed_s = self._timed(loaded.interpreter)
        for index in loaded.piece.outputs:
            values[index] = loaded.interpreter.get_tensor(index)
        return passed_s

    def _timed(self, interpreter: Any) -> float:
        self.working_since_s = time.perf_counter()
        try:
            start_s = time.perf_counter()
            interpreter.invoke()
            return time.perf_counter() - start_s
        finally:
            self.working_since_s = None

    def operators(self) -> tuple[OperatorTimes, ...]:
        """Return what was measured, by operator."""
        assert self._whole_delegation is not None, "no round has been run"
        nodes, handed = self._whole_delegation.nodes, self._whole_delegation.delegated
        found = []
        for number, (piece, alone) in enumerate(zip(self._plan, self._alone, strict=True)):
            output = self._graph.tensors[piece.outputs[0]] if piece.outputs else _NOTHING
            found.append(
                OperatorTimes(
                    kind=str(nodes[piece.place]["op_name"]),
                    name=output.name,
                    shape=output.shape,
                    macs=_macs(self._graph, piece.place),
                    delegated=piece.place in handed,
                    delegated_alone=alone,
                    run_s=tuple(one.pieces_s[number] for one in self.passes),
                )
            )
        return tuple(found)


def _macs(graph: Graph, place: int) -> int | None:
    try:
        return operator_macs(graph, graph.operators[place])
    except ValueError:
        return None


def _noise(shape: Sequence[int], dtype: Any) -> Array:
    """Return a picture of noise: 0 to 255, or what the type holds."""
    kind = np.dtype(dtype)
    low, high = (np.iinfo(kind).min, np.iinfo(kind).max) if kind.kind in "iu" else (0, 255)
    return np.random.default_rng(_SEED).uniform(low, high, tuple(shape)).astype(kind)


def _plain_operators() -> Any:
    return interpreter_module().OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
