"""A second task beside the built-in one, as another library could bring it. EVENKEEL_TASKS would name it."""

import math
from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from evenkeel.plugins import Metric, Panels, Task


class Control(BaseModel):
    """Two factors have the names of factors of classification: `norm` has another type, `lr` another range."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    depth: int = Field(description="Layers of the policy.", strict=True, ge=1, le=9)
    norm: Literal["spectral", "none"] = Field("none", description="Of the policy's layers.")
    lr: float = Field(0.5, description="Learning rate.", gt=0, le=1)
    epochs: int = Field(2, description="Iterations.", strict=True, ge=1)


CONTROL = Task(
    name="control",
    version=2,
    parameters=Control,
    metrics=(
        Metric("mean_return", "higher", -math.inf, "", "Reward of an episode, mean.", "mean return"),
        Metric("val_loss", "lower", 100.0, "", "Of the critic."),
        Metric("entropy", "higher", 0.0, "nats", "Of the policy.", diagnostic=True),
    ),
    default_metric="mean_return",
    panels=Panels(row="norm", column="lr", line="depth"),
    presets={"small": {"name": "small", "task": "control", "grid": {"depth": [1, 2]}}},
)


class Misnamed(Control):
    threshold: float = Field(0.5, description="Queries have one too.")


MISNAMED = replace(CONTROL, name="misnamed", parameters=Misnamed)
