"""What the API answers about the lab itself: its tasks, its workers, and whether it is ready."""

from typing import Any, Literal

from pydantic import BaseModel, Field


class MetricView(BaseModel):
    name: str = Field(description="Name of the metric, for `metric` in a query.")
    better: Literal["higher", "lower"] = Field(description="Whether higher or lower values are better.")
    worst: float | None = Field(description="Value that counts for a run after it diverged; null if it is infinite.")
    unit: str = Field(description="Unit, such as 'share' (in [0, 1]) or 'nats'; '' for a number without a unit.")
    label: str = Field(description="Name of the metric in figures.")
    description: str = Field(description="What the metric measures.")
    diagnostic: bool = Field(
        description="Whether the metric shows why a run is unstable. Such a metric may be missing from an epoch."
    )


class LevelView(BaseModel):
    factor: str = Field(description="Factor that it is a level of.")
    level: str = Field(description="Name of the level, for a grid or a query.")
    package: str = Field(description="Name of the package that brings it.")
    package_version: str = Field(description="Newest version of the package that a worker has.")
    description: str = Field(description="What the package says of it.")
    workers: list[str] = Field(description="Names of the workers that were seen lately and have this version.")


class TaskView(BaseModel):
    name: str = Field(description="Name of the task, for `task` in a grid or a query.")
    version: int = Field(description="Version of the task. It rises when the same levels get another meaning.")
    description: str = Field(description="What the task is.")
    package: str | None = Field(
        description="Name of the package that brings it; null if it is a task of the lab itself, or of imported runs."
    )
    package_version: str | None = Field(
        description="Newest version of the package that a worker has; null without one."
    )
    parameters: dict[str, Any] = Field(description="JSON Schema of the parameters. Each of them can be a factor.")
    labels: dict[str, str] = Field(
        description="Names of factors, levels and other words in figures, where they differ from the word itself.",
    )
    metrics: list[MetricView] = Field(description="Metrics that are measured in each epoch, in the order of display.")
    default_metric: str = Field(description="Metric of a query that names none.")
    presets: dict[str, dict[str, Any]] = Field(description="Grids that come with the task, by name.")
    levels: list[LevelView] = Field(description="Levels of its factors that other packages bring.")
    workers: list[str] = Field(description="Names of the workers that were seen lately and can train the task.")


class BrokenView(BaseModel):
    group: str = Field(description="Group of its entry point, such as 'evenkeel.archs'.")
    name: str = Field(description="Name of its entry point, such as 'mixer'.")
    package: str = Field(description="Package that brings it, with its version, such as 'lab-nets==0.1.0'.")
    why: str = Field(description="Why it cannot be used.")


class TrainedNow(BaseModel):
    id: str = Field(description="Id of the run.")
    experiment: str = Field(description="Name of the experiment.")
    cell: str = Field(description="Name of the cell; the hash of the cell if it cannot be read.")
    seed: int = Field(description="Seed of the run.")
    num_epochs: int = Field(description="Number of epochs trained so far.")
    epochs: int = Field(description="Number of epochs that the run is meant to train.")


class WorkerView(BaseModel):
    name: str = Field(description="Name of the worker.")
    device: str = Field(
        description="Device that it trains on, as torch names it; 'starting' while no slot can take a run yet."
    )
    ready: bool = Field(
        description="Whether it would take a run that is queued now, at once or after the runs that it trains."
    )
    slots: int = Field(description="Number of runs that it trains side by side.")
    trains: list[TrainedNow] = Field([], description="Runs that it trains now.")
    problem: str | None = Field(description="Problem that keeps it from training; null if there is none.")
    warning: str | None = Field(
        description="Problem that does not keep it from training, such as an unused GPU; null if there is none."
    )
    seen_seconds_ago: float = Field(description="Seconds since it last reported that it is alive.")
    code_version: str = Field(description="Version of the code that it runs.")
    epochs: int = Field(description="Number of epochs that it has trained since it started.")
    epoch_seconds: float = Field(description="Seconds that these epochs took together.")
    gpu_used_bytes: int | None = Field(
        description="Memory of its GPUs that all processes together use, in bytes; null without a GPU."
    )
    gpu_total_bytes: int | None = Field(description="Memory of its GPUs, in bytes; null without a GPU.")
    disk_free_bytes: int | None = Field(
        description="Free space on the disk of its checkpoints, in bytes; null if it does not report it."
    )
    disk_used_bytes: int | None = Field(
        description="What its checkpoints take on that disk, in bytes; null until it was measured."
    )
    plugins: list[str] = Field(
        description="Packages of the plug-ins that it can use, with their versions, such as 'lab-nets==0.1.0'."
    )
    broken: list[BrokenView] = Field(
        description="Plug-ins that it cannot use, and why. They do not keep it from training."
    )


class Probe(BaseModel):
    ok: bool = Field(description="Whether this part of the lab can be used.")
    detail: str = Field(description="What was found, or what is missing.")


class Readiness(BaseModel):
    ready: bool = Field(description="Whether all checks are ok.")
    checks: dict[str, Probe] = Field(description="The checks of store, broker, mlflow and workers.")
    age_seconds: float = Field(description="Seconds since the oldest of these checks was made.")
