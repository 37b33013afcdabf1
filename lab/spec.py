"""A posted grid, its cells, and one run's spec. Frozen, validated once here and again by the worker that trains it."""

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import product
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from lab.datasets import Dataset
from lab.factors import Augment, Optimizer, Precision, Schedule
from lab.sharing import MAX_PRIORITY, MIN_PRIORITY, Device, Sharing
from models.factors import RESIDUAL, Arch, Init, Norm
from models.layout import MIN_IMAGE_SIZE, count_parameters

# Raised when a grid can say what earlier versions would read differently; they then leave its runs to newer workers.
SPEC_VERSION = 1

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
MAX_LEVELS = 100
MAX_SEED = 2**31 - 1
MAX_SEEDS = 100_000

Seed = Annotated[int, Field(strict=True, ge=0, le=MAX_SEED)]
# Adding zero makes -0.0 the zero that it equals, so that both are one level.
Real = Annotated[float, Field(strict=True, allow_inf_nan=False), AfterValidator(lambda x: x + 0.0)]
DatasetName = Annotated[str, Field(pattern=NAME_PATTERN)]


class SpecError(ValueError):
    """A grid that cannot be run. `field` is the path of the key at fault, `problem` says what is allowed."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem


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


def _fields(many: bool) -> dict[str, Any]:
    """Every field of a cell, optional, as one value or as a list of levels."""
    fields: dict[str, Any] = {}
    for name, info in Cell.model_fields.items():
        level = Annotated[info.annotation, Field(), *info.metadata]  # type: ignore[name-defined]
        kind = Annotated[list[level], Field(min_length=1, max_length=MAX_LEVELS)] if many else level
        fields[name] = (kind | None, Field(None, description=info.description))
    return fields


class _Levels(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Grid = create_model("Grid", __base__=_Levels, __doc__="Factors: a list of levels each.", **_fields(many=True))
Train = create_model(
    "Train", __base__=_Levels, __doc__="What every cell shares: one value each.", **_fields(many=False)
)


def _check_seeds(value: Any) -> Any:
    """One clear error where a union of types would give one for each."""
    if type(value) is int and 1 <= value <= MAX_SEEDS:
        return value
    whole = isinstance(value, list) and all(type(seed) is int and 0 <= seed <= MAX_SEED for seed in value)
    if whole and value and len(set(value)) == len(value):
        return value
    raise PydanticCustomError(
        "seeds", f"a count from 1 to {MAX_SEEDS:,}, or a list of distinct whole numbers from 0 to {MAX_SEED:,}"
    )


class GridSpec(BaseModel):
    """A named grid: every combination of levels, once per seed."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "demo",
                    "grid": {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he", "glorot"]},
                    "seeds": 3,
                    "train": {"dataset": "digits", "image_size": 32, "width": 0.25, "epochs": 8, "lr": 0.001},
                }
            ]
        },
    )

    name: str = Field(pattern=NAME_PATTERN, description="Letters, digits, '.', '_' and '-'; at most 64.")
    grid: Grid = Field(description="The factors and the levels that each takes.")
    seeds: Annotated[int | list[int], BeforeValidator(_check_seeds)] = Field(
        3, description="How many seeds (3 means 0, 1, 2), or a list of distinct ones."
    )
    train: Train = Field(default_factory=Train, description="What every cell shares.")
    priority: int | None = Field(
        None,
        strict=True,
        ge=MIN_PRIORITY,
        le=MAX_PRIORITY,
        description="Of two experiments with queued runs the higher goes first; 0 if never given.",
    )
    max_running: int | None = Field(
        None, strict=True, ge=0, le=10_000, description="Most of its runs that train at once; 0 for no limit."
    )
    device: Device | None = Field(
        None, description="Where its runs may train: any (if never given), cpu, or cuda (NVIDIA GPUs)."
    )
    exclude: list[dict[str, Any]] = Field(
        default=[],
        max_length=1000,
        description="Partial cells to leave out, for example [{'arch': 'yolo', 'lr': 0.1}].",
    )

    @property
    def seed_list(self) -> Sequence[int]:
        return range(self.seeds) if isinstance(self.seeds, int) else self.seeds

    @property
    def sharing(self) -> Sharing:
        return Sharing(self.priority, self.max_running, self.device)

    @property
    def levels(self) -> dict[str, list[Any]]:
        """The posted factors and their levels, in the order of `Cell`'s fields."""
        return {name: levels for name in FACTORS if (levels := getattr(self.grid, name)) is not None}

    def count(self) -> int:
        """Runs before `exclude`, from the lengths alone: nothing is expanded."""
        return math.prod(len(levels) for levels in self.levels.values()) * len(self.seed_list)


def expand(spec: GridSpec, max_runs: int) -> list[Cell]:
    """The cells of a grid, in the order of its levels.

    Raises SpecError naming the field for repeated levels or seeds, a key that stands twice or nowhere, a product over
    `max_runs`, an `exclude` that names no level, and a cell that cannot be built.
    """
    _check_keys(spec)
    if spec.count() > max_runs:
        sizes = " x ".join(f"{len(v)} {k}" for k, v in spec.levels.items())
        raise SpecError(
            "grid", f"{sizes} x {len(spec.seed_list)} seeds = {spec.count():,} runs; at most {max_runs:,} are allowed"
        )
    excluded = [_check_exclude(i, partial, spec.levels) for i, partial in enumerate(spec.exclude)]
    cells = list(_cells(spec, excluded))
    if not cells:
        raise SpecError("exclude", "leaves no cell; at least one must remain")
    return cells


def _check_keys(spec: GridSpec) -> None:
    fixed = spec.train.model_dump(exclude_none=True)
    for name, levels in spec.levels.items():
        if len(set(levels)) < len(levels):
            repeated = next(level for level in levels if levels.count(level) > 1)
            raise SpecError(f"grid.{name}", f"repeats the level {_show(repeated)}; each level may stand once")
        if name in fixed:
            raise SpecError(f"train.{name}", "stands in grid too; a key belongs in one of them")
    for name, info in Cell.model_fields.items():
        if info.is_required() and name not in spec.levels and name not in fixed:
            allowed = ", ".join(_show(level) for level in info.annotation)  # type: ignore[union-attr]
            raise SpecError(f"grid.{name}", f"is missing; a list of levels from: {allowed}")


def _check_exclude(index: int, partial: dict[str, Any], levels: dict[str, list[Any]]) -> dict[str, Any]:
    if not partial:
        raise SpecError(f"exclude.{index}", "is empty and would leave out every cell")
    for name, level in partial.items():
        if name not in levels:
            raise SpecError(f"exclude.{index}.{name}", f"is no factor of this grid; its factors: {', '.join(levels)}")
        if isinstance(level, bool) or level not in levels[name]:
            allowed = ", ".join(_show(known) for known in levels[name])
            raise SpecError(
                f"exclude.{index}.{name}", f"{_show(level)} is no level of this grid; its levels: {allowed}"
            )
    return partial


def _cells(spec: GridSpec, excluded: list[dict[str, Any]]) -> Iterator[Cell]:
    fixed = spec.train.model_dump(exclude_none=True)
    for combination in product(*spec.levels.values()):
        levels = dict(zip(spec.levels, combination, strict=True))
        if any(partial.items() <= levels.items() for partial in excluded):
            continue
        try:
            yield Cell(**levels, **fixed)
        except ValidationError:
            # Each level was validated with the grid, so it is their combination.
            field, message = cell_problem(Cell.model_construct(**levels, **fixed)) or ("", "cannot be built")
            raise SpecError(f"{'grid' if field in levels else 'train'}.{field}", message) from None


def _show(level: Any) -> str:
    return repr(str(level)) if isinstance(level, str) else repr(level)


def cell_labels(cells: list[Cell]) -> list[str]:
    """A name for each cell: `arch-norm-init`, and then every other field in which these cells differ."""
    always = ("arch", "norm", "init")
    varying = [name for name in FACTORS if name not in always and len({getattr(cell, name) for cell in cells}) > 1]
    return [
        "-".join([*(str(getattr(cell, n)) for n in always), *(f"{n}={getattr(cell, n)}" for n in varying)])
        for cell in cells
    ]
