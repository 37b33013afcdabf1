"""What the API answers of the lab itself: its tasks, its workers, whether it is ready."""

from typing import Any, Literal

from pydantic import BaseModel, Field


class MetricView(BaseModel):
    name: str = Field(description="As `metric` of a query names it.")
    better: Literal["higher", "lower"] = Field(description="Which way is better.")
    worst: float | None = Field(description="What counts for a run after it diverged; null where that is infinite.")
    unit: str = Field(description="'share' (in [0, 1]), 'nats' for example; '' for a number without one.")
    label: str = Field(description="As figures call it.")
    description: str = Field(description="What it is.")
    diagnostic: bool = Field(description="It tells why a run is unstable, and may be missing from an epoch.")


class TaskView(BaseModel):
    name: str = Field(description="As `task` of a grid and of a query names it.")
    version: int = Field(description="Raised when the same levels come to mean something else.")
    parameters: dict[str, Any] = Field(description="JSON Schema of its parameters: every one is a possible factor.")
    metrics: list[MetricView] = Field(description="What is measured in each epoch, in the order in which it is shown.")
    default_metric: str = Field(description="What a summary is about if it is not told.")
    presets: dict[str, dict[str, Any]] = Field(description="Grids that come with the task, by name.")
    workers: list[str] = Field(description="Workers seen lately that can train it.")


class WorkerView(BaseModel):
    name: str = Field(description="The worker.")
    device: str = Field(
        description="What it trains on, as torch names it; 'starting' while no slot can take a run yet."
    )
    ready: bool = Field(description="A run that is queued now would be taken, or waits only for runs in training.")
    slots: int = Field(description="Runs that it trains side by side.")
    problem: str | None = Field(description="What keeps it from training; null if nothing does.")
    warning: str | None = Field(
        description="What somebody should see to although it trains, such as an unused GPU; null if nothing."
    )
    seen_seconds_ago: float = Field(description="When it last said that it lives.")
    code_version: str = Field(description="The code that it runs.")
    epochs: int = Field(description="Epochs trained since it started.")
    epoch_seconds: float = Field(description="What they took together.")
    gpu_used_bytes: int | None = Field(description="Of its GPUs' memory, all processes' together; null without a GPU.")
    gpu_total_bytes: int | None = Field(description="Of its GPUs' memory; null without a GPU.")


class Probe(BaseModel):
    ok: bool = Field(description="Whether it can be used.")
    detail: str = Field(description="What was seen, or what is missing.")


class Readiness(BaseModel):
    ready: bool = Field(description="All of the checks.")
    checks: dict[str, Probe] = Field(description="store, broker, mlflow, workers.")
