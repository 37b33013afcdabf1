"""The built-in task: image classification. Its factors, its metrics and what it needs of a worker; no torch.

`trainer/classification/` trains it. Adding a factor or a metric begins here: docs/extending.md.
"""

import json
import math
from importlib.resources import files
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from evenkeel.plugins import NAME_PATTERN, Metric, Needs, Panels, Prepared, Task
from models.combinations import notes, problem
from models.datasets import BUNDLED, Dataset
from models.factors import (
    AdamEpsilon,
    Arch,
    Augment,
    Init,
    InputScale,
    Norm,
    Optimizer,
    Precision,
    Schedule,
    StemNorm,
)
from models.labels import LABELS
from models.layout import count_parameters
from models.paper.findings import HYPOTHESES

# Adding zero makes -0.0 the zero that it equals, so that both are one level.
Real = Annotated[float, Field(strict=True, allow_inf_nan=False), AfterValidator(lambda x: x + 0.0)]
DatasetName = Annotated[str, Field(pattern=NAME_PATTERN)]


class Classification(BaseModel):
    """Everything that decides a training but the seed.

    Defaults are what the paper leaves open (see each field). They are frozen: a cell's hash leaves out what equals its
    default, so that a field added later leaves the identity of older cells alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    arch: Arch = Field(
        description="Network: Tiny-YOLO classifier, ResNet26, ResNet26 without its skips (plain), or VGG-11."
    )
    norm: Norm = Field(
        description="What follows each convolution. With none, resnet and plain keep batch norm in their stem, as the "
        "paper's ResNet26 does: see stem_norm."
    )
    init: Init = Field(
        description="Weight initialisation: truncated normals of variance 2/fan_in (he), 2/(fan_in+fan_out) (glorot) "
        "or 1/fan_in (lecun); orthogonal; a normal of sigma 0.01; he with silent residual branches (zero_residual)."
    )
    dataset: DatasetName = Field(
        Dataset.DIGITS.value, description="What is learned: digits, synthetic, or what a worker has prepared."
    )
    image_size: int = Field(32, strict=True, ge=8, le=512, description="Side of the square input, in pixels.")
    width: Real = Field(1.0, gt=0, le=4, description="Multiplier of every layer's filters and units.")
    epochs: int = Field(50, strict=True, ge=1, le=10_000, description="Passes over the training set.")
    batch_size: int = Field(64, strict=True, ge=1, le=65_536, description="Examples a step; the paper names none.")
    lr: Real = Field(1e-3, gt=0, le=1e6, description="Learning rate (Keras' default for Adam).")
    beta1: Real = Field(0.9, ge=0, lt=1, description="Adam's decay of the first moment (Keras' default).")
    beta2: Real = Field(0.999, ge=0, lt=1, description="Adam's decay of the second moment (Keras' default).")
    adam_eps: Real = Field(1e-7, gt=0, le=1, description="Adam's epsilon (Keras' default; torch's is 1e-8).")
    adam_epsilon: AdamEpsilon = Field(
        AdamEpsilon.TORCH,
        description="Where adam and adamw add adam_eps: as torch does, or as Keras does, which makes it "
        "adam_eps / sqrt(1 - beta2^t) at step t, so larger in the first steps. It changes nothing for sgd.",
    )
    batch_eps: Real = Field(1e-3, gt=0, le=1, description="Epsilon of batch, group and layer norm (Keras' default).")
    batch_momentum: Real = Field(
        0.1, gt=0, le=1, description="Batch norm's weight of a new batch (Keras' 0.99 is 0.01 here)."
    )
    stem_norm: StemNorm = Field(
        StemNorm.PAPER,
        description="Norm after the first convolution of resnet and plain: as in the paper (batch where norm is none, "
        "else what norm says), or none whatever norm says. Other networks have no stem and take paper alone.",
    )
    leaky_slope: Real = Field(0.1, ge=0, le=1, description="Tiny-YOLO's Leaky ReLU (Darknet's; Keras has 0.3).")
    optimizer: Optimizer = Field(Optimizer.ADAM, description="Adam, AdamW (decoupled weight decay) or SGD.")
    weight_decay: Real = Field(0.0, ge=0, le=10, description="L2 penalty; for adamw the decoupled decay.")
    momentum: Real = Field(0.0, ge=0, lt=1, description="SGD's momentum; Adam's is beta1.")
    schedule: Schedule = Field(Schedule.CONSTANT, description="Of the learning rate: constant, or cosine to 0.")
    warmup_epochs: int = Field(0, strict=True, ge=0, le=10_000, description="Linear rise of the learning rate.")
    grad_clip: Real = Field(0.0, ge=0, le=1e6, description="Largest norm of the whole gradient; 0 does not clip.")
    label_smoothing: Real = Field(0.0, ge=0, lt=1, description="Weight of the uniform distribution in the target.")
    precision: Precision = Field(
        Precision.FP32, description="Of products: fp32, tf32 (NVIDIA GPUs from Ampere on), bf16 (autocast)."
    )
    input_scale: InputScale = Field(
        InputScale.SIGNED, description="What pixels are scaled to: [-1, 1] (signed) or [0, 1] (unit)."
    )
    augment: Augment = Field(
        Augment.NONE, description="Of training images: mirrored at random (flip), and shifted by up to 1/8 (crop)."
    )
    label_noise: Real = Field(
        0.0, ge=0, le=1, description="Share of training labels drawn anew, uniformly; the same for every seed."
    )
    train_fraction: Real = Field(
        1.0, gt=0, le=1, description="Share of the training set that is used; the same for every seed."
    )
    synthetic_classes: int = Field(10, strict=True, ge=2, le=1000, description="Classes of the synthetic dataset.")
    synthetic_examples: int = Field(
        2000, strict=True, ge=10, le=10_000_000, description="Training examples of it; a quarter more to validate."
    )


# Factors that came after grids had been posted.
LATER = frozenset({"adam_epsilon", "stem_norm", "input_scale"})

METRICS = (
    Metric(
        "train_accuracy", "higher", 0.0, "share", "Mean over the epoch's batches as they were met, in [0, 1].",
        "training accuracy",
    ),
    Metric("val_accuracy", "higher", 0.0, "share", "After the epoch, in [0, 1].", "validation accuracy"),
    Metric("train_loss", "lower", math.inf, "nats", "Cross-entropy, nats.", "training loss (nats)"),
    Metric("val_loss", "lower", math.inf, "nats", "Cross-entropy, nats.", "validation loss (nats)"),
    Metric(
        "grad_norm_mean", "lower", math.inf, "", "2-norm of the gradient, mean over steps; null if not finite.",
        "gradient norm, mean", diagnostic=True,
    ),
    Metric("grad_norm_max", "lower", math.inf, "", "The same, largest.", "gradient norm, largest", diagnostic=True),
    Metric(
        "update_ratio", "lower", math.inf, "", "Norm of a step's change over that of the weights, mean.",
        "update-to-weight ratio", diagnostic=True,
    ),
    Metric(
        "loss_jump", "lower", math.inf, "nats", "Largest rise of the loss from one step to the next, nats.",
        "largest loss jump (nats)", diagnostic=True,
    ),
    Metric(
        "dead_units", "lower", 1.0, "share", "Share of units never positive, in the worst layer.",
        "dead units, worst layer", diagnostic=True,
    ),
)  # fmt: skip


def needs(cell: Classification) -> Needs | None:
    """Its dataset, unless every worker makes that for itself."""
    return None if cell.dataset in BUNDLED else Needs(cell.dataset, cell.image_size, "dataset", tuple(Dataset))


def num_parameters(cell: Classification, prepared: Prepared | None) -> int:
    """Learnable parameters of its network."""
    classes = num_classes(cell, prepared)
    return count_parameters(cell.arch, cell.norm, classes, cell.image_size, cell.width, cell.stem_norm)


def num_classes(cell: Classification, prepared: Prepared | None) -> int:
    """prepared: the dataset, where it is one that a worker prepares."""
    if prepared is not None:
        return prepared.num_classes
    return cell.synthetic_classes if cell.dataset == Dataset.SYNTHETIC else 10


def presets() -> dict[str, dict[str, Any]]:
    """The grids that come with the task, by name."""
    folder = files("models.paper") / "presets"
    found = sorted(folder.iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".json"): json.loads(file.read_text()) for file in found}


CLASSIFICATION = Task(
    name="classification",
    version=1,
    parameters=Classification,
    metrics=METRICS,
    default_metric="train_accuracy",
    panels=Panels(row="arch", column="norm", line="init"),
    region_factor="lr",
    labels=LABELS,
    problem=problem,
    notes=notes,
    later=LATER,
    needs=needs,
    num_parameters=num_parameters,
    loss="train_loss",
    per_example="val_accuracy",
    presets=presets(),
    hypotheses=HYPOTHESES,
)
