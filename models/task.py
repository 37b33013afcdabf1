"""The built-in task, image classification: its factors, and what it needs from a worker. No torch here.

`trainer/classification/` trains it. To add a factor, begin here. To add a metric, begin in `models/metrics.py`. See
docs/extending.md.
"""

import json
from importlib.resources import files
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from evenkeel.plugins import NAME_PATTERN, Needs, Panels, Prepared, Task
from models.combinations import notes, problem
from models.datasets import BUNDLED, Dataset, num_classes
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
    Stop,
)
from models.ignored import ignores
from models.labels import LABELS
from models.layout import count_parameters
from models.metrics import METRICS
from models.paper.hypotheses import HYPOTHESES
from models.work import work

__all__ = ["CLASSIFICATION", "LATER", "METRICS", "Classification", "num_parameters"]

# Adding zero turns -0.0 into 0.0. The two are equal, so they must be the same level.
Real = Annotated[float, Field(strict=True, allow_inf_nan=False), AfterValidator(lambda x: x + 0.0)]
DatasetName = Annotated[str, Field(pattern=NAME_PATTERN)]


class Classification(BaseModel):
    """A network learns to classify images. Everything below can vary from cell to cell; only the seed is no factor.

    A default is what the paper (McInroe 2020) took or, where it does not say, what its library took: see each factor.
    """

    # A default must never change: a cell's hash leaves out every level that equals it.
    model_config = ConfigDict(frozen=True, extra="forbid")

    arch: Arch = Field(
        description="Network: Tiny-YOLO classifier, ResNet26, ResNet26 without its skips (plain), or VGG-11."
    )
    norm: Norm = Field(
        description="Norm after each convolution. With none, resnet and plain keep batch norm in their stem, as the "
        "ResNet26 of McInroe 2020 does: see stem_norm."
    )
    init: Init = Field(
        description="Weight initialisation: a truncated normal of variance 2/fan_in (he), 2/(fan_in+fan_out) (glorot) "
        "or 1/fan_in (lecun); orthogonal; a normal of sigma 0.01; or he with residual branches that begin at zero "
        "(zero_residual)."
    )
    dataset: DatasetName = Field(
        Dataset.DIGITS.value, description="Dataset: digits, synthetic, or one that a worker has prepared."
    )
    image_size: int = Field(32, strict=True, ge=8, le=512, description="Side of the square input, in pixels.")
    width: Real = Field(1.0, gt=0, le=4, description="Factor that multiplies the filters and units of every layer.")
    epochs: int = Field(50, strict=True, ge=1, le=10_000, description="Passes over the training set.")
    batch_size: int = Field(
        64, strict=True, ge=1, le=65_536, description="Examples per step (McInroe 2020 does not say)."
    )
    lr: Real = Field(1e-3, gt=0, le=1e6, description="Learning rate (Keras' default for Adam).")
    beta1: Real = Field(0.9, ge=0, lt=1, description="Adam's decay of the first moment (Keras' default).")
    beta2: Real = Field(0.999, ge=0, lt=1, description="Adam's decay of the second moment (Keras' default).")
    adam_eps: Real = Field(1e-7, gt=0, le=1, description="Adam's epsilon (Keras' default; torch's is 1e-8).")
    adam_epsilon: AdamEpsilon = Field(
        AdamEpsilon.TORCH,
        description="How adam and adamw add adam_eps: as torch does, or as Keras does. Keras' way makes it "
        "adam_eps / sqrt(1 - beta2^t) at step t, which is larger in the first steps. It changes nothing for sgd.",
    )
    batch_eps: Real = Field(1e-3, gt=0, le=1, description="Epsilon of batch, group and layer norm (Keras' default).")
    batch_momentum: Real = Field(
        0.1, gt=0, le=1, description="Weight of a new batch in running statistics (Keras' 0.99 is 0.01 here)."
    )
    stem_norm: StemNorm = Field(
        StemNorm.PAPER,
        description="Norm after the first convolution of resnet and plain: as in McInroe 2020 (batch if norm is none, "
        "else the same as norm), or none for every norm. Other networks have no stem and allow only paper.",
    )
    leaky_slope: Real = Field(0.1, ge=0, le=1, description="Slope of Tiny-YOLO's Leaky ReLU (Keras has 0.3).")
    optimizer: Optimizer = Field(Optimizer.ADAM, description="Adam, AdamW (decoupled weight decay) or SGD.")
    weight_decay: Real = Field(0.0, ge=0, le=10, description="L2 penalty; for adamw the decoupled weight decay.")
    momentum: Real = Field(0.0, ge=0, lt=1, description="SGD's momentum; Adam's is beta1.")
    schedule: Schedule = Field(Schedule.CONSTANT, description="Course of the learning rate: constant, or cosine to 0.")
    warmup_epochs: int = Field(
        0, strict=True, ge=0, le=10_000, description="Epochs at the start in which the learning rate rises linearly."
    )
    grad_clip: Real = Field(0.0, ge=0, le=1e6, description="Largest norm of the whole gradient. 0 means no clipping.")
    label_smoothing: Real = Field(0.0, ge=0, lt=1, description="Weight of the uniform distribution in the target.")
    precision: Precision = Field(
        Precision.FP32, description="Precision of products: fp32, tf32 (NVIDIA GPUs from Ampere on), bf16 (autocast)."
    )
    input_scale: InputScale = Field(
        InputScale.SIGNED, description="Range that pixels are scaled to: [-1, 1] (signed) or [0, 1] (unit)."
    )
    augment: Augment = Field(
        Augment.NONE,
        description="Random changes of training images: mirrored (flip), also shifted by up to 1/8 (crop).",
    )
    stop: Stop = Field(
        Stop.NONFINITE,
        description="A run ends early if a loss or a weight is not finite. With lost, also after an epoch with a loss "
        "above 10 times its start and 10 times the labels' entropy, or 3 epochs in a row at chance after the warmup.",
    )
    label_noise: Real = Field(
        0.0, ge=0, le=1, description="Share of training labels that are drawn anew, uniformly. All seeds share them."
    )
    train_fraction: Real = Field(
        1.0, gt=0, le=1, description="Share of the training set that is used; the same for every seed."
    )
    synthetic_classes: int = Field(10, strict=True, ge=2, le=1000, description="Classes of the synthetic dataset.")
    synthetic_examples: int = Field(
        2000, strict=True, ge=10, le=10_000_000, description="Synthetic training examples; a quarter more to validate."
    )


# Factors that were added after grids had been posted.
LATER = frozenset({"adam_epsilon", "stem_norm", "input_scale", "stop"})

# What sets how many numbers an epoch computes, and in which precision. All others change which numbers they are, or do
# something only once in a run or next to nothing in a step (trainer/classification: engine, optim, data, augment).
COSTS = frozenset(
    {"arch", "norm", "stem_norm", "width", "image_size", "dataset", "synthetic_classes", "synthetic_examples"}
    | {"train_fraction", "batch_size", "augment", "optimizer", "grad_clip", "precision"}
)


def needs(cell: Classification) -> Needs | None:
    """The dataset of the cell; None if every worker makes that dataset by itself."""
    return None if cell.dataset in BUNDLED else Needs(cell.dataset, cell.image_size, "dataset", tuple(Dataset))


def num_parameters(cell: Classification, prepared: Prepared | None) -> int | None:
    """The number of learnable parameters of the cell's network; None if a plug-in's code decides it. prepared: the
    dataset, if it is one that a worker prepares."""
    classes = num_classes(cell, prepared)
    return count_parameters(cell.arch, cell.norm, classes, cell.image_size, cell.width, cell.stem_norm)


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
    ignores=ignores,
    later=LATER,
    needs=needs,
    num_parameters=num_parameters,
    work=work,
    loss="train_loss",
    per_example="val_accuracy",
    presets=presets(),
    hypotheses=HYPOTHESES,
    costs=COSTS,
)
