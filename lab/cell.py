"""One combination of levels, and the spec of one run. Frozen, validated when posted and again by who trains it."""

import hashlib
import json
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from lab.datasets import Dataset
from lab.factors import Augment, Optimizer, Precision, Schedule
from models.factors import RESIDUAL, Arch, Init, Norm
from models.layout import MIN_IMAGE_SIZE, count_parameters

# Raised when the same levels come to mean something else: earlier versions then leave them to newer workers. Levels
# that they do not know they leave anyway.
SPEC_VERSION = 1

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
MAX_SEED = 2**31 - 1

Seed = Annotated[int, Field(strict=True, ge=0, le=MAX_SEED)]
# Adding zero makes -0.0 the zero that it equals, so that both are one level.
Real = Annotated[float, Field(strict=True, allow_inf_nan=False), AfterValidator(lambda x: x + 0.0)]
DatasetName = Annotated[str, Field(pattern=NAME_PATTERN)]


class NewerSpec(Exception):
    """A cell that a newer version stored, which this one would misread."""


class Cell(BaseModel):
    """One combination of levels: everything that decides a training but the seed.

    Defaults are what the paper leaves open (see each field). They are frozen: `hash` leaves out what equals its
    default, so that a field added later leaves the identity of older cells alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    arch: Arch = Field(
        description="Network: Tiny-YOLO classifier, ResNet26, ResNet26 without its skips (plain), or VGG-11."
    )
    norm: Norm = Field(description="What follows each convolution.")
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
    batch_eps: Real = Field(1e-3, gt=0, le=1, description="Epsilon of batch, group and layer norm (Keras' default).")
    batch_momentum: Real = Field(
        0.1, gt=0, le=1, description="Batch norm's weight of a new batch (Keras' 0.99 is 0.01 here)."
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

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        if problem := cell_problem(self):
            raise ValueError("{}: {}".format(*problem))
        return self

    @cached_property
    def stored_levels(self) -> dict[str, Any]:
        """What differs from the defaults, as JSON has it; `read_cell` reads it back."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @cached_property
    def hash(self) -> str:
        """sha256 of the canonical JSON of what differs from the defaults, 16 hex digits."""
        return canonical_hash(self.stored_levels)

    def num_parameters(self, num_classes: int) -> int:
        """Learnable parameters of its network."""
        return count_parameters(self.arch, self.norm, num_classes, self.image_size, self.width)


def read_cell(stored_levels: dict[str, Any]) -> Cell:
    """A cell as the store holds it: its levels less those that are the defaults. Raises NewerSpec."""
    try:
        return Cell.model_validate(stored_levels)
    except ValidationError as error:
        at = ", ".join(".".join(map(str, e["loc"])) or e["msg"] for e in error.errors())
        raise NewerSpec(f"a newer version stored this cell; this one cannot read: {at}") from error


class RunSpec(BaseModel):
    """One training: a cell and the seed that everything random in it is drawn from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cell: Cell
    seed: Seed


FACTORS: tuple[str, ...] = tuple(Cell.model_fields)


def canonical_hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def cell_problem(cell: Cell) -> tuple[str, str] | None:
    """What no single field's range can say: (field, what is allowed), or None."""
    smallest = MIN_IMAGE_SIZE[cell.arch]
    if cell.image_size < smallest:
        return "image_size", f"{cell.arch} takes images of {smallest} to 512 pixels, not {cell.image_size}"
    if cell.norm is Norm.BATCH and cell.batch_size < 2:
        return "batch_size", "batch norm has no variance of one example: at least 2, or another norm"
    if cell.init is Init.ZERO_RESIDUAL and cell.arch not in RESIDUAL:
        with_branches = ", ".join(repr(str(arch)) for arch in sorted(RESIDUAL))
        return "init", f"'zero_residual' needs residual branches, which {cell.arch!s} has not; arch {with_branches} has"
    if cell.dataset == Dataset.SYNTHETIC and cell.synthetic_examples < cell.synthetic_classes:
        return "synthetic_examples", f"at least one for each of the {cell.synthetic_classes} classes"
    if cell.warmup_epochs > cell.epochs:
        return "warmup_epochs", f"at most the {cell.epochs} epochs that are trained, not {cell.warmup_epochs}"
    return None


def cell_labels(cells: list[Cell]) -> list[str]:
    """A name for each cell: `arch-norm-init`, and then every other field in which these cells differ."""
    always = ("arch", "norm", "init")
    varying = [name for name in FACTORS if name not in always and len({getattr(cell, name) for cell in cells}) > 1]
    return [
        "-".join([*(str(getattr(cell, n)) for n in always), *(f"{n}={getattr(cell, n)}" for n in varying)])
        for cell in cells
    ]
