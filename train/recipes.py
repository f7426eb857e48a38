"""A recipe: how to train one kind of network. The named ones stand beside their architectures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from edge_app.common.errors import UsageError
from edge_app.model.card import ResizeRule
from train.augment.augmentation import Augmentation
from train.settings import Need, check_settings, out_of_range, setting

InputStatistics = Literal["none", "standardize", "zca"]
Optimizer = Literal["adam", "adamw", "sgd"]
ClassWeights = Literal["none", "balanced"]
ResizeSetting = Literal["squash", "center_zoom", "auto"]


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
        if not (self.l1 >= 0 and self.l2 >= 0):
            raise UsageError(f"penalties must be at least 0, received l1 {self.l1} and l2 {self.l2}; try 0.0001")


def parse_penalty(text: str) -> Penalty:
    """Read `L1:L2` or `L1:L2:LAYERS`.

    Raises:
        UsageError: it is neither.
    """
    parts = text.split(":", 2)
    try:
        return Penalty(l1=float(parts[0]), l2=float(parts[1]), layers=parts[2] if len(parts) > 2 else "")
    except (ValueError, IndexError) as error:
        raise UsageError(f"L1:L2 or L1:L2:LAYERS is needed, received `{text}`") from error


def parse_numbers(text: str) -> tuple[int, ...]:
    """Read whole numbers with commas between them.

    Raises:
        UsageError: they are something else, or one is below 1.
    """
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 1:
        raise UsageError(f"whole numbers from 1, with commas, are needed, received `{text}`")
    return numbers


@dataclass(frozen=True)
class Circumstances:
    """What decides whether a setting of a recipe changes anything.

    Attributes:
        recipe: with its settings.
        pretrained: whether training starts from pretrained weights.
        one_layer: whether Keras sees the whole backbone as one layer.
        taught: whether there is a teacher.
    """

    recipe: Recipe
    pretrained: bool
    one_layer: bool
    taught: bool


_PRETRAINED = Need("networks with pretrained weights", "choose --recipe mobilenet_v2", lambda now: now.pretrained)
_LAYERS = Need("networks whose layers can be told apart", "choose --recipe mobilenet_v2", lambda now: not now.one_layer)
_FINE_TUNING = Need("fine-tuning", "add --epochs 3", lambda now: now.recipe.epochs > 0)
_LEARNING_BACKBONE = Need(
    "a backbone that learns", "add --hub-trainable", lambda now: not now.one_layer or now.recipe.hub_trainable
)
_ADAMW = Need("AdamW", "add --optimizer adamw", lambda now: now.recipe.optimizer == "adamw")
_TAUGHT = Need("training with a teacher", "add --teacher RUN", lambda now: now.taught)


@dataclass(frozen=True)
class Recipe:
    """How to train one kind of network; `run.json` holds its fields.

    Attributes:
        name: on the command line.
        architecture: its name, see `train.models.registry`.
        augmentation: of training photographs.
    """

    name: str
    architecture: str
    input_size: int = setting(
        help="width and height of the network's input",
        topic="training",
        option="--image-size",
        metavar="PX",
        within=(32, 2048),
        common=True,
    )
    epochs: int = setting(
        help="epochs of fine-tuning, or of the whole network, at most; 0: train the head only",
        topic="training",
        metavar="N",
        within=(0, 100_000),
        common=True,
    )
    learning_rate: float = setting(
        help="peak learning rate; it falls to zero along a cosine",
        topic="training",
        metavar="RATE",
        above=0,
        attempt="0.001",
    )
    resize: ResizeSetting = setting(
        "squash",
        "what the finished network sees of a photograph: all of it (squash), the inner 80 % of its width and height "
        "(center_zoom), or that only where it is clearly better on validation photographs (auto)",
        topic="training",
    )
    batch_size: int = setting(
        32, "photographs per step, across all replicas", topic="training", metavar="N", within=(1, 65_536)
    )
    patience: int = setting(
        8, "stop after this many epochs without a better calibrated validation loss", topic="training", metavar="N"
    )
    optimizer: Optimizer = setting("adam", "Adam, AdamW, or SGD with a momentum of 0.9", topic="training")
    weight_decay: float = setting(
        0.0,
        "share of a kernel that AdamW takes off per step at rate 1 (decoupled, arXiv:1711.05101)",
        topic="regularization",
        metavar="DECAY",
        within=(0, 1),
        needs=(_ADAMW,),
    )
    warmup_epochs: float = setting(
        0.0,
        "epochs in which the learning rate climbs to its peak",
        topic="training",
        metavar="N",
        words="warm-up epochs",
        within=(0, 100_000),
    )
    label_smoothing: float = setting(
        0.0,
        "share of each label that is spread over all classes",
        topic="regularization",
        metavar="SHARE",
        within=(0, 0.99),
    )
    class_weights: ClassWeights = setting(
        "none",
        "weight of a photograph in the loss: the same for all, or balanced, so that every class counts the same",
        topic="training",
    )
    dropout: float = setting(
        0.5,
        "share of features dropped before the last layer",
        topic="regularization",
        metavar="SHARE",
        within=(0, 0.99),
    )
    penalties: tuple[Penalty, ...] = setting(
        (),
        "L1 and L2 penalty on the kernels of all layers, or of those whose names begin with LAYERS: 0:1e-4, "
        "1e-5:0:hidden; may be repeated, the last one that names a layer counts",
        topic="regularization",
        option="--penalty",
        metavar="L1:L2[:LAYERS]",
        parse=parse_penalty,
        repeatable=True,
    )
    augmentation: Augmentation = field(default_factory=Augmentation)
    mixup: float = setting(
        0.0,
        "mix two photographs and their labels, by shares drawn from Beta(ALPHA, ALPHA); 0: off (arXiv:1710.09412)",
        topic="regularization",
        metavar="ALPHA",
        within=(0, 100),
    )
    input_statistics: InputStatistics = setting(
        "none",
        "what the first layers do to a picture: nothing, feature-wise standardization, or ZCA whitening, "
        "fitted to the training photographs",
        topic="network",
    )
    width: float = setting(1.0, "multiplier of the number of channels", topic="network", metavar="ALPHA")
    filters: tuple[int, ...] = setting(
        (), "filters of each convolution block", topic="network", metavar="N,N,…", parse=parse_numbers
    )
    convolutions: int = setting(
        1, "convolutions per block, before it halves the picture", topic="network", metavar="N", within=(1, 8)
    )
    batch_norm: bool = setting(True, "build the blocks without batch norm", topic="network")
    block_dropout: float = setting(
        0.0, "share of channels dropped after each block", topic="regularization", metavar="SHARE", within=(0, 0.99)
    )
    pooling: Literal["flatten", "average"] = setting("flatten", "how feature maps become features", topic="network")
    dense_units: int = setting(
        0, "units of the hidden layer before the last one; 0: none", topic="network", metavar="N"
    )
    one_logit: bool = setting(
        False,
        "train two classes with one logit and binary cross entropy; files carry two scores all the same",
        topic="network",
    )
    head_epochs: int = setting(
        0, "epochs of the head alone, on cached features, at most", topic="training", metavar="N", needs=(_PRETRAINED,)
    )
    head_learning_rate: float = setting(
        0.0, "peak learning rate while the head trains alone", topic="training", metavar="RATE", needs=(_PRETRAINED,)
    )
    fine_tune_from: str = setting(
        "",
        "first layer that fine-tuning moves; empty: all",
        topic="training",
        metavar="LAYER",
        needs=(_PRETRAINED, _LAYERS),
    )
    batch_norm_learns: bool = setting(
        False,
        "let fine-tuning move batch norm too, instead of keeping the statistics of ImageNet",
        topic="network",
        needs=(_PRETRAINED, _LAYERS),
    )
    soup: int = setting(
        1,
        "fine-tunings from the same head whose weights are averaged; 1: no soup",
        topic="training",
        metavar="N",
        within=(1, 100),
        needs=(_PRETRAINED, _FINE_TUNING),
    )
    block_rate: float = setting(
        1.0,
        "factor on the learning rate for each block further from the head; 1: the same rate everywhere",
        topic="training",
        metavar="FACTOR",
        within=(0.01, 1),
        needs=(_LEARNING_BACKBONE,),
    )
    hub: str = setting("", "handle or path of a TF Hub feature vector", topic="network", metavar="HANDLE")
    hub_trainable: bool = setting(False, "let the hub module learn in the epochs after the head", topic="network")
    views: int = setting(
        8,
        "differently augmented epochs; the teacher is asked about each of them once",
        topic="training",
        metavar="N",
        within=(1, 10_000),
        needs=(_TAUGHT,),
    )
    teacher_share: float = setting(
        0.9,
        "weight of the teacher's answers against the labels",
        topic="training",
        metavar="SHARE",
        within=(0, 1),
        needs=(_TAUGHT,),
    )
    teacher_temperature: float = setting(
        2.0,
        "divides the logits of teacher and student before they are compared",
        topic="training",
        metavar="T",
        within=(0.1, 100),
        needs=(_TAUGHT,),
    )

    def __post_init__(self) -> None:
        owner = f"the recipe `{self.name}`"
        check_settings(self, owner)
        if not (self.epochs or self.head_epochs):
            raise out_of_range(owner, "epochs", 1, 100_000, self.epochs)

    @property
    def first_resize(self) -> ResizeRule:
        """What the network sees of a photograph until validation photographs have chosen."""
        return "squash" if self.resize == "auto" else self.resize
