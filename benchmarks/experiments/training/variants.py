"""The training experiments by name: what is compared, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """One way to train.

    Attributes:
        name: in the table.
        options: of `fieldlens train fit`, beside the photographs, the seed and the run folder.
        teacher: whether the experiment's teacher is given too.
        neither: whether pictures of anything else are shown too.
    """

    name: str
    options: tuple[str, ...]
    teacher: bool = False
    neither: bool = False


@dataclass(frozen=True)
class Experiment:
    """Variants that are trained with the same seeds on the same photographs.

    Attributes:
        name: on the command line.
        question: that it answers.
        variants: in the order of the table.
        seeds: how many, from 0.
    """

    name: str
    question: str
    variants: tuple[Variant, ...]
    seeds: int = 3

    @property
    def needs_teacher(self) -> bool:
        """Whether a variant learns from a finished run."""
        return any(variant.teacher for variant in self.variants)

    @property
    def needs_neither(self) -> bool:
        """Whether a variant is shown pictures of anything else."""
        return any(variant.neither for variant in self.variants)


MOBILENET_V2 = Experiment(
    name="mobilenet_v2",
    question="how good is one fine-tuning, and how far do seeds move it?",
    variants=(Variant("mobilenet_v2", ("--recipe", "mobilenet_v2", "--soup", "1")),),
)

SOUP = Experiment(
    name="soup",
    question="how good is the default recipe: three fine-tunings, averaged into one network?",
    variants=(Variant("mobilenet_v2, soup of 3", ("--recipe", "mobilenet_v2")),),
)

SMALL = Experiment(
    name="small",
    question="how much of a large network fits into a small one?",
    variants=(
        Variant("0.35 at 160 px", ("--recipe", "mobilenet_v2_small")),
        Variant("0.35 at 160 px, distilled", ("--recipe", "mobilenet_v2_small"), teacher=True),
    ),
    seeds=1,
)

CUSTOM_CNN = Experiment(
    name="custom_cnn",
    question="how good is a network from scratch, and what does a teacher bring?",
    variants=(
        Variant("custom_cnn, exposed", ("--recipe", "custom_cnn", "--mixed-precision"), neither=True),
        Variant("custom_cnn, distilled", ("--recipe", "custom_cnn", "--mixed-precision"), teacher=True),
    ),
    seeds=1,
)
"""The exposed one is the starter model of the app, which has to know when to say “neither”."""

_AT_64: tuple[str, ...] = ("--recipe", "custom_cnn", "--image-size", "64", "--filters", "16,32,64,96")
_AT_64 = (*_AT_64, "--convolutions", "1", "--pooling", "flatten", "--dense-units", "128", "--warmup-epochs", "0")
_AT_64 = (*_AT_64, "--learning-rate", "0.001", "--epochs", "15", "--patience", "15")
_MOVED: tuple[str, ...] = ("--rotate", "15", "--zoom", "0.2", "--translate", "0.1", "--crop", "1")
_MOVED = (*_MOVED, "--brightness", "0", "--contrast", "0", "--saturation", "0")
_STILL, _DROPPED, _KEPT = ("--no-augmentation",), ("--dropout", "0.5"), ("--dropout", "0")
_PLAIN, _UNPUNISHED = ("--no-batch-norm",), ("--penalty", "0:0")

ABLATION = Experiment(
    name="ablation",
    question="what does each technique of the course bring to a network from scratch?",
    variants=(
        Variant("none", (*_AT_64, *_STILL, *_KEPT, *_PLAIN, *_UNPUNISHED)),
        Variant("augmentation", (*_AT_64, *_MOVED, *_KEPT, *_PLAIN, *_UNPUNISHED)),
        Variant("dropout", (*_AT_64, *_STILL, *_DROPPED, *_PLAIN, *_UNPUNISHED)),
        Variant("batch norm", (*_AT_64, *_STILL, *_KEPT, *_UNPUNISHED)),
        Variant("all", (*_AT_64, *_MOVED, *_DROPPED, "--penalty", "0:1e-4")),
    ),
)
"""Every setting is written out: the result does not move with the recipe. `all` has an L2 penalty too."""

EXPERIMENTS = {one.name: one for one in (MOBILENET_V2, SOUP, SMALL, CUSTOM_CNN, ABLATION)}
"""All by name."""
