"""Named ways to train; the command line overrides single fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from edge_app.common.errors import UsageError
from train.augment.augmentation import Augmentation

InputStatistics = Literal["none", "standardize", "zca"]
Optimizer = Literal["adam", "adamw", "sgd"]


@dataclass(frozen=True)
class Penalty:
    """L1, L2 or both on the kernels of some layers: l1 · Σ|w| + l2 · Σw².

    Attributes:
        layers: beginning of the layers' names, as in `hidden` or `block1`; empty: every convolution and dense layer.
        l1: weight of the sum of absolute values.
        l2: weight of the sum of squares.
    """

    layers: str = ""
    l1: float = 0.0
    l2: float = 0.0

    def __post_init__(self) -> None:
        if self.l1 < 0 or self.l2 < 0:
            raise UsageError(f"penalties must be at least 0, received l1 {self.l1} and l2 {self.l2}; try 0.0001")


@dataclass(frozen=True)
class Recipe:
    """How to train one kind of model.

    Attributes:
        name: on the command line.
        architecture: its name, see `train.models.registry`.
        input_size: width and height of the input, pixels.
        epochs: of the whole network (`custom_cnn`) or of fine-tuning (pretrained networks), at most.
        learning_rate: of those epochs at its peak; it falls to zero along a cosine.
        batch_size: photographs per step, over all replicas.
        patience: epochs without a better calibrated validation loss before training stops.
        optimizer: `adam`, `adamw` with `weight_decay`, or `sgd` with a momentum of 0.9.
        weight_decay: decoupled, of AdamW: share of a kernel that is taken off per step at rate 1 (Loshchilov and
            Hutter, arXiv:1711.05101).
        warmup_epochs: in which the rate climbs from zero to its peak.
        label_smoothing: share of the target that is spread over all classes.
        dropout: share of features dropped before the last layer.
        penalties: L1 and L2 on kernels; of several that name a layer the last one counts.
        augmentation: of training photographs.
        mixup: alpha of the Beta distribution that mixes two photographs and their labels; 0: off (arXiv:1710.09412).
        input_statistics: what the first layers of the network do to the picture: nothing, feature-wise standardization,
            or ZCA whitening; fitted on training photographs.
        width: multiplier of MobileNetV2's channels (alpha).
        filters: of the convolution blocks of `custom_cnn`.
        convolutions: of each of those blocks, before it halves the picture.
        batch_norm: whether those blocks normalize.
        block_dropout: share of channels dropped after each block of `custom_cnn`.
        pooling: how `custom_cnn` comes from maps to features: `flatten` or `average`.
        dense_units: of the hidden layer before the last one; 0: none.
        one_logit: train two classes with one logit and binary cross entropy; artifacts carry softmax([0, z]).
        head_epochs: of the head alone on cached features of a pretrained network, at most.
        head_learning_rate: of those epochs at its peak.
        fine_tune_from: first layer of the backbone that fine-tuning moves.
        batch_norm_learns: whether fine-tuning moves batch norm too; if not, it keeps the statistics of ImageNet.
        soup: fine-tunings from the same head whose weights are averaged; 1: no soup.
        block_rate: factor on the learning rate of each block further from the head; 1: the same rate everywhere.
        hub: handle or path of a TF Hub feature vector.
        hub_trainable: whether its weights learn in the epochs after the head.
        views: how many differently changed epochs there are with a teacher, which is asked about each once.
        teacher_share: weight of the teacher against the labels.
        teacher_temperature: by which the logits of both are divided before they are compared.
    """

    name: str
    architecture: str
    input_size: int
    epochs: int
    learning_rate: float
    batch_size: int = 32
    patience: int = 8
    optimizer: Optimizer = "adam"
    weight_decay: float = 0.0
    warmup_epochs: float = 0.0
    label_smoothing: float = 0.0
    dropout: float = 0.5
    penalties: tuple[Penalty, ...] = ()
    augmentation: Augmentation = field(default_factory=Augmentation)
    mixup: float = 0.0
    input_statistics: InputStatistics = "none"
    width: float = 1.0
    filters: tuple[int, ...] = ()
    convolutions: int = 1
    batch_norm: bool = True
    block_dropout: float = 0.0
    pooling: Literal["flatten", "average"] = "flatten"
    dense_units: int = 0
    one_logit: bool = False
    head_epochs: int = 0
    head_learning_rate: float = 0.0
    fine_tune_from: str = ""
    batch_norm_learns: bool = False
    soup: int = 1
    block_rate: float = 1.0
    hub: str = ""
    hub_trainable: bool = False
    views: int = 8
    teacher_share: float = 0.9
    teacher_temperature: float = 2.0

    def __post_init__(self) -> None:
        for what, value, low, high in (
            ("epochs", self.epochs, 0 if self.head_epochs else 1, 100_000),
            ("image size", self.input_size, 32, 2048),
            ("batch size", self.batch_size, 1, 65_536),
            ("dropout", self.dropout, 0, 0.99),
            ("block dropout", self.block_dropout, 0, 0.99),
            ("label smoothing", self.label_smoothing, 0, 0.99),
            ("mixup", self.mixup, 0, 100),
            ("weight decay", self.weight_decay, 0, 1),
            ("warm-up epochs", self.warmup_epochs, 0, 100_000),
            ("convolutions", self.convolutions, 1, 8),
            ("soup", self.soup, 1, 100),
            ("block rate", self.block_rate, 0.01, 1),
            ("views", self.views, 1, 10_000),
            ("teacher share", self.teacher_share, 0, 1),
            ("teacher temperature", self.teacher_temperature, 0.1, 100),
        ):
            if not low <= value <= high:
                raise UsageError(f"the recipe `{self.name}` needs {what} from {low} to {high}, received {value}")
        if self.learning_rate <= 0:
            raise UsageError(f"the learning rate must be above 0, received {self.learning_rate}; try 0.001")
        for what, chosen, allowed in (
            ("input statistics", self.input_statistics, get_args(InputStatistics)),
            ("optimizer", self.optimizer, get_args(Optimizer)),
        ):
            if chosen not in allowed:
                raise UsageError(f"unknown {what} `{chosen}`; choose one of {', '.join(allowed)}")
