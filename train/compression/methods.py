"""The ways to compress: which stages each is made of; imports no TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from edge_app.common.errors import UsageError

Stage = Literal["prune", "prune-2x4", "cluster", "qat"]

_RATE_FACTORS: Mapping[Stage, float] = {"prune": 1.0, "prune-2x4": 1.0, "cluster": 1.0, "qat": 0.2}
"""Share of the run's own learning rate: what a stage has broken more of, it must move further."""

DEFAULT_EPOCHS = 3
"""Of each stage."""


@dataclass(frozen=True)
class Method:
    """One way to compress.

    Attributes:
        name: on the command line.
        stages: in order; each keeps what the earlier ones promised.
        suffix: of the run folder and of the files made from it.
        summary: a few words for the help.
    """

    name: str
    stages: tuple[Stage, ...]
    suffix: str
    summary: str

    @property
    def quantized(self) -> bool:
        """Whether the network ends with its own ranges for 8-bit integers."""
        return "qat" in self.stages


_ALL = (
    Method("qat", ("qat",), "qat", "quantization-aware training"),
    Method("prune", ("prune",), "pruned", "the smallest weights become zero"),
    Method("prune-2x4", ("prune-2x4",), "pruned-2x4", "two zeros in every four weights along the input channels"),
    Method("cluster", ("cluster",), "clustered", "each layer shares a few values among its weights"),
    Method("pc", ("prune", "cluster"), "pruned-clustered", "prune, then cluster"),
    Method("pqat", ("prune", "qat"), "pqat", "prune, then qat"),
    Method("pqat-2x4", ("prune-2x4", "qat"), "pqat-2x4", "prune-2x4, then qat"),
    Method("cqat", ("cluster", "qat"), "cqat", "cluster, then qat"),
    Method("pcqat", ("prune", "cluster", "qat"), "pcqat", "prune, cluster, then qat"),
)

METHODS: Mapping[str, Method] = {method.name: method for method in _ALL}
"""All methods by name. Pruning after clustering, and anything after qat, would break what is there already."""


@dataclass(frozen=True)
class CompressionSettings:
    """What the user chose.

    Attributes:
        method: name of a `Method`.
        epochs: of each stage.
        learning_rate: of each stage at its peak; None: a share of the run's own.
        sparsity: share of zeros that `prune` makes, 0..1.
        clusters: values per layer that `cluster` leaves.
    """

    method: str
    epochs: int = DEFAULT_EPOCHS
    learning_rate: float | None = None
    sparsity: float = 0.5
    clusters: int = 16

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise UsageError(f"unknown method `{self.method}`; choose one of {', '.join(METHODS)}")
        for what, value, low, high in (
            ("epochs", self.epochs, 1, 10_000),
            ("sparsity", self.sparsity, 0.05, 0.95),
            ("clusters", self.clusters, 3, 256),  # with fewer, tfmot cannot keep one for zero
        ):
            if not low <= value <= high:
                raise UsageError(f"compressing needs {what} from {low} to {high}, received {value}")
        if self.learning_rate is not None and self.learning_rate <= 0:
            raise UsageError(f"the learning rate must be above 0, received {self.learning_rate}; try 0.00001")

    @property
    def chosen(self) -> Method:
        """The method itself."""
        return METHODS[self.method]

    def rate_of(self, stage: Stage, own_rate: float) -> float:
        """Return the learning rate of a stage for a run that was trained at `own_rate`."""
        return own_rate * _RATE_FACTORS[stage] if self.learning_rate is None else self.learning_rate

    def to_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)
